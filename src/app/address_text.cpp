#include "app/address_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "lb/base/ascii.h"

namespace lb::app {
namespace {

constexpr std::size_t kGroups = 8;  // of 16 bits
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

// Takes the text up to the separator off the front of `text`.
std::string_view next_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_ipv4(std::string_view text) {
  if (std::ranges::count(text, '.') != 3 || text.ends_with('.')) return false;
  while (!text.empty()) {
    const std::string_view part = next_part(text, '.');
    const std::optional<std::uint64_t> value = parse_decimal(part);
    const bool padded = part.size() > 1 && part.front() == '0';
    if (!value || *value > 255 || padded) return false;
  }
  return true;
}

bool is_group(std::string_view text) {
  return !text.empty() && text.size() <= 4 &&
         text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

// How many groups a run like "2001:db8" has, or nothing if it is not one. An IPv4 address may be
// the last part where the run ends the whole address, and fills two.
std::optional<std::size_t> count_groups(std::string_view run, bool ends_address) {
  if (run.ends_with(':')) return std::nullopt;
  std::size_t groups = 0;
  while (!run.empty()) {
    const std::string_view part = next_part(run, ':');
    const bool ipv4 = run.empty() && ends_address && is_ipv4(part);
    if (!ipv4 && !is_group(part)) return std::nullopt;
    groups += ipv4 ? 2 : 1;
  }
  return groups;
}

}  // namespace

bool is_host_name(std::string_view text) {
  const auto allowed = [](char c) {
    const char lower = to_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_';
  };
  return !text.empty() && text.size() <= kHostBytesMax && text.front() != '-' &&
         text.front() != '.' && std::ranges::all_of(text, allowed);
}

bool is_ipv6(std::string_view text) {
  const std::size_t percent = std::min(text.find('%'), text.size());
  if (percent < text.size() && !is_host_name(text.substr(percent + 1))) return false;
  const std::string_view address = text.substr(0, percent);
  const std::size_t gap = address.find("::");
  if (gap == std::string_view::npos) return count_groups(address, true) == kGroups;
  const std::optional<std::size_t> before = count_groups(address.substr(0, gap), false);
  const std::optional<std::size_t> after = count_groups(address.substr(gap + 2), true);
  return before && after && *before + *after < kGroups;  // the gap stands for one at least
}

}  // namespace lb::app
