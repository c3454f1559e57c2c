#pragma once

// The words of a refused value. Whatever a user typed goes into one line of a terminal or a log, so
// it is shown cut and without control octets.

#include <expected>
#include <string>
#include <string_view>

namespace lb::app {

inline constexpr std::size_t kShownBytesMax = 80;

// `value` as it may stand in a message: control octets as \xNN, at most kShownBytesMax bytes of it
// and then "...", '' if it is empty.
[[nodiscard]] std::string shown(std::string_view value);

// "VALUE: expected WHAT", ready to be returned as the error.
[[nodiscard]] std::unexpected<std::string> not_expected(std::string_view value,
                                                        std::string_view what);

}  // namespace lb::app
