#include "lb/net/pace.h"

#include <gtest/gtest.h>

namespace lb::net {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kRate = 240;  // 4,800 bytes a window
constexpr std::uint64_t kPlenty = 1'000'000;

class APace : public testing::Test {
 protected:
  // After a first look that saw `before` bytes moved.
  void begins(std::uint64_t before, std::uint64_t waiting = kPlenty) {
    moved_ = before;
    pace_ = Pace(now_, 0, before, waiting);
  }
  // Another window passes in which so many bytes move.
  bool too_slow_with(std::uint64_t bytes, std::uint64_t waiting = kPlenty) {
    now_ = pace_.window_ends_at();
    moved_ += bytes;
    return pace_.too_slow(now_, moved_, waiting, kRate);
  }

  Pace::Time now_{1h};
  std::uint64_t moved_ = 0;
  Pace pace_{now_, 0, 0, kPlenty};
};

TEST_F(APace, JudgesOnlyAtTheEndOfAWindow) {
  begins(1);
  EXPECT_EQ(pace_.window_ends_at(), now_ + 20s);
  EXPECT_FALSE(pace_.too_slow(now_ + 20s - 1ms, 1, kPlenty, kRate));
  EXPECT_TRUE(pace_.too_slow(now_ + 20s, 2, kPlenty, kRate));
}

TEST_F(APace, IsEnoughAtTheRateAndNotBelow) {
  begins(0);
  EXPECT_FALSE(too_slow_with(4'800));
  EXPECT_FALSE(too_slow_with(4'800));
  EXPECT_TRUE(too_slow_with(4'799));
}

TEST_F(APace, DoesNotLiveOnWhatWasFastBefore) {
  begins(kPlenty);
  EXPECT_FALSE(too_slow_with(kPlenty));
  EXPECT_TRUE(too_slow_with(100));
}

TEST_F(APace, IsEnoughWhenAllThatWaitedWasMoved) {
  begins(0, 50);
  EXPECT_FALSE(too_slow_with(50, 60)) << "an event a second is no slow reader";
  EXPECT_FALSE(too_slow_with(60, 60));
  EXPECT_TRUE(too_slow_with(59));
}

// What was there at first is no measure for what came later.
TEST_F(APace, IsLookedAtSoonWhenAllThatWaitedWasMoved) {
  begins(0, 1'000);
  EXPECT_FALSE(too_slow_with(2'000, 16'000));
  EXPECT_EQ(pace_.window_ends_at(), now_ + Pace::kFirstLook);
  EXPECT_TRUE(too_slow_with(200));
}

// There may have been nothing to do before.
TEST_F(APace, IsEnoughSinceThatLook) {
  begins(0, 1'000);
  EXPECT_FALSE(too_slow_with(2'000, 16'000));
  EXPECT_FALSE(too_slow_with(300)) << "in a second";
  EXPECT_EQ(pace_.window_ends_at(), now_ + Pace::kWindow);
}

// A window of a receiver opens in steps as large as its segments: 64 KiB on a loopback.
TEST_F(APace, IsEnoughInLargeSteps) {
  begins(65'536);
  EXPECT_FALSE(too_slow_with(0));
  EXPECT_FALSE(too_slow_with(65'536));
  EXPECT_FALSE(too_slow_with(0));
  EXPECT_FALSE(too_slow_with(0)) << "131,072 bytes in 81 s";
}

TEST_F(APace, IsTooSlowInSmallOnes) {
  begins(2'304);
  EXPECT_TRUE(too_slow_with(0)) << "2,304 bytes in 21 s";
}

// Half a buffer of 16 KiB is 8 KiB, in less than 41 s.
TEST_F(APace, KnowsThatHalfABufferIsReadAtTheNextStep) {
  begins(16'384);
  EXPECT_FALSE(too_slow_with(0));
  EXPECT_TRUE(too_slow_with(0));
}

TEST_F(APace, LeavesWhoNeverMovedToTheTimeouts) {
  begins(0);
  EXPECT_FALSE(too_slow_with(0));
  EXPECT_FALSE(too_slow_with(0));
}

}  // namespace
}  // namespace lb::net
