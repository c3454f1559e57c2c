#pragma once

// Regular expressions (ECMAScript) on one line of text; one file instantiates <regex>, which is
// slow to compile.

#include <string>
#include <string_view>

namespace lb::e2e {

// Whether the pattern is all of the text, or somewhere in it.
[[nodiscard]] bool matches(const std::string& text, std::string_view pattern);
[[nodiscard]] bool contains_match(const std::string& text, std::string_view pattern);
[[nodiscard]] bool contains_in_any_case(const std::string& text, std::string_view pattern);

// What the first group of the pattern holds where the pattern is all of the text; throws where it
// is not.
[[nodiscard]] std::string first_group(const std::string& text, std::string_view pattern);

}  // namespace lb::e2e
