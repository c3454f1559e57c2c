#include "lb/upstream/selector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lb/base/random.h"

namespace lb::upstream {
namespace {

using Set = std::vector<bool>;

std::optional<std::size_t> pick(Selector& selector, const Set& eligible) {
  return selector.pick([&](std::size_t index) { return eligible[index]; });
}

TEST(Selector, GoesRound) {
  Selector selector(3);
  const Set all(3, true);
  for (const std::size_t expected : {0U, 1U, 2U, 0U, 1U}) EXPECT_EQ(pick(selector, all), expected);
}

TEST(Selector, SkipsWhatIsNotEligible) {
  Selector selector(4);
  const Set some = {false, true, false, true};
  for (const std::size_t expected : {1U, 3U, 1U, 3U}) EXPECT_EQ(pick(selector, some), expected);
}

TEST(Selector, PicksTheOnlyOneAgain) {
  Selector selector(1);
  EXPECT_EQ(pick(selector, {true}), 0U);
  EXPECT_EQ(pick(selector, {true}), 0U);
}

TEST(Selector, PicksNothingWhereNothingIsEligibleAndLosesNoTurn) {
  Selector selector(3);
  EXPECT_EQ(pick(selector, Set(3, true)), 0U);
  EXPECT_EQ(pick(selector, Set(3, false)), std::nullopt);
  EXPECT_EQ(pick(selector, Set(3, true)), 1U);
}

TEST(Selector, OfNothingPicksNothing) {
  Selector selector(0);
  EXPECT_EQ(pick(selector, {}), std::nullopt);
}

TEST(Selector, AsksEachOnceAtMost) {
  Selector selector(5);
  int asked = 0;
  EXPECT_EQ(selector.pick([&](std::size_t) {
    ++asked;
    return false;
  }),
            std::nullopt);
  EXPECT_EQ(asked, 5);
}

// Whether, over every part of `picks`, the eligible were picked equally often but for one.
bool is_exact(const std::vector<std::size_t>& picks, const Set& eligible) {
  for (std::size_t first = 0; first < picks.size(); ++first) {
    std::vector<int> counts(eligible.size());
    for (std::size_t i = first; i < picks.size(); ++i) {
      ++counts[picks[i]];
      int least = INT32_MAX;
      int most = 0;
      for (std::size_t index = 0; index < eligible.size(); ++index) {
        if (!eligible[index]) continue;
        least = std::min(least, counts[index]);
        most = std::max(most, counts[index]);
      }
      if (most - least > 1) return false;
    }
  }
  return true;
}

TEST(Selector, IsExactOverEveryTimeInWhichTheEligibleStayTheSame) {
  Random random(20241108);
  for (int round = 0; round < 100; ++round) {
    const auto count = static_cast<std::size_t>(random.between(1, 9));
    Selector selector(count);
    for (int window = 0; window < 5; ++window) {
      SCOPED_TRACE("round " + std::to_string(round) + ", window " + std::to_string(window));
      Set eligible(count);
      for (std::size_t i = 0; i < count; ++i) eligible[i] = random.between(0, 2) > 0;
      const bool any = std::ranges::count(eligible, true) > 0;
      std::vector<std::size_t> picks;
      for (int i = 0; i < 40; ++i) {
        const auto picked = pick(selector, eligible);
        ASSERT_EQ(picked.has_value(), any);
        if (!picked) continue;
        ASSERT_TRUE(eligible[*picked]);
        picks.push_back(*picked);
      }
      ASSERT_TRUE(is_exact(picks, eligible));
    }
  }
}

}  // namespace
}  // namespace lb::upstream
