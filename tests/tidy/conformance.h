#pragma once

// docs/conformance.md beside the tests that it names.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"

namespace lb::tidy {

// "Suite.Name" of every TEST, TEST_F and TEST_P of a source.
[[nodiscard]] std::set<std::string> tests_of(const Source& source);

// The rows of the document's tables but for their headings: what the last cell holds in backticks
// are the tests.
struct Row {
  std::size_t line = 0;  // the first is 1
  std::vector<std::string> tests;
};
[[nodiscard]] std::vector<Row> rows_of(std::string_view document);

// Rows that name no test, and tests that are not among `tests`.
[[nodiscard]] Findings unshown_rows(std::string_view document, const std::set<std::string>& tests);

}  // namespace lb::tidy
