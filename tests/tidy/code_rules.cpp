#include <array>
#include <string>
#include <string_view>

#include "tests/tidy/rules.h"

namespace lb::tidy {
namespace {

// Of the standard library, but clocks, threads or entropy all the same.
constexpr auto kOutsideTheSeam = std::to_array<std::string_view>({
    "lock::now(",  // steady_clock, system_clock, using Clock = …
    "random_device",
    "std::async(",
    "std::jthread",
    "std::signal(",
    "std::thread",
    "std::time(",
    "this_thread",
});

// Written in two parts, so that this file keeps the rule.
constexpr auto kPromises = std::to_array<std::string_view>({
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X",
    "HA"
    "CK",
});

bool in_os(const Source& source) {
  return source.path.starts_with("src/os/") || source.path.starts_with("include/lb/os/");
}

std::string at_line(const Source& source, std::size_t index) {
  return source.path + ":" + std::to_string(index + 1) + ": ";
}

// "send" of `n = ::send(fd, …)`; empty if no function of the global namespace is called.
std::string_view global_call(std::string_view line) {
  for (std::size_t at = line.find("::"); at != std::string_view::npos;
       at = line.find("::", at + 2)) {
    if (at > 0 && (is_word_char(line[at - 1]) || line[at - 1] == '>')) continue;
    std::size_t end = at + 2;
    while (end < line.size() && is_word_char(line[end])) ++end;
    if (end > at + 2 && end < line.size() && line[end] == '(') {
      return line.substr(at + 2, end - at - 2);
    }
  }
  return {};
}

// "(#12): say what" is what has to follow.
bool names_an_issue(std::string_view rest) {
  if (!rest.starts_with("(#")) return false;
  rest.remove_prefix(2);
  const std::size_t digits = rest.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos && rest.substr(digits).starts_with("): ");
}

}  // namespace

Findings kernel_calls(const Source& source) {
  if (in_os(source)) return {};
  Findings findings;
  const std::vector<std::string_view> lines = lines_of(source.code);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (const std::string_view name = global_call(lines[i]); !name.empty()) {
      findings.push_back(at_line(source, i) + "::" + std::string(name) + " is called outside os/");
    }
    for (const std::string_view word : kOutsideTheSeam) {
      if (lines[i].find(word) == std::string_view::npos) continue;
      findings.push_back(at_line(source, i) + std::string(word) + " is used outside os/");
    }
  }
  return findings;
}

Findings long_file(const Source& source) {
  const std::size_t lines = lines_of(source.text).size();
  if (lines <= kFileLinesMax) return {};
  return {source.path + ":1: " + std::to_string(lines) + " lines (at most " +
          std::to_string(kFileLinesMax) + ")"};
}

Findings nameless_promises(const Source& source) {
  Findings findings;
  const std::vector<std::string_view> lines = lines_of(source.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string_view word : kPromises) {
      const std::size_t at = find_word(lines[i], word);
      if (at == std::string_view::npos) continue;
      if (word == kPromises[0] && names_an_issue(lines[i].substr(at + word.size()))) continue;
      findings.push_back(at_line(source, i) + std::string(word) + ": write " +
                         std::string(kPromises[0]) + "(#issue): what is to be done");
    }
  }
  return findings;
}

Findings missing_pragma_once(const Source& source) {
  if (!source.path.ends_with(".h") || source.text.starts_with("#pragma once\n")) return {};
  return {source.path + ":1: a header starts with #pragma once"};
}

Findings opened_namespaces(const Source& source) {
  Findings findings;
  const std::vector<std::string_view> lines = lines_of(source.code);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // clang-format indents what stands in a function, and nothing else of this kind.
    if (!lines[i].starts_with("using namespace ")) continue;
    if (source.path.ends_with(".cpp") && lines[i].ends_with("literals;")) continue;
    findings.push_back(at_line(source, i) + "a namespace is opened for the whole file");
  }
  return findings;
}

}  // namespace lb::tidy
