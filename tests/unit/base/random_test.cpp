#include "lb/base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace lb {
namespace {

TEST(Random, IsSplitMix64) {
  Random random(1234567);  // the first values of the reference implementation for this seed
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
}

TEST(Random, RepeatsItselfFromTheSameSeed) {
  Random one(7);
  Random two(7);
  Random other(8);
  const std::uint64_t first = one.next();
  EXPECT_EQ(first, two.next());
  EXPECT_NE(first, other.next());
}

TEST(Random, DrawsBetweenBothEndsIncluded) {
  Random random(1);
  std::array<int, 5> counts{};
  for (int i = 0; i < 5000; ++i) {
    const std::int64_t drawn = random.between(-2, 2);
    ASSERT_GE(drawn, -2);
    ASSERT_LE(drawn, 2);
    ++counts[static_cast<std::size_t>(drawn + 2)];
  }
  for (const int count : counts) EXPECT_NEAR(count, 1000, 200);
}

TEST(Random, HasNoChoiceBetweenEqualEnds) {
  Random random(1);
  EXPECT_EQ(random.between(5, 5), 5);
}

}  // namespace
}  // namespace lb
