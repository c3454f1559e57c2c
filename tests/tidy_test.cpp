// The checks of the house over the project's own sources. What each check means, and that it can
// fail, is in tidy/.

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <vector>

#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"

namespace lb::tidy {
namespace {

const std::vector<Source>& product() {
  static const std::vector<Source> sources = read_sources(LB_SOURCE_DIR, {"include", "src"});
  return sources;
}

const std::vector<Source>& everything() {
  static const std::vector<Source> sources =
      read_sources(LB_SOURCE_DIR, {"include", "src", "tests"});
  return sources;
}

using Rule = Findings (*)(const Source&);

// All breaches, one a line.
std::string breaches(Rule rule, const std::vector<Source>& sources) {
  std::string text;
  for (const Source& source : sources) {
    for (const std::string& finding : rule(source)) text += finding + "\n";
  }
  return text;
}

TEST(House, HasSourcesToCheck) {
  EXPECT_GT(product().size(), 10U);
  EXPECT_GT(everything().size(), product().size());
}

TEST(House, IncludesPointDown) {
  EXPECT_EQ(breaches(forbidden_layers, product()), "");
}

TEST(House, NoFileIncludesItself) {
  EXPECT_EQ(include_cycles(product()), Findings());
}

TEST(House, HeadersOfTheKernelAndOfLibrariesHaveOneHome) {
  EXPECT_EQ(breaches(misplaced_headers, product()), "");
}

TEST(House, KernelCallsStayInOs) {
  EXPECT_EQ(breaches(kernel_calls, product()), "");
}

TEST(House, FunctionsFitOnAPage) {
  EXPECT_EQ(breaches(long_functions, product()), "");
}

TEST(House, FilesStayShort) {
  EXPECT_EQ(breaches(long_file, product()), "");
}

TEST(House, PromisesNameTheirIssue) {
  EXPECT_EQ(breaches(nameless_promises, everything()), "");
}

TEST(House, HeadersStartWithPragmaOnce) {
  EXPECT_EQ(breaches(missing_pragma_once, everything()), "");
}

TEST(House, NamespacesStayClosed) {
  EXPECT_EQ(breaches(opened_namespaces, everything()), "");
}

}  // namespace
}  // namespace lb::tidy
