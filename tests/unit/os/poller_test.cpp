// Readiness, timers and signals as descriptors.

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "lb/os/os.h"
#include "tests/unit/support/loopback.h"

namespace lb::os {
namespace {

using std::chrono::milliseconds;

class APoller : public testing::Test {
 protected:
  APoller() {
    auto opened = open_poller();
    EXPECT_TRUE(opened.has_value());
    poller_ = std::move(*opened);
  }

  // What is ready now.
  std::span<const Event> look() {
    return std::span(events_).first(wait(poller_.get(), events_, false));
  }

  Fd poller_;
  test::Pair pair_ = test::connected_pair();
  std::array<Event, 8> events_;
};

TEST_F(APoller, TellsReadableAndWritableByToken) {
  ASSERT_EQ(poller_add(poller_.get(), pair_.near.get(), {.read = true, .write = true}, 77), 0);
  ASSERT_EQ(look().size(), 1U);
  EXPECT_FALSE(look()[0].readable);
  pair_.far.sends("x");
  ASSERT_TRUE(test::wait_until_readable(pair_.near.get()));
  ASSERT_EQ(look().size(), 1U);
  EXPECT_EQ(look()[0].token, 77U);
  EXPECT_TRUE(look()[0].readable);
  EXPECT_TRUE(look()[0].writable);
  EXPECT_FALSE(look()[0].hangup);
}

TEST_F(APoller, TellsOnlyWhatIsAskedFor) {
  pair_.far.sends("x");
  ASSERT_TRUE(test::wait_until_readable(pair_.near.get()));
  ASSERT_EQ(poller_add(poller_.get(), pair_.near.get(), {}, 1), 0);
  EXPECT_EQ(look().size(), 0U);
  poller_change(poller_.get(), pair_.near.get(), {.read = true, .write = false}, 2);
  ASSERT_EQ(look().size(), 1U);
  EXPECT_EQ(look()[0].token, 2U);
  EXPECT_FALSE(look()[0].writable);
  poller_remove(poller_.get(), pair_.near.get());
  EXPECT_EQ(look().size(), 0U);
}

TEST_F(APoller, TellsAHangUpThatNobodyAskedFor) {
  ASSERT_EQ(poller_add(poller_.get(), pair_.near.get(), {}, 1), 0);
  pair_.far.resets();
  ASSERT_EQ(wait(poller_.get(), events_, true), 1U);
  EXPECT_TRUE(events_[0].hangup);
}

TEST_F(APoller, DoesNotCallAHalfCloseAHangUp) {
  ASSERT_EQ(poller_add(poller_.get(), pair_.near.get(), {.read = true, .write = false}, 1), 0);
  pair_.far.half_closes();
  ASSERT_EQ(wait(poller_.get(), events_, true), 1U);
  EXPECT_TRUE(events_[0].readable);
  EXPECT_FALSE(events_[0].hangup);
}

TEST_F(APoller, FillsNoMoreThanItIsGiven) {
  test::Pair other = test::connected_pair();
  ASSERT_EQ(poller_add(poller_.get(), pair_.near.get(), {.read = false, .write = true}, 1), 0);
  ASSERT_EQ(poller_add(poller_.get(), other.near.get(), {.read = false, .write = true}, 2), 0);
  EXPECT_EQ(wait(poller_.get(), std::span(events_).first(1), false), 1U);
  EXPECT_EQ(look().size(), 2U);
}

TEST_F(APoller, RefusesTheSameDescriptorTwice) {
  ASSERT_EQ(poller_add(poller_.get(), pair_.near.get(), {}, 1), 0);
  EXPECT_EQ(poller_add(poller_.get(), pair_.near.get(), {}, 2), EEXIST);
}

TEST(ATimerDescriptor, IsReadableFromItsTimeOnAndNotBefore) {
  const auto timer = open_timer();
  ASSERT_TRUE(timer.has_value());
  const Time due = now() + milliseconds(20);
  arm_timer(timer->get(), due);
  ASSERT_TRUE(test::wait_until_readable(timer->get()));
  EXPECT_GE(now(), due);
}

TEST(ATimerDescriptor, IsReadableAtOnceForATimeThatHasPassed) {
  const auto timer = open_timer();
  ASSERT_TRUE(timer.has_value());
  arm_timer(timer->get(), now() - milliseconds(1));
  EXPECT_TRUE(test::wait_until_readable(timer->get()));
}

TEST(ATimerDescriptor, IsSilentOnceItIsDrained) {
  const auto timer = open_timer();
  const auto poller = open_poller();
  ASSERT_TRUE(timer.has_value() && poller.has_value());
  arm_timer(timer->get(), now());
  ASSERT_TRUE(test::wait_until_readable(timer->get()));
  drain_timer(timer->get());
  ASSERT_EQ(poller_add(poller->get(), timer->get(), {.read = true, .write = false}, 1), 0);
  std::array<Event, 1> event;
  EXPECT_EQ(wait(poller->get(), event, false), 0U);
}

TEST(Clocks, OnlyGoForwardAndKnowTheDay) {
  const Time before = now();
  EXPECT_LE(before, now());
  EXPECT_GT(wall_time(), std::chrono::seconds(1'700'000'000));
}

TEST(SignalsAsADescriptor, AreReadInsteadOfKilling) {
  const std::array signals = {kSignalInterrupt, kSignalTerminate};
  const auto fd = open_signals(signals);
  ASSERT_TRUE(fd.has_value());
  EXPECT_EQ(read_signal(fd->get()), std::nullopt);
  ASSERT_EQ(std::raise(kSignalTerminate), 0);
  ASSERT_TRUE(test::wait_until_readable(fd->get()));
  EXPECT_EQ(read_signal(fd->get()), kSignalTerminate);
  EXPECT_EQ(read_signal(fd->get()), std::nullopt);
}

TEST(AnIgnoredSignal, DoesNothing) {
  ignore_signal(kSignalHangup);
  EXPECT_EQ(std::raise(kSignalHangup), 0);
}

}  // namespace
}  // namespace lb::os
