#include "lb/os/address.h"

#include <algorithm>
#include <charconv>

#include "lb/base/ascii.h"

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

bool is_mapped(const IpAddress& address) {
  return address.family == Family::kIpv6 &&
         std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.octets.begin());
}

IpAddress unmapped(const IpAddress& address) {
  if (!is_mapped(address)) return address;
  IpAddress result{.family = Family::kIpv4, .port = address.port, .octets = {}};
  std::copy_n(address.octets.begin() + kMappedPrefix.size(), 4, result.octets.begin());
  return result;
}

// Dotted decimal, four numbers without leading zeros (RFC 3986 3.2.2).
bool parse_ipv4(std::string_view text, std::uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    const std::size_t end = i < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos) return false;
    const std::string_view part = text.substr(0, end);
    const auto value = parse_decimal(part);
    if (!value || *value > 255 || part.size() > 3 || (part.size() > 1 && part[0] == '0'))
      return false;
    out[i] = static_cast<std::uint8_t>(*value);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return text.empty();
}

// Hexadecimal groups, the last two of which may be an IPv4 address; returns how many octets they
// are, or nothing (RFC 4291 2.2).
std::optional<std::size_t> parse_groups(std::string_view text, std::uint8_t* out) {
  std::size_t octets = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && part.find('.') != std::string_view::npos) {
      if (octets + 4 > 16 || !parse_ipv4(part, out + octets)) return std::nullopt;
      return octets + 4;
    }
    unsigned value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value, 16);
    if (error != std::errc() || end != part.data() + part.size() || part.size() > 4)
      return std::nullopt;
    if (octets + 2 > 16) return std::nullopt;
    out[octets++] = static_cast<std::uint8_t>(value >> 8);
    out[octets++] = static_cast<std::uint8_t>(value);
    if (last) return octets;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return octets;
}

bool parse_ipv6(std::string_view text, std::array<std::uint8_t, 16>& out) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return parse_groups(text, out.data()) == 16;
  std::array<std::uint8_t, 16> tail{};
  const auto before = parse_groups(text.substr(0, gap), out.data());
  const auto after = parse_groups(text.substr(gap + 2), tail.data());
  if (!before || !after || *before + *after > 14) return false;
  std::copy_n(tail.begin(), *after, out.end() - static_cast<std::ptrdiff_t>(*after));
  return true;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  IpAddress address;
  if (text.find(':') == std::string_view::npos) {
    address.family = Family::kIpv4;
    if (parse_ipv4(text, address.octets.data())) return address;
  } else {
    address.family = Family::kIpv6;
    if (parse_ipv6(text, address.octets)) return address;
  }
  return std::nullopt;
}

bool Network::contains(const IpAddress& address) const {
  const IpAddress candidate = base.family == Family::kIpv4 ? unmapped(address) : address;
  if (candidate.family != base.family) return false;
  const std::size_t whole = bits / 8;
  if (!std::equal(base.octets.begin(), base.octets.begin() + static_cast<std::ptrdiff_t>(whole),
                  candidate.octets.begin())) {
    return false;
  }
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xff00U >> (bits % 8);
  return ((base.octets[whole] ^ candidate.octets[whole]) & mask & 0xff) == 0;
}

std::string_view format_ip(const IpAddress& address, std::span<char, kIpTextMax> out) {
  if (address.family == Family::kUnix) return "unix:";
  const bool mapped = is_mapped(address);
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
