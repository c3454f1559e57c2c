#include "lb/upstream/health.h"

#include <gtest/gtest.h>

#include <string>

namespace lb::upstream {
namespace {

using State = Health::State;
using Verdict = Health::Verdict;

constexpr HealthThresholds kThree{.fall = 3, .rise = 3};

// A server in that state, with so many verdicts in a row against it.
Health known(State state, std::uint32_t contrary) {
  Health health;
  if (state == State::kUnknown) return health;
  const bool up = state == State::kUp;
  const auto good = up ? Verdict::kPassed : Verdict::kUncertain;
  const auto bad = up ? Verdict::kUncertain : Verdict::kPassed;
  const HealthThresholds never{.fall = UINT32_MAX, .rise = UINT32_MAX};
  EXPECT_TRUE(health.observe(good, never, false));
  for (std::uint32_t i = 0; i < contrary; ++i) EXPECT_FALSE(health.observe(bad, never, false));
  return health;
}

struct Row {
  State from;
  std::uint32_t contrary;
  Verdict verdict;
  bool nobody_up;
  State to;
  bool in_doubt;
};

// fall = 3, rise = 3. While a server is up, somebody is: those rows have no other half.
constexpr Row kTable[] = {
    // the very first verdict decides alone
    {State::kUnknown, 0, Verdict::kPassed, true, State::kUp, false},
    {State::kUnknown, 0, Verdict::kPassed, false, State::kUp, false},
    {State::kUnknown, 0, Verdict::kDisowned, true, State::kDown, false},
    {State::kUnknown, 0, Verdict::kDisowned, false, State::kDown, false},
    {State::kUnknown, 0, Verdict::kRefused, true, State::kDown, false},
    {State::kUnknown, 0, Verdict::kRefused, false, State::kDown, false},
    {State::kUnknown, 0, Verdict::kUncertain, true, State::kDown, false},
    {State::kUnknown, 0, Verdict::kUncertain, false, State::kDown, false},
    // up
    {State::kUp, 0, Verdict::kPassed, false, State::kUp, false},
    {State::kUp, 1, Verdict::kPassed, false, State::kUp, false},
    {State::kUp, 2, Verdict::kPassed, false, State::kUp, false},
    {State::kUp, 0, Verdict::kDisowned, false, State::kDown, false},
    {State::kUp, 1, Verdict::kDisowned, false, State::kDown, false},
    {State::kUp, 2, Verdict::kDisowned, false, State::kDown, false},
    {State::kUp, 0, Verdict::kRefused, false, State::kDown, false},
    {State::kUp, 1, Verdict::kRefused, false, State::kDown, false},
    {State::kUp, 2, Verdict::kRefused, false, State::kDown, false},
    {State::kUp, 0, Verdict::kUncertain, false, State::kUp, true},
    {State::kUp, 1, Verdict::kUncertain, false, State::kUp, true},
    {State::kUp, 2, Verdict::kUncertain, false, State::kDown, false},
    // down
    {State::kDown, 0, Verdict::kPassed, false, State::kDown, true},
    {State::kDown, 1, Verdict::kPassed, false, State::kDown, true},
    {State::kDown, 2, Verdict::kPassed, false, State::kUp, false},
    {State::kDown, 0, Verdict::kPassed, true, State::kUp, false},
    {State::kDown, 1, Verdict::kPassed, true, State::kUp, false},
    {State::kDown, 2, Verdict::kPassed, true, State::kUp, false},
    {State::kDown, 0, Verdict::kDisowned, false, State::kDown, false},
    {State::kDown, 2, Verdict::kDisowned, false, State::kDown, false},
    {State::kDown, 0, Verdict::kRefused, false, State::kDown, false},
    {State::kDown, 2, Verdict::kRefused, false, State::kDown, false},
    {State::kDown, 0, Verdict::kUncertain, false, State::kDown, false},
    {State::kDown, 2, Verdict::kUncertain, false, State::kDown, false},
    {State::kDown, 0, Verdict::kDisowned, true, State::kDown, false},
    {State::kDown, 0, Verdict::kRefused, true, State::kDown, false},
    {State::kDown, 0, Verdict::kUncertain, true, State::kDown, false},
};

TEST(HealthTable, HoldsRowByRow) {
  for (const Row& row : kTable) {
    SCOPED_TRACE("row " + std::to_string(&row - kTable));
    Health health = known(row.from, row.contrary);
    EXPECT_EQ(health.observe(row.verdict, kThree, row.nobody_up), row.from != row.to);
    EXPECT_EQ(health.state(), row.to);
    EXPECT_EQ(health.in_doubt(), row.in_doubt);
  }
}

TEST(Health, BeginsUnknownAndNotInDoubt) {
  const Health health;
  EXPECT_EQ(health.state(), State::kUnknown);
  EXPECT_FALSE(health.in_doubt());
}

TEST(Health, CountsOnlyVerdictsInARow) {
  Health health = known(State::kUp, 2);
  EXPECT_FALSE(health.observe(Verdict::kPassed, kThree, false));
  EXPECT_FALSE(health.observe(Verdict::kUncertain, kThree, false));
  EXPECT_FALSE(health.observe(Verdict::kUncertain, kThree, false));
  EXPECT_TRUE(health.observe(Verdict::kUncertain, kThree, false));
}

TEST(Health, FlipsAtOnceWithThresholdsOfOne) {
  constexpr HealthThresholds kOne{.fall = 1, .rise = 1};
  Health health = known(State::kUp, 0);
  EXPECT_TRUE(health.observe(Verdict::kUncertain, kOne, false));
  EXPECT_TRUE(health.observe(Verdict::kPassed, kOne, false));
  EXPECT_EQ(health.state(), State::kUp);
}

TEST(Health, KeepsFallAndRiseApart) {
  constexpr HealthThresholds kUneven{.fall = 1, .rise = 2};
  Health health = known(State::kUp, 0);
  EXPECT_TRUE(health.observe(Verdict::kUncertain, kUneven, false));
  EXPECT_FALSE(health.observe(Verdict::kPassed, kUneven, false));
  EXPECT_TRUE(health.observe(Verdict::kPassed, kUneven, false));
}

}  // namespace
}  // namespace lb::upstream
