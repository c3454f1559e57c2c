#include "tests/tidy/source.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace lb::tidy {
namespace {

// Copies a text and puts blanks where no code stands; line ends stay, so that lines keep their
// numbers.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), code_(text) {}

  [[nodiscard]] std::string run() && {
    while (at_ < text_.size()) step();
    return std::move(code_);
  }

 private:
  void step() {
    if (starts("//")) {
      blank_to(text_.find('\n', at_));
    } else if (starts("/*")) {
      blank_to(after("*/", at_ + 2));
    } else if (starts("R\"")) {
      raw_string();
    } else if (text_[at_] == '"' || text_[at_] == '\'') {
      quoted(text_[at_]);
    } else if (is_word_char(text_[at_])) {
      word();
    } else {
      ++at_;
    }
  }

  // R"mark( ... )mark" (C++ [lex.string]).
  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(open);
    const std::string mark(text_.substr(at_ + 2, open - at_ - 2));
    blank_to(after(")" + mark + "\"", open));
  }

  void quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    ++at_;  // both quotes stay
    blank_to(end);
    ++at_;
  }

  // In a number a quote separates digits: 16'384.
  void word() {
    const bool number = text_[at_] >= '0' && text_[at_] <= '9';
    while (at_ < text_.size() && (is_word_char(text_[at_]) || (number && text_[at_] == '\''))) {
      ++at_;
    }
  }

  void blank_to(std::size_t end) {
    for (end = std::min(end, text_.size()); at_ < end; ++at_) {
      if (code_[at_] != '\n') code_[at_] = ' ';
    }
  }

  [[nodiscard]] bool starts(std::string_view prefix) const {
    return text_.substr(at_).starts_with(prefix);
  }

  [[nodiscard]] std::size_t after(std::string_view end, std::size_t from) const {
    const std::size_t found = text_.find(end, from);
    return found == std::string_view::npos ? found : found + end.size();
  }

  std::string_view text_;
  std::string code_;
  std::size_t at_ = 0;
};

}  // namespace

Source::Source(std::string path_from_root, std::string content)
    : path(std::move(path_from_root)), text(std::move(content)), code(Blanker(text).run()) {}

std::vector<Source> read_sources(const std::filesystem::path& root,
                                 const std::vector<std::string>& folders) {
  std::vector<Source> sources;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::filesystem::path& path = entry.path();
      if (path.extension() != ".h" && path.extension() != ".cpp") continue;
      std::ifstream file(path, std::ios::binary);
      sources.emplace_back(path.lexically_relative(root).generic_string(),
                           std::string(std::istreambuf_iterator<char>(file), {}));
    }
  }
  std::ranges::sort(sources, {}, &Source::path);
  return sources;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<Include> includes_of(const Source& source) {
  const std::vector<std::string_view> code = lines_of(source.code);
  const std::vector<std::string_view> text = lines_of(source.text);
  std::vector<Include> includes;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (!code[i].starts_with("#include")) continue;
    const std::size_t open = text[i].find_first_of("<\"");
    if (open == std::string_view::npos) continue;
    const std::size_t close = text[i].find_first_of(">\"", open + 1);
    includes.push_back({i + 1, std::string(text[i].substr(open + 1, close - open - 1))});
  }
  return includes;
}

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  for (std::size_t at = text.find(word, from); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (at > 0 && is_word_char(text[at - 1])) continue;
    if (end < text.size() && is_word_char(text[end])) continue;
    return at;
  }
  return std::string_view::npos;
}

}  // namespace lb::tidy
