#include "lb/upstream/own_closes.h"

#include <gtest/gtest.h>

namespace lb::upstream {
namespace {

using namespace std::chrono_literals;

class TheOwnCloses : public testing::Test {
 protected:
  void add(int count) {
    for (int i = 0; i < count; ++i) closes_.add(now_);
  }
  OwnCloses closes_{400};
  OwnCloses::Time now_{5h};
};

TEST_F(TheOwnCloses, AreTooManyBeyondAQuarterOfThePorts) {
  EXPECT_FALSE(closes_.too_many(now_));
  add(100);
  EXPECT_FALSE(closes_.too_many(now_));
  add(1);
  EXPECT_TRUE(closes_.too_many(now_));
}

TEST_F(TheOwnCloses, AreForgottenAfterAMinute) {
  add(60);
  now_ += 30s;
  add(60);
  EXPECT_TRUE(closes_.too_many(now_));
  now_ += 29s;
  EXPECT_TRUE(closes_.too_many(now_));
  now_ += 1s;
  EXPECT_FALSE(closes_.too_many(now_)) << "the first 60 are a minute old";
  add(41);
  EXPECT_TRUE(closes_.too_many(now_));
}

TEST_F(TheOwnCloses, AreForgottenAfterALongSilence) {
  add(101);
  now_ += 3h;
  EXPECT_FALSE(closes_.too_many(now_));
  add(100);
  EXPECT_FALSE(closes_.too_many(now_));
}

}  // namespace
}  // namespace lb::upstream
