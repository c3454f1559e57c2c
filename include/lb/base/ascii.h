#pragma once

// ASCII text helpers of the protocol code: no locale, no allocation (RFC 9110 2.1: protocol
// elements are US-ASCII).

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lb {

[[nodiscard]] constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Equal but for the case of ASCII letters.
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

// Without leading and trailing SP and HTAB (RFC 9110 5.6.3, OWS).
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A whole decimal number: digits only, no sign, no overflow; else nothing.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  constexpr std::size_t kDigitsMax = 20;  // only so many may be too large
  if (text.empty() || text.size() > kDigitsMax) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    const bool may_overflow = text.size() == kDigitsMax;
    if (may_overflow && value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

// Calls visit(token) for each non-empty member of a comma separated list, trimmed (RFC 9110 5.6.1).
template <class Visit>
constexpr void for_each_token(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view token = trim(list.substr(0, comma));
    if (!token.empty()) visit(token);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// Whether a comma separated list has that member, in any case.
[[nodiscard]] constexpr bool has_member(std::string_view list, std::string_view token) {
  bool found = false;
  for_each_token(
      list, [&](std::string_view member) { found = found || equals_ignoring_case(member, token); });
  return found;
}

// Writes `value` in decimal at `out` (20 bytes must fit); returns one past the last digit.
inline char* put_decimal(char* out, std::uint64_t value) {
  return std::to_chars(out, out + 20, value).ptr;
}

}  // namespace lb
