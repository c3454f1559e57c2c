#include "lb/base/callback.h"

#include <gtest/gtest.h>

namespace lb {
namespace {

struct Counter {
  int sum = 0;
  void add(int a, int b) { sum += a + b; }
  void reset() { sum = 0; }
};

TEST(Callback, CallsItsMember) {
  Counter counter;
  const auto add = Callback<int, int>::to<&Counter::add>(&counter);
  const auto reset = Callback<>::to<&Counter::reset>(&counter);
  add(1, 2);
  add(3, 4);
  EXPECT_EQ(counter.sum, 10);
  reset();
  EXPECT_EQ(counter.sum, 0);
}

TEST(Callback, KnowsWhetherItIsSet) {
  Counter counter;
  Callback<> callback;
  EXPECT_FALSE(callback);
  callback = Callback<>::to<&Counter::reset>(&counter);
  EXPECT_TRUE(callback);
}

}  // namespace
}  // namespace lb
