#pragma once

// Where a socket is or connects to. Plain values; turning them into what the kernel takes is for
// os/ alone.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lb::os {

enum class Family : std::uint8_t { kUnix, kIpv4, kIpv6 };

// The compact part, kept for each client: 20 bytes.
struct IpAddress {
  Family family = Family::kUnix;  // kUnix: there is no IP address
  std::uint16_t port = 0;
  std::array<std::uint8_t, 16> octets{};  // network order; IPv4 uses the first four

  [[nodiscard]] bool operator==(const IpAddress&) const = default;
};

inline constexpr std::size_t kIpTextMax = 48;

// "127.0.0.1", "2001:db8::1", "unix:" in `out`, without port or brackets. An IPv4 address that came
// in through an IPv6 socket (::ffff:127.0.0.1) is written as IPv4.
[[nodiscard]] std::string_view format_ip(const IpAddress& address, std::span<char, kIpTextMax> out);

// "127.0.0.1", "2001:db8::1" (no brackets, no zone) as an address with port 0; nothing if it is
// neither.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);

// The addresses whose first `bits` bits are those of `base`: "10.0.0.0/8".
struct Network {
  IpAddress base;
  std::uint8_t bits = 0;

  // An IPv4 address that came in through an IPv6 socket belongs to its IPv4 network.
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] bool operator==(const Network&) const = default;
};

struct Address {
  IpAddress ip;
  std::string unix_path;    // family kUnix
  std::uint32_t scope = 0;  // IPv6 zone of a link-local address

  [[nodiscard]] Family family() const { return ip.family; }
  [[nodiscard]] bool operator==(const Address&) const = default;
};

// "127.0.0.1:8080", "[::1]:8080", "unix:/run/a.sock": for logs.
[[nodiscard]] std::string describe(const Address& address);

}  // namespace lb::os
