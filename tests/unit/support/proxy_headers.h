#pragma once

// PROXY headers as a balancer in front writes them (proxy-protocol.txt of HAProxy, 2.1 and 2.2),
// for every ring of tests; made without the program's own code.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace lb::test {

inline std::string octets(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

inline std::string in_network_order(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

// The client of all headers here: 192.0.2.7, 2001:db8::7, port 5123; it went to 198.51.100.1, or
// 2001:db8::1, port 80.
inline constexpr std::string_view kLineOfIpv4 = "PROXY TCP4 192.0.2.7 198.51.100.1 5123 80\r\n";
inline constexpr std::string_view kLineOfIpv6 = "PROXY TCP6 2001:db8::7 2001:db8::1 5123 80\r\n";

inline std::string ports() {
  return octets({0x14, 0x03, 0, 80});
}
inline std::string ipv4_addresses() {
  return octets({192, 0, 2, 7, 198, 51, 100, 1}) + ports();
}
inline std::string ipv6_address(char last) {
  return octets({0x20, 0x01, 0x0d, 0xb8}) + std::string(11, '\0') + last;
}
inline std::string ipv6_addresses() {
  return ipv6_address(7) + ipv6_address(1) + ports();
}
inline std::string unix_addresses() {
  std::string path = "/run/client.sock";
  path.resize(108);
  return path + path;
}

inline constexpr int kLocal = 0x20;
inline constexpr int kProxied = 0x21;
inline constexpr int kUnspecified = 0x00;
inline constexpr int kTcp4 = 0x11;
inline constexpr int kTcp6 = 0x21;
inline constexpr int kUnixStream = 0x31;

// The fixed part of a version 2 header, whatever its length announces.
inline std::string fixed_part(int command, int family, std::size_t length) {
  return octets({0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a}) +
         octets({command, family}) + in_network_order(static_cast<std::uint32_t>(length), 2);
}
inline std::string binary(int command, int family, const std::string& block) {
  return fixed_part(command, family, block.size()) + block;
}
inline std::string tlv(int type, const std::string& value) {
  return octets({type}) + in_network_order(static_cast<std::uint32_t>(value.size()), 2) + value;
}

// CRC-32C, a bit at a time.
inline std::uint32_t checksum(std::string_view text) {
  std::uint32_t remainder = UINT32_MAX;
  for (const char c : text) {
    remainder ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (remainder & 1) != 0;
      remainder >>= 1;
      if (carry) remainder ^= 0x82F63B78;
    }
  }
  return ~remainder;
}

inline constexpr int kChecksumType = 0x03;

// The same with a TLV of its checksum at the end, off by `error`.
inline std::string summed(int command, int family, const std::string& block,
                          std::uint32_t error = 0) {
  std::string header = binary(command, family, block + tlv(kChecksumType, std::string(4, '\0')));
  const std::uint32_t sum = checksum(header) ^ error;
  header.replace(header.size() - 4, 4, in_network_order(sum, 4));
  return header;
}

}  // namespace lb::test
