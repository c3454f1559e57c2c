#include "app/units.h"

#include <algorithm>
#include <optional>

namespace lb::app {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: that is also the order in which a bound is written.
constexpr std::array<Unit, 4> kTimeUnits{
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 3> kSizeUnits{{{"g", 1U << 30}, {"m", 1U << 20}, {"k", 1U << 10}}};

// The factor behind a name; the bare number has its own.
std::optional<std::uint64_t> factor_of(std::string_view name, std::span<const Unit> units,
                                       std::uint64_t bare) {
  if (name.empty()) return bare;
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  return unit->factor;
}

std::string written(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return std::to_string(value / unit.factor).append(unit.name);
    }
  }
  return std::to_string(value);
}

std::string describe(TimeBounds bounds) {
  const auto text = [](milliseconds t) {
    return written(static_cast<std::uint64_t>(t.count()), kTimeUnits);
  };
  return "a time from " + text(bounds.min) + " to " + text(bounds.max) + ", like 500ms or 1.5s";
}

std::string describe(SizeBounds bounds) {
  return "a size from " + written(bounds.min, kSizeUnits) + " to " +
         written(bounds.max, kSizeUnits) + ", like 16k";
}

// A fraction of `factor`, rounded up: digits "25" of 1000 are 250. Nine digits are enough for
// everybody and cannot overflow.
std::optional<std::uint64_t> fraction_of(std::uint64_t factor, std::string_view digits) {
  const std::optional<std::uint64_t> value = parse_decimal(digits);
  if (!value || digits.size() > 9) return std::nullopt;
  std::uint64_t scale = 1;
  for (std::size_t i = 0; i < digits.size(); ++i) scale *= 10;
  return (*value * factor + scale - 1) / scale;
}

// number x factor, or nothing if that is not a number or more than `max`.
std::optional<std::uint64_t> scaled(std::string_view number, std::uint64_t factor,
                                    std::uint64_t max) {
  const std::optional<std::uint64_t> value = parse_decimal(number);
  if (!value || *value > max / factor) return std::nullopt;
  return *value * factor;
}

std::optional<milliseconds> to_duration(std::string_view text, std::uint64_t ms_max) {
  const std::size_t number_end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::optional<std::uint64_t> factor = factor_of(text.substr(number_end), kTimeUnits, 1'000);
  if (!factor) return std::nullopt;
  const std::string_view number = text.substr(0, number_end);
  const std::size_t dot = std::min(number.find('.'), number.size());
  const std::optional<std::uint64_t> whole = scaled(number.substr(0, dot), *factor, ms_max);
  const std::optional<std::uint64_t> part =
      dot == number.size() ? 0 : fraction_of(*factor, number.substr(dot + 1));
  if (!whole || !part) return std::nullopt;
  return milliseconds(*whole + *part);
}

std::optional<StatusRange> to_status_range(std::string_view text) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const Parsed<std::uint64_t> first = parse_count(text.substr(0, dash), kStatusBounds);
  const Parsed<std::uint64_t> last =
      dash == text.size() ? first : parse_count(text.substr(dash + 1), kStatusBounds);
  if (!first || !last || *first > *last) return std::nullopt;
  return StatusRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

}  // namespace

Parsed<milliseconds> parse_duration(std::string_view text, TimeBounds bounds) {
  const std::optional<milliseconds> value =
      to_duration(text, static_cast<std::uint64_t>(bounds.max.count()));
  if (value && *value >= bounds.min && *value <= bounds.max) return *value;
  return not_expected(text, describe(bounds));
}

Parsed<std::uint64_t> parse_size(std::string_view text, SizeBounds bounds) {
  const std::size_t number_end = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string unit(text.substr(number_end));
  std::ranges::transform(unit, unit.begin(), to_lower);
  if (const std::optional<std::uint64_t> factor = factor_of(unit, kSizeUnits, 1)) {
    const auto value = scaled(text.substr(0, number_end), *factor, bounds.max);
    if (value && *value >= bounds.min) return *value;
  }
  return not_expected(text, describe(bounds));
}

Parsed<std::uint64_t> parse_count(std::string_view text, CountBounds bounds) {
  const std::optional<std::uint64_t> value = parse_decimal(text);
  if (value && *value >= bounds.min && *value <= bounds.max) return *value;
  return not_expected(text, describe(bounds));
}

Parsed<std::vector<StatusRange>> parse_status_ranges(std::string_view list) {
  std::vector<StatusRange> ranges;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t comma = std::min(list.find(',', start), list.size());
    const auto range = to_status_range(trim(list.substr(start, comma - start)));
    if (!range || ranges.size() == kStatusRangesMax) {
      return not_expected(list, "statuses from 200 to 599, like 200-299 or 200,204,300-399");
    }
    ranges.push_back(*range);
    start = comma + 1;
  }
  return ranges;
}

Parsed<bool> parse_boolean(std::string_view text) {
  static constexpr std::array<Choice<bool>, 8> kBooleans{{{"1", true},
                                                          {"true", true},
                                                          {"yes", true},
                                                          {"on", true},
                                                          {"0", false},
                                                          {"false", false},
                                                          {"no", false},
                                                          {"off", false}}};
  return parse_choice(text, kBooleans);
}

std::string describe(CountBounds bounds) {
  return "a number from " + std::to_string(bounds.min) + " to " + std::to_string(bounds.max);
}

std::string one_of(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace lb::app
