#include "lb/event/reactor.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "lb/event/watch.h"
#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::event {
namespace {

// Something that is destroyed in the end, and does then what the test says.
class Mortal final : public Retirable {
 public:
  explicit Mortal(std::function<void()> at_end) : at_end_(std::move(at_end)) {}
  ~Mortal() override { at_end_(); }

 private:
  std::function<void()> at_end_;
};

class AReactor : public testing::Test {
 protected:
  Reactor reactor_;
  std::string story_;
};

// Posts, retires and tells the story of one turn.
struct Actor {
  Reactor& reactor;
  std::string& story;
  Watch watch{reactor};
  Timer timer{reactor, Callback<>::to<&Actor::on_due>(this)};
  Posted posted{reactor, Callback<>::to<&Actor::on_posted>(this)};

  void on_ready(Ready) {
    story += "ready ";
    watch.close();
    reactor.retire(std::make_unique<Mortal>([this] { story += "buried "; }));
    posted.post();
  }
  void on_due() { story += "due "; }
  void on_posted() { story += "posted "; }
};

TEST_F(AReactor, DoesReadinessThenTimersThenPostedThenBurials) {
  test::Pair pair = test::connected_pair();
  Actor actor{reactor_, story_};
  ASSERT_EQ(actor.watch.open(pair.near.get(), {.read = true, .write = false},
                             Callback<Ready>::to<&Actor::on_ready>(&actor)),
            0);
  pair.far.sends("x");
  ASSERT_TRUE(test::wait_until_readable(pair.near.get()));
  actor.timer.set_at(os::now() - std::chrono::milliseconds(10));
  test::turn(reactor_);
  EXPECT_EQ(story_, "ready due posted buried ");
}

TEST_F(AReactor, DestroysWhatWasRetiredAtTheEndOfTheTurn) {
  struct Retiring {
    Reactor& reactor;
    std::string& story;
    Posted posted{reactor, Callback<>::to<&Retiring::now>(this)};
    void now() {
      reactor.retire(std::make_unique<Mortal>([this] { story += "gone "; }));
      story += "retired ";
    }
  } retiring{reactor_, story_};
  retiring.posted.post();
  test::turn(reactor_);
  EXPECT_EQ(story_, "retired gone ");
}

TEST_F(AReactor, DestroysWhatTheDyingRetireInTheSameTurn) {
  reactor_.retire(std::make_unique<Mortal>([this] {
    story_ += "parent ";
    reactor_.retire(std::make_unique<Mortal>([this] { story_ += "child "; }));
  }));
  test::turn(reactor_);
  EXPECT_EQ(story_, "parent child ");
}

TEST_F(AReactor, DestroysTheRetiredWithItself) {
  {
    Reactor reactor;
    reactor.retire(std::make_unique<Mortal>([this] { story_ = "gone"; }));
  }
  EXPECT_EQ(story_, "gone");
}

TEST_F(AReactor, ReadsTheClockWhenItIsAskedTo) {
  const os::Time before = os::now();
  EXPECT_LE(reactor_.now(), before);
  reactor_.read_clock();
  EXPECT_GE(reactor_.now(), before);
}

TEST_F(AReactor, ReadsTheClockOnceATurn) {
  test::turn(reactor_);
  const os::Time first = reactor_.now();
  EXPECT_LE(first, os::now());
  EXPECT_EQ(reactor_.now(), first);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return reactor_.now() > first; }));
}

TEST_F(AReactor, CountsItsTurns) {
  const std::uint64_t before = reactor_.turns();
  test::turn(reactor_);
  test::turn(reactor_);
  EXPECT_EQ(reactor_.turns(), before + 2);
}

TEST_F(AReactor, SleepsWhileNothingIsReady) {
  EXPECT_LE(test::run_for(reactor_, std::chrono::milliseconds(50)), 3U);
}

TEST_F(AReactor, HasNothingRegisteredAtFirst) {
  EXPECT_EQ(reactor_.watches(), 0U);
  EXPECT_EQ(reactor_.timers(), 0U);
}

TEST(ReactorLimits, SizeTheScratch) {
  Reactor reactor({.scratch_in_bytes = 1000, .scratch_out_bytes = 2000, .events_max = 4});
  EXPECT_EQ(reactor.scratch().in.size(), 1000U);
  EXPECT_EQ(reactor.scratch().out.size(), 2000U);
  // Side by side, not one over the other.
  EXPECT_TRUE(reactor.scratch().in.data() + 1000 <= reactor.scratch().out.data() ||
              reactor.scratch().out.data() + 2000 <= reactor.scratch().in.data());
}

// It still sleeps, counts one turn, and sees what comes while it looks as well as later.
TEST(ReactorLimits, BusyPollingComesBeforeSleeping) {
  for (const auto busy : {std::chrono::microseconds(500), std::chrono::microseconds(30'000)}) {
    Reactor reactor({.busy_poll = busy});
    EXPECT_LE(test::run_for(reactor, std::chrono::milliseconds(10)), 3U);
    test::Pair pair = test::connected_pair();
    struct Reader {
      void on_ready(Ready ready) { readable = ready.readable; }
      bool readable = false;
    } reader;
    Watch watch(reactor);
    ASSERT_EQ(watch.open(pair.near.get(), {.read = true, .write = false},
                         Callback<Ready>::to<&Reader::on_ready>(&reader)),
              0);
    pair.far.sends("x");
    EXPECT_TRUE(test::run_until(reactor, [&] { return reader.readable; }));
  }
}

TEST(ReactorLimits, ABatchThatIsTooSmallIsTakenInSeveralTurns) {
  Reactor reactor({.events_max = 1});
  struct Once {
    explicit Once(Reactor& reactor) : watch(reactor) {
      EXPECT_EQ(watch.open(pair.near.get(), {.read = false, .write = true},
                           Callback<Ready>::to<&Once::on_ready>(this)),
                0);
    }
    void on_ready(Ready) {
      called = true;
      watch.close();
    }
    test::Pair pair = test::connected_pair();
    bool called = false;
    Watch watch;
  };
  Once one(reactor);
  Once two(reactor);
  Once three(reactor);
  EXPECT_TRUE(test::run_until(reactor, [&] { return one.called && two.called && three.called; }));
}

}  // namespace
}  // namespace lb::event
