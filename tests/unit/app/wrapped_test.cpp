#include "app/wrapped.h"

#include <gtest/gtest.h>

namespace lb::app {
namespace {

TEST(Wrapped, LeavesAShortTextAsItIs) {
  EXPECT_EQ(wrapped("", "# "), "");
  EXPECT_EQ(wrapped("a short text", "# "), "a short text");
}

TEST(Wrapped, FillsLinesToTheLastColumn) {
  const std::string word(kColumns - 4, 'x');
  EXPECT_EQ(wrapped("a " + word, "# "), "a " + word);
  EXPECT_EQ(wrapped("ab " + word, "# "), "ab\n# " + word);
}

TEST(Wrapped, DoesNotBreakAWord) {
  const std::string word(kColumns, 'x');
  EXPECT_EQ(wrapped(word, "# "), word);
  EXPECT_EQ(wrapped("a " + word + " b", "# "), "a\n# " + word + "\n# b");
}

}  // namespace
}  // namespace lb::app
