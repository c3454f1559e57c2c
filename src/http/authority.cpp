#include "http/authority.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "http/scan.h"
#include "lb/base/ascii.h"

namespace lb::http {
namespace {

constexpr std::uint64_t kPortMax = 65535;

bool is_hex_digit(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}

// unreserved and sub-delims but for the comma (RFC 3986 2.2, 2.3).
constexpr auto kNameOctets = octet_class("-._~!$&'()*+;=", kLettersAndDigits);

bool is_name_octet(char c) {
  return kNameOctets[static_cast<unsigned char>(c)];
}

bool is_registered_name(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_name_octet(text[i])) continue;
    if (text[i] != '%' || text.size() - i < 3) return false;
    if (!is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
    i += 2;
  }
  return !text.empty();
}

bool is_ipv4(std::string_view text) {
  for (int part = 1; part <= 4; ++part) {
    const std::size_t dot = part < 4 ? text.find('.') : text.size();
    if (dot > 3) return false;
    const std::optional<std::uint64_t> value = parse_decimal(text.substr(0, dot));
    if (!value || *value > 255) return false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return text.empty();
}

// Groups of 16 bits in `text`, which holds no "::"; the last may be an IPv4 address, which counts
// two. Nothing if it is malformed.
std::optional<int> count_groups(std::string_view text, bool ipv4_allowed) {
  int groups = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && ipv4_allowed && is_ipv4(group)) return groups + 2;
    if (group.empty() || group.size() > 4 || !std::ranges::all_of(group, is_hex_digit)) {
      return std::nullopt;
    }
    ++groups;
    if (colon == std::string_view::npos) return groups;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return groups;
}

bool is_ipv6(std::string_view text) {
  constexpr int kGroups = 8;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == kGroups;
  const std::optional<int> before = count_groups(text.substr(0, gap), false);
  const std::optional<int> after = count_groups(text.substr(gap + 2), true);
  return before && after && *before + *after < kGroups;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
bool is_future_ip(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot < 2 || to_lower(text.front()) != 'v') return false;
  const std::string_view version = text.substr(1, dot - 1);
  const std::string_view rest = text.substr(dot + 1);
  return !rest.empty() && std::ranges::all_of(version, is_hex_digit) &&
         std::ranges::all_of(rest, [](char c) { return is_name_octet(c) || c == ':'; });
}

// "" or ":" *DIGIT
bool is_port_suffix(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  text.remove_prefix(1);
  if (text.empty()) return true;
  const std::optional<std::uint64_t> port = parse_decimal(text);
  return port && *port <= kPortMax;
}

}  // namespace

bool is_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    const std::string_view literal = text.substr(1, close - 1);
    return (is_ipv6(literal) || is_future_ip(literal)) && is_port_suffix(text.substr(close + 1));
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  return is_registered_name(text.substr(0, colon)) && is_port_suffix(text.substr(colon));
}

}  // namespace lb::http
