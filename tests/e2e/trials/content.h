#pragma once

// What is said in a trial, as a function of the id of a request: so that either end can tell a
// message that belongs to another request, or that was put together from two.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lb::e2e {

using RequestId = std::uint32_t;

// A text without visible order; the contents below are cut out of it.
[[nodiscard]] inline const std::string& trial_text() {
  static const std::string text = [] {
    std::string letters(4096, ' ');
    std::uint32_t state = 1;
    for (char& letter : letters) {
      state = state * 1'664'525 + 1'013'904'223;
      letter = static_cast<char>('a' + (state >> 24) % 26);
    }
    return letters;
  }();
  return text;
}

// The body of the response to a request. Views into a text that lives as long as the program.
[[nodiscard]] inline std::string_view answer_of(RequestId id) {
  return std::string_view(trial_text()).substr(id % 2039, 20 + id % 211);
}

// The body of the request itself, where it has one.
[[nodiscard]] inline std::string_view form_of(RequestId id) {
  return std::string_view(trial_text()).substr(id % 2027, 30 + id % 97);
}

// A copy in which names of fields can be looked for, in whatever case they came.
[[nodiscard]] inline std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

inline constexpr std::string_view kTrialPath = "/r/";
inline constexpr std::string_view kIdField = "X-Request-Id: ";

}  // namespace lb::e2e
