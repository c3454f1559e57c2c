#pragma once

// The name that somebody probably meant: for the hint after an unknown option.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace lb::app {

// How many letters must be inserted, deleted, replaced or swapped with their neighbour to turn `a`
// into `b` (optimal string alignment: "sevrers" is one swap from "servers").
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The one of `names` with the smallest distance, if at most a third of the typed letters are wrong;
// else the only one that begins with `typed`; else nothing: a wild guess is worse than none.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view typed,
                                                      std::span<const std::string_view> names);

}  // namespace lb::app
