#pragma once

// Values as people write them: times, sizes, counts, statuses, choices. Each parser takes the whole
// text or refuses it with "VALUE: expected …", never a part of it and never a value out of bounds.

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/options_message.h"
#include "lb/app/options.h"
#include "lb/base/ascii.h"

namespace lb::app {

template <class T>
using Parsed = std::expected<T, std::string>;

// Both ends are allowed.
struct TimeBounds {
  std::chrono::milliseconds min;
  std::chrono::milliseconds max;
};
struct SizeBounds {
  std::uint64_t min;
  std::uint64_t max;
};
struct CountBounds {
  std::uint64_t min;
  std::uint64_t max;
};

inline constexpr CountBounds kStatusBounds{200, 599};  // an interim status is no verdict
inline constexpr std::size_t kStatusRangesMax = 64;

// "250ms", "10s", "1.5m", "24h"; a bare number is seconds, as in curl. A part of a millisecond
// counts as a whole one, so that a tiny time never becomes 0, which often means unlimited.
[[nodiscard]] Parsed<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                               TimeBounds bounds);

// "16k", "1m", "1g" (1024-based, either case); a bare number is bytes.
[[nodiscard]] Parsed<std::uint64_t> parse_size(std::string_view text, SizeBounds bounds);

[[nodiscard]] Parsed<std::uint64_t> parse_count(std::string_view text, CountBounds bounds);

// "200-299" or "200,204,300-399".
[[nodiscard]] Parsed<std::vector<StatusRange>> parse_status_ranges(std::string_view list);

// 1/true/yes/on or 0/false/no/off.
[[nodiscard]] Parsed<bool> parse_boolean(std::string_view text);

// "a number from 1 to 100", for messages.
[[nodiscard]] std::string describe(CountBounds bounds);

template <class T>
struct Choice {
  std::string_view name;
  T value;
};

// "a, b or c", for messages.
[[nodiscard]] std::string one_of(std::span<const std::string_view> names);

// The value of the choice with that name, in either case.
template <class T, std::size_t N>
[[nodiscard]] Parsed<T> parse_choice(std::string_view text,
                                     const std::array<Choice<T>, N>& choices) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) {
    if (equals_ignoring_case(text, choices[i].name)) return choices[i].value;
    names[i] = choices[i].name;
  }
  return not_expected(text, one_of(names));
}

}  // namespace lb::app
