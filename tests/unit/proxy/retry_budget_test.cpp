#include "lb/proxy/retry_budget.h"

#include <gtest/gtest.h>

namespace lb::proxy {
namespace {

using std::chrono::milliseconds;

int taken(RetryBudget& budget, RetryBudget::Time now) {
  int count = 0;
  while (count < 1000 && budget.take(now)) ++count;
  return count;
}

TEST(ARetryBudget, StartsFull) {
  RetryBudget budget(20);
  EXPECT_EQ(taken(budget, RetryBudget::Time()), 100);
}

TEST(ARetryBudget, EarnsAShareOfEachRequest) {
  RetryBudget budget(20);
  const RetryBudget::Time now{};
  taken(budget, now);
  for (int i = 0; i < 4; ++i) budget.earn();
  EXPECT_FALSE(budget.take(now));
  budget.earn();
  EXPECT_EQ(taken(budget, now), 1);
  for (int i = 0; i < 100; ++i) budget.earn();
  EXPECT_EQ(taken(budget, now), 20);
}

TEST(ARetryBudget, EarnsThreeASecond) {
  RetryBudget budget(20);
  RetryBudget::Time now{};
  taken(budget, now);
  EXPECT_FALSE(budget.take(now += milliseconds(332)));
  EXPECT_TRUE(budget.take(now += milliseconds(2)));
  EXPECT_EQ(taken(budget, now += milliseconds(10'000)), 30);
}

TEST(ARetryBudget, IsNeverMoreThanFull) {
  RetryBudget budget(100);
  const RetryBudget::Time now = RetryBudget::Time() + std::chrono::hours(1000);
  for (int i = 0; i < 1000; ++i) budget.earn();
  EXPECT_EQ(taken(budget, now), 100);
}

// The percentage is of each one's own requests; the rest is for all together.
TEST(ARetryBudget, IsSharedByProcesses) {
  RetryBudget budget(20, 4);
  RetryBudget::Time now{};
  EXPECT_EQ(taken(budget, now), 25);
  for (int i = 0; i < 5; ++i) budget.earn();
  EXPECT_EQ(taken(budget, now), 1);
  EXPECT_EQ(taken(budget, now += milliseconds(8'000)), 6);
  EXPECT_EQ(taken(budget, now += milliseconds(1'000'000)), 25) << "no more than full";
}

TEST(ARetryBudget, OfNothingGivesNothing) {
  RetryBudget budget(0);
  EXPECT_FALSE(budget.take(RetryBudget::Time() + std::chrono::hours(1)));
}

}  // namespace
}  // namespace lb::proxy
