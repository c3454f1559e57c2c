#include "lb/os/address.h"

#include <algorithm>
#include <charconv>

namespace lb::os {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

char* put_ipv4(const std::uint8_t* octets, char* out) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0) *out++ = '.';
    out = std::to_chars(out, out + 3, octets[i]).ptr;
  }
  return out;
}

unsigned group(const IpAddress& address, int index) {
  return static_cast<unsigned>(address.octets[static_cast<std::size_t>(index) * 2]) << 8 |
         address.octets[static_cast<std::size_t>(index) * 2 + 1];
}

struct Run {
  int begin = -1;
  int length = 0;
};

// The longest run of zero groups, the first of equals; only runs of two or more are shortened (RFC
// 5952 4.2).
Run longest_zero_run(const IpAddress& address) {
  Run best;
  for (int i = 0; i < 8;) {
    int end = i;
    while (end < 8 && group(address, end) == 0) ++end;
    if (end - i > best.length) best = {i, end - i};
    i = end + 1;
  }
  return best.length >= 2 ? best : Run{};
}

char* put_ipv6(const IpAddress& address, char* out) {
  const Run zeros = longest_zero_run(address);
  for (int i = 0; i < 8;) {
    if (i == zeros.begin) {
      *out++ = ':';
      *out++ = ':';
      i += zeros.length;
      continue;
    }
    if (i > 0 && i != zeros.begin + zeros.length) *out++ = ':';
    out = std::to_chars(out, out + 4, group(address, i), 16).ptr;
    ++i;
  }
  return out;
}

}  // namespace

std::string_view format_ip(const IpAddress& address, std::span<char, kIpTextMax> out) {
  if (address.family == Family::kUnix) return "unix:";
  const bool mapped =
      address.family == Family::kIpv6 &&
      std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.octets.begin());
  char* end = nullptr;
  if (address.family == Family::kIpv4) {
    end = put_ipv4(address.octets.data(), out.data());
  } else if (mapped) {
    end = put_ipv4(address.octets.data() + kMappedPrefix.size(), out.data());
  } else {
    end = put_ipv6(address, out.data());
  }
  return {out.data(), static_cast<std::size_t>(end - out.data())};
}

std::string describe(const Address& address) {
  if (address.family() == Family::kUnix) return "unix:" + address.unix_path;
  std::array<char, kIpTextMax> text;
  const std::string ip(format_ip(address.ip, text));
  const std::string port = std::to_string(address.ip.port);
  return address.family() == Family::kIpv6 ? "[" + ip + "]:" + port : ip + ":" + port;
}

}  // namespace lb::os
