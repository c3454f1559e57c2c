#include "tests/e2e/support/text.h"

#include <regex>

#include "tests/e2e/support/deadline.h"

namespace lb::e2e {
namespace {

std::regex compiled(std::string_view pattern,
                    std::regex::flag_type flags = std::regex::ECMAScript) {
  return std::regex(pattern.begin(), pattern.end(), flags);
}

}  // namespace

bool matches(const std::string& text, std::string_view pattern) {
  return std::regex_match(text, compiled(pattern));
}

bool contains_match(const std::string& text, std::string_view pattern) {
  return std::regex_search(text, compiled(pattern));
}

bool contains_in_any_case(const std::string& text, std::string_view pattern) {
  return std::regex_search(text, compiled(pattern, std::regex::ECMAScript | std::regex::icase));
}

std::string first_group(const std::string& text, std::string_view pattern) {
  std::smatch match;
  if (!std::regex_match(text, match, compiled(pattern))) {
    throw Failure('"' + text + "\" is not of the form " + std::string(pattern));
  }
  return match[1];
}

}  // namespace lb::e2e
