#include "tests/tidy/conformance.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace lb::tidy {
namespace {

using Names = std::set<std::string>;

TEST(Conformance, EveryRowNamesTestsThatExist) {
  Names tests;
  for (const Source& source : read_sources(LB_SOURCE_DIR, {"tests"})) tests.merge(tests_of(source));
  std::ifstream file(LB_SOURCE_DIR "/docs/conformance.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  EXPECT_GT(rows_of(document).size(), 100U);
  EXPECT_EQ(unshown_rows(document, tests), Findings());
}

TEST(Conformance, FindsTestsOfEveryKind) {
  const Source source(
      "a_test.cpp",
      "#include <x>\nTEST(A, One) {}\nTEST_F(B,\n       Two) {}\nTEST_P(C, Three) {}\n"
      "// TEST(D, Four)\n  TEST(E, Five)\n");
  EXPECT_EQ(tests_of(source), (Names{"A.One", "B.Two", "C.Three"}));
}

constexpr std::string_view kTable =
    "| requirement | RFC | test |\n| --- | --- | --- |\n"
    "| `x` is a y | 9110 1 | `A.One`, `B.Two` |\n| z | 9110 2 | none |\ntext `C.Three`\n";

TEST(Conformance, ReadsTheLastCellOfEachRow) {
  const std::vector<Row> rows = rows_of(kTable);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].tests, (std::vector<std::string>{"A.One", "B.Two"}));
  EXPECT_EQ(rows[1].line, 4U);
}

TEST(Conformance, FindsRowsThatNothingShows) {
  EXPECT_EQ(unshown_rows(kTable, {"A.One"}),
            (Findings{"docs/conformance.md:3: there is no test B.Two",
                      "docs/conformance.md:4: names no test"}));
}

}  // namespace
}  // namespace lb::tidy
