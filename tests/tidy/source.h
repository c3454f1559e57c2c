#pragma once

// A file of the project as text, for the checks of the house in rules.h. It is no parser of C++: it
// knows comments, literals, lines and includes, which is enough for code that clang-format laid
// out.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lb::tidy {

struct Source {
  Source(std::string path_from_root, std::string content);

  std::string path;  // from the root of the project: "src/base/log.cpp"
  std::string text;
  std::string code;  // `text` with blanks for comments and for the insides of literals
};

struct Include {
  std::size_t line = 0;  // the first is 1
  std::string name;      // without quotes or angle brackets
};

// Every .h and .cpp below root/folder for each of the folders, by path.
[[nodiscard]] std::vector<Source> read_sources(const std::filesystem::path& root,
                                               const std::vector<std::string>& folders);

// The lines of a text, without their ends; views into it.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

[[nodiscard]] std::vector<Include> includes_of(const Source& source);

[[nodiscard]] bool is_word_char(char c);

// Where `word` stands in `text` with no letter, digit or underscore next to it; or npos.
[[nodiscard]] std::size_t find_word(std::string_view text, std::string_view word,
                                    std::size_t from = 0);

}  // namespace lb::tidy
