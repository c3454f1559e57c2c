#include "app/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace lb::app {
namespace {

TEST(EditDistance, CountsInsertedDeletedReplacedAndSwappedLetters) {
  struct Row {
    std::string_view a;
    std::string_view b;
    std::size_t distance;
  };
  static constexpr Row kRows[] = {
      {"", "", 0},         {"", "port", 4},      {"port", "", 4},    {"port", "port", 0},
      {"prot", "port", 1}, {"ports", "port", 1}, {"por", "port", 1}, {"pork", "port", 1},
      {"ca", "abc", 3},  // a letter is swapped or edited, not both
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(edit_distance(row.a, row.b), row.distance) << row.a << " -> " << row.b;
  }
}

TEST(Nearest, FindsWhatWasMeantAndElseKeepsSilent) {
  static constexpr std::array<std::string_view, 5> kNames{"servers", "port", "health-path",
                                                          "health-rise", "help"};
  struct Row {
    std::string_view typed;
    std::string_view meant;  // empty: no hint
  };
  static constexpr Row kRows[] = {
      {"sevrers", "servers"},
      {"server", "servers"},
      {"prot", "port"},
      {"Port", "port"},
      {"healthpath", "health-path"},
      {"health_rise", "health-rise"},
      {"serv", "servers"},
      {"hel", "help"},  // one letter is missing
      {"health", ""},   // two names go on from there, and neither is near
      {"se", ""},
      {"frobnicate", ""},
      {"", ""},
      {"p", ""},
      {"x", ""},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(nearest(row.typed, kNames).value_or(""), row.meant) << row.typed;
  }
  EXPECT_EQ(nearest(std::string(100'000, 'p'), kNames), std::nullopt);
  EXPECT_EQ(nearest("port", {}), std::nullopt);
}

}  // namespace
}  // namespace lb::app
