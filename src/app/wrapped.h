#pragma once

// Text in the columns of a terminal.

#include <cstddef>
#include <string>
#include <string_view>

namespace lb::app {

inline constexpr std::size_t kColumns = 80;

// `text` broken at its spaces, so that no line is longer than kColumns unless one word is. What
// stands before its first line is as wide as `margin`; each further line begins with `margin`.
[[nodiscard]] std::string wrapped(std::string_view text, std::string_view margin);

}  // namespace lb::app
