#include "lb/event/timer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "lb/base/random.h"
#include "tests/unit/support/turns.h"

namespace lb::event {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// A timer that writes down when it called, and then does what the test says.
class Alarm {
 public:
  explicit Alarm(Reactor& reactor) : timer(reactor, Callback<>::to<&Alarm::on_due>(this)) {}

  [[nodiscard]] bool rang() const { return !times.empty(); }

  Timer timer;
  std::vector<os::Time> times;
  std::vector<Alarm*>* order = nullptr;
  Timer* sets_next = nullptr;  // after next_delay
  milliseconds next_delay{0};
  std::unique_ptr<Alarm>* destroys = nullptr;

 private:
  void on_due() {
    times.push_back(os::now());
    if (order != nullptr) order->push_back(this);
    if (sets_next != nullptr) sets_next->set_after(next_delay);
    if (destroys != nullptr) destroys->reset();
  }
};

class ATimer : public testing::Test {
 protected:
  [[nodiscard]] static os::Time in(milliseconds delay) { return os::now() + delay; }

  Reactor reactor_;
};

TEST_F(ATimer, IsNeverEarly) {
  for (int i = 0; i < 10; ++i) {
    Alarm alarm(reactor_);
    const os::Time due = os::now() + std::chrono::microseconds(1'100 * i);
    alarm.timer.set_at(due);
    ASSERT_TRUE(test::run_until(reactor_, [&] { return alarm.rang(); }));
    EXPECT_GE(alarm.times[0], due);
    EXPECT_GE(reactor_.now(), due);
  }
}

// The promise is 10 ms; a busy machine may add its own delay to a single one, not to all.
TEST_F(ATimer, IsAtMostTenMillisecondsLate) {
  os::Time::duration least = hours(1);
  for (int i = 0; i < 10; ++i) {
    Alarm alarm(reactor_);
    const os::Time due = in(milliseconds(7));
    alarm.timer.set_at(due);
    ASSERT_TRUE(test::run_until(reactor_, [&] { return alarm.rang(); }));
    least = std::min(least, alarm.times[0] - due);
  }
  EXPECT_LE(least, milliseconds(10));
}

TEST_F(ATimer, CountsFromTheClockOfTheTurn) {
  test::turn(reactor_);
  Alarm alarm(reactor_);
  const os::Time due = reactor_.now() + milliseconds(15);
  alarm.timer.set_after(milliseconds(15));
  ASSERT_TRUE(test::run_until(reactor_, [&] { return alarm.rang(); }));
  EXPECT_GE(alarm.times[0], due);
}

TEST_F(ATimer, CallsOnce) {
  Alarm alarm(reactor_);
  alarm.timer.set_at(in(milliseconds(1)));
  EXPECT_TRUE(alarm.timer.is_set());
  test::run_for(reactor_, milliseconds(30));
  EXPECT_EQ(alarm.times.size(), 1U);
  EXPECT_FALSE(alarm.timer.is_set());
}

TEST_F(ATimer, CallsInTheNextTurnWhenItsTimeHasPassed) {
  Alarm alarm(reactor_);
  alarm.timer.set_at(in(-milliseconds(5)));
  EXPECT_FALSE(alarm.rang()) << "never from within set_at";
  test::turn(reactor_);
  EXPECT_TRUE(alarm.rang());
}

TEST_F(ATimer, IsSilentOnceCancelled) {
  Alarm alarm(reactor_);
  alarm.timer.set_at(in(milliseconds(5)));
  alarm.timer.cancel();
  EXPECT_FALSE(alarm.timer.is_set());
  test::run_for(reactor_, milliseconds(30));
  EXPECT_FALSE(alarm.rang());
}

TEST_F(ATimer, MayBeSetAgainAfterCancelling) {
  Alarm alarm(reactor_);
  alarm.timer.set_at(in(milliseconds(5)));
  alarm.timer.cancel();
  const os::Time due = in(milliseconds(15));
  alarm.timer.set_at(due);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return alarm.rang(); }));
  EXPECT_GE(alarm.times[0], due);
}

TEST_F(ATimer, DoesNotCallAtTheOldTimeWhenPostponed) {
  Alarm alarm(reactor_);
  alarm.timer.set_at(in(milliseconds(5)));
  const os::Time due = in(milliseconds(30));
  alarm.timer.set_at(due);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return alarm.rang(); }));
  EXPECT_GE(alarm.times[0], due);
  EXPECT_EQ(alarm.times.size(), 1U);
}

TEST_F(ATimer, CallsAtTheNewTimeWhenBroughtForward) {
  Alarm alarm(reactor_);
  alarm.timer.set_at(in(hours(1)));
  alarm.timer.set_at(in(milliseconds(5)));
  EXPECT_TRUE(test::run_until(reactor_, [&] { return alarm.rang(); }));
}

TEST_F(ATimer, RenewedInEveryTurnWakesNobody) {
  Alarm alarm(reactor_);
  alarm.timer.set_at(in(milliseconds(20)));
  for (int i = 0; i < 1000; ++i) alarm.timer.set_at(in(hours(1)));
  // One look at the old time puts it back; the rest is the end of the time itself.
  EXPECT_LE(test::run_for(reactor_, milliseconds(60)), 5U);
  EXPECT_FALSE(alarm.rang());
  EXPECT_TRUE(alarm.timer.is_set());
}

TEST_F(ATimer, MayBeSetFromItsOwnCall) {
  Alarm alarm(reactor_);
  alarm.sets_next = &alarm.timer;
  alarm.next_delay = milliseconds(10);
  alarm.timer.set_at(in(milliseconds(1)));
  ASSERT_TRUE(test::run_until(reactor_, [&] { return alarm.times.size() >= 3; }));
  for (std::size_t i = 1; i < alarm.times.size(); ++i) {
    EXPECT_GE(alarm.times[i] - alarm.times[i - 1], milliseconds(9));
  }
}

TEST_F(ATimer, MayBeDestroyedByAnother) {
  auto victim = std::make_unique<Alarm>(reactor_);
  Alarm killer(reactor_);
  killer.destroys = &victim;
  const os::Time past = os::now() - milliseconds(20);  // both in one turn, the killer first
  killer.timer.set_at(past);
  victim->timer.set_at(past + milliseconds(10));
  ASSERT_TRUE(test::run_until(reactor_, [&] { return killer.rang(); }));
  EXPECT_EQ(victim, nullptr);
  EXPECT_EQ(reactor_.timers(), 0U);
}

TEST_F(ATimer, LeavesNothingBehindWhenItIsDestroyed) {
  {
    Alarm alarm(reactor_);
    alarm.timer.set_at(in(milliseconds(1)));
    EXPECT_EQ(reactor_.timers(), 1U);
  }
  EXPECT_EQ(reactor_.timers(), 0U);
  test::run_for(reactor_, milliseconds(10));
}

TEST_F(ATimer, ThatWasNeverSetIsNotThere) {
  Alarm alarm(reactor_);
  EXPECT_FALSE(alarm.timer.is_set());
  EXPECT_EQ(reactor_.timers(), 0U);
}

// ---- many at once

constexpr int kMany = 200;
constexpr milliseconds kGrain{4};  // deadlines that fall into one grain may call in any order

class ManyTimers : public testing::Test {
 protected:
  void set_all(std::uint64_t seed) {
    Random random(seed);
    begun_ = os::now();
    for (int i = 0; i < kMany; ++i) {
      alarms_.push_back(std::make_unique<Alarm>(reactor_));
      alarms_.back()->order = &order_;
      dues_.push_back(begun_ + milliseconds(random.between(0, 80)));
      alarms_.back()->timer.set_at(dues_.back());
    }
  }

  [[nodiscard]] os::Time due_of(const Alarm* alarm) const {
    const auto found = std::ranges::find_if(
        alarms_, [alarm](const auto& candidate) { return candidate.get() == alarm; });
    return dues_[static_cast<std::size_t>(found - alarms_.begin())];
  }

  void expect_in_order() const {
    for (std::size_t i = 1; i < order_.size(); ++i) {
      EXPECT_LE(due_of(order_[i - 1]), due_of(order_[i]) + kGrain);
    }
  }
  void expect_none_early() const {
    for (const Alarm* alarm : order_) EXPECT_GE(alarm->times.at(0), due_of(alarm));
  }

  Reactor reactor_;
  os::Time begun_;
  std::vector<std::unique_ptr<Alarm>> alarms_;
  std::vector<os::Time> dues_;
  std::vector<Alarm*> order_;
};

TEST_F(ManyTimers, SetInRandomOrderCallInOrder) {
  set_all(1);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return order_.size() == kMany; }));
  expect_in_order();
  expect_none_early();
  EXPECT_EQ(reactor_.timers(), 0U);
}

TEST_F(ManyTimers, KeepTheirOrderWhileOthersAreDestroyed) {
  set_all(2);
  for (std::size_t i = alarms_.size(); i > 0; i -= 2) alarms_[i - 1].reset();
  EXPECT_EQ(reactor_.timers(), kMany / 2U);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return order_.size() == kMany / 2; }));
  expect_in_order();
}

// The last of the heap takes the place of the destroyed one, below a parent that is later than it.
TEST_F(ManyTimers, AreNotLostBelowALaterOne) {
  constexpr milliseconds kFar = hours(1);
  const auto add = [&](milliseconds delay) {
    alarms_.push_back(std::make_unique<Alarm>(reactor_));
    alarms_.back()->timer.set_at(os::now() + delay);
  };
  for (const int delay : {5, 10}) add(milliseconds(delay));
  add(kFar);
  for (const int delay : {15, 20}) add(milliseconds(delay));
  for (int i = 0; i < 2; ++i) add(2 * kFar);  // the children of the far one
  add(milliseconds(30));
  const Alarm& last = *alarms_.back();
  alarms_[5].reset();
  for (int i = 0; i < 8; ++i) add(3 * kFar);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return last.rang(); }, std::chrono::seconds(5)));
}

// One that was postponed is looked at when it was first due, so those that a late turn finds due
// together may call in any order.
TEST_F(ManyTimers, AreNeverEarlyWhileOthersAreMoved) {
  set_all(3);
  Random random(4);
  for (std::size_t i = 0; i < alarms_.size(); i += 3) {
    dues_[i] = begun_ + milliseconds(random.between(0, 120));
    alarms_[i]->timer.set_at(dues_[i]);
  }
  EXPECT_TRUE(test::run_until(reactor_, [&] { return order_.size() == kMany; }));
  expect_none_early();
  EXPECT_EQ(reactor_.timers(), 0U);
}

}  // namespace
}  // namespace lb::event
