#include "tests/tidy/conformance.h"

#include <cctype>

namespace lb::tidy {
namespace {

// Without the line breaks and blanks that clang-format put between the parts.
std::string without_space(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) kept += c;
  }
  return kept;
}

// The texts between pairs of backticks.
std::vector<std::string> quoted_in(std::string_view cell) {
  std::vector<std::string> texts;
  for (std::size_t at = cell.find('`'); at != std::string_view::npos; at = cell.find('`', at)) {
    const std::size_t end = cell.find('`', at + 1);
    if (end == std::string_view::npos) break;
    texts.emplace_back(cell.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return texts;
}

bool is_row(std::string_view line) {
  return line.starts_with("| ") && line.ends_with(" |");
}

bool is_rule(std::string_view line) {
  return line.starts_with("| --");
}

}  // namespace

std::set<std::string> tests_of(const Source& source) {
  std::set<std::string> names;
  const std::string_view code = source.code;
  for (const std::string_view macro : {"TEST", "TEST_F", "TEST_P"}) {
    const std::string call = "\n" + std::string(macro) + "(";
    for (std::size_t at = code.find(call); at != std::string_view::npos; at = code.find(call, at)) {
      at += call.size();
      std::string name = without_space(code.substr(at, code.find(')', at) - at));
      const std::size_t comma = name.find(',');
      if (comma != std::string::npos) names.insert(name.replace(comma, 1, "."));
    }
  }
  return names;
}

std::vector<Row> rows_of(std::string_view document) {
  std::vector<Row> rows;
  const std::vector<std::string_view> lines = lines_of(document);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_row(lines[i]) || is_rule(lines[i])) continue;
    if (i + 1 < lines.size() && is_rule(lines[i + 1])) continue;  // a heading
    const std::string_view line = lines[i].substr(0, lines[i].size() - 2);
    rows.push_back({i + 1, quoted_in(line.substr(line.rfind('|')))});
  }
  return rows;
}

Findings unshown_rows(std::string_view document, const std::set<std::string>& tests) {
  Findings findings;
  for (const Row& row : rows_of(document)) {
    const std::string where = "docs/conformance.md:" + std::to_string(row.line) + ": ";
    if (row.tests.empty()) findings.push_back(where + "names no test");
    for (const std::string& test : row.tests) {
      if (!tests.contains(test)) findings.push_back(where + "there is no test " + test);
    }
  }
  return findings;
}

}  // namespace lb::tidy
