#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/tidy/rules.h"

namespace lb::tidy {
namespace {

// Finds the bodies of functions by their braces. Before each brace stands its introduction: the
// text since the last ; { or }. Outside of functions, an introduction with a parameter list that
// does not begin with `class` and the like introduces a function.
class FunctionScanner {
 public:
  explicit FunctionScanner(const Source& source) : source_(source) {}

  [[nodiscard]] Findings run() {
    for (const std::string_view line : lines_of(source_.code)) {
      ++line_;
      const bool directive = line.starts_with('#') || continued_;
      continued_ = directive && line.ends_with('\\');
      if (directive) continue;
      for (const char c : line) step(c);
      step(' ');
    }
    return std::move(findings_);
  }

 private:
  struct Scope {
    bool function;
    std::size_t first_line;
    std::size_t parentheses;  // open around it
    std::string introduction;
  };

  void step(char c) {
    if (c == '{') return open();
    if (c == '}') return close();
    if (c == '(') ++parentheses_;
    if (c == ')' && parentheses_ > 0) --parentheses_;
    if ((c == ';' && parentheses_ == 0) || (c == ':' && is_access(introduction_))) {
      introduction_.clear();
      return;
    }
    if (introduction_.empty()) {
      if (c == ' ') return;
      first_line_ = line_;
    }
    introduction_ += c;
  }

  void open() {
    const bool function = !in_function_ && parentheses_ == 0 && introduces_function();
    in_function_ = in_function_ || function;
    scopes_.push_back(
        {function, first_line_, std::exchange(parentheses_, 0), std::exchange(introduction_, {})});
  }

  void close() {
    introduction_.clear();
    if (scopes_.empty()) return;
    const Scope scope = std::move(scopes_.back());
    scopes_.pop_back();
    parentheses_ = scope.parentheses;
    if (!scope.function) return;
    in_function_ = false;
    const std::size_t lines = line_ - scope.first_line + 1;
    if (lines <= kFunctionLinesMax) return;
    findings_.push_back(source_.path + ":" + std::to_string(scope.first_line) + ": " +
                        name_of(scope.introduction) + " has " + std::to_string(lines) +
                        " lines (at most " + std::to_string(kFunctionLinesMax) + ")");
  }

  [[nodiscard]] bool introduces_function() const {
    const std::string_view text = without_template(introduction_);
    if (text.find('(') == std::string_view::npos) return false;
    constexpr auto kOthers = std::to_array<std::string_view>(
        {"class", "enum", "extern", "inline namespace", "namespace", "struct", "union"});
    return std::ranges::none_of(kOthers,
                                [&](std::string_view word) { return find_word(text, word) == 0; });
  }

  static bool is_access(std::string_view text) {
    return text == "public" || text == "protected" || text == "private";
  }

  // Drops `template <…>` from the front.
  static std::string_view without_template(std::string_view text) {
    if (find_word(text, "template") != 0) return text;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '<') ++depth;
      if (text[i] == '>' && --depth == 0) {
        const std::size_t rest = text.find_first_not_of(' ', i + 1);
        return rest == std::string_view::npos ? std::string_view() : text.substr(rest);
      }
    }
    return text;
  }

  static std::string name_of(std::string_view introduction) {
    const std::string_view text = without_template(introduction);
    const std::string_view head = text.substr(0, text.find('('));
    return std::string(head.substr(head.rfind(' ') + 1));
  }

  const Source& source_;
  std::vector<Scope> scopes_;
  std::string introduction_;
  std::size_t first_line_ = 0;
  std::size_t line_ = 0;
  std::size_t parentheses_ = 0;
  bool in_function_ = false;
  bool continued_ = false;
  Findings findings_;
};

}  // namespace

Findings long_functions(const Source& source) {
  return FunctionScanner(source).run();
}

}  // namespace lb::tidy
