#include "lb/event/watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::event {
namespace {

constexpr os::Interest kRead{.read = true, .write = false};
constexpr os::Interest kWrite{.read = false, .write = true};
constexpr os::Interest kNothing{};

// One descriptor and its watch; calls are written down, then `then` is done.
class Watched {
 public:
  explicit Watched(Reactor& reactor, Watch::Rank rank = Watch::Rank::kOrdinary)
      : watch(reactor, rank) {}

  [[nodiscard]] int open(int fd, os::Interest interest) {
    return watch.open(fd, interest, Callback<Ready>::to<&Watched::on_ready>(this));
  }
  [[nodiscard]] bool called() const { return !calls.empty(); }

  test::Pair pair = test::connected_pair();
  Watch watch;
  std::vector<Ready> calls;
  std::function<void()> then;

  // The other end says something, and the kernel knows.
  void hears(std::string_view text) {
    pair.far.sends(text);
    EXPECT_TRUE(test::wait_until_readable(pair.near.get()));
  }

 private:
  void on_ready(Ready ready) {
    calls.push_back(ready);
    if (then) then();
  }
};

class AWatch : public testing::Test {
 protected:
  void open(Watched& watched, os::Interest interest) {
    ASSERT_EQ(watched.open(watched.pair.near.get(), interest), 0);
  }

  Reactor reactor_;
  Watched one_{reactor_};
  Watched two_{reactor_};
};

TEST_F(AWatch, CallsWhenThereIsSomethingToRead) {
  open(one_, kRead);
  test::turn(reactor_);
  EXPECT_FALSE(one_.called());
  one_.hears("x");
  test::turn(reactor_);
  ASSERT_EQ(one_.calls.size(), 1U);
  EXPECT_TRUE(one_.calls[0].readable);
  EXPECT_FALSE(one_.calls[0].writable);
  EXPECT_FALSE(one_.calls[0].hangup);
}

TEST_F(AWatch, CallsAgainForWhatWasNotActedOn) {
  open(one_, kRead);
  one_.hears("x");
  test::turn(reactor_);
  test::turn(reactor_);
  EXPECT_EQ(one_.calls.size(), 2U);
}

TEST_F(AWatch, FollowsChangesOfInterest) {
  open(one_, kNothing);
  one_.hears("x");
  test::turn(reactor_);
  EXPECT_FALSE(one_.called());
  one_.watch.set(kWrite);
  test::turn(reactor_);
  ASSERT_EQ(one_.calls.size(), 1U);
  EXPECT_TRUE(one_.calls[0].writable);
  EXPECT_FALSE(one_.calls[0].readable);
  one_.watch.set({.read = true, .write = true});
  test::turn(reactor_);
  ASSERT_EQ(one_.calls.size(), 2U);
  EXPECT_TRUE(one_.calls[1].readable && one_.calls[1].writable);
  one_.watch.set(kNothing);
  test::turn(reactor_);
  EXPECT_EQ(one_.calls.size(), 2U);
}

TEST_F(AWatch, HearsOfAHangUpWithoutAskingForAnything) {
  open(one_, kNothing);
  one_.pair.far.resets();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return one_.called(); }));
  EXPECT_TRUE(one_.calls[0].hangup);
}

TEST_F(AWatch, IsSilentOnceClosed) {
  open(one_, kRead);
  one_.hears("x");
  one_.watch.close();
  EXPECT_FALSE(one_.watch.is_open());
  EXPECT_EQ(reactor_.watches(), 0U);
  test::turn(reactor_);
  EXPECT_FALSE(one_.called());
}

TEST_F(AWatch, MayBeOpenedAgain) {
  open(one_, kRead);
  one_.watch.close();
  open(one_, kRead);
  one_.hears("x");
  test::turn(reactor_);
  EXPECT_EQ(one_.calls.size(), 1U);
}

TEST_F(AWatch, TellsWhyItCannotBeOpened) {
  EXPECT_EQ(one_.open(1 << 20, kRead), EBADF);
  EXPECT_FALSE(one_.watch.is_open());
  EXPECT_EQ(reactor_.watches(), 0U);
  open(one_, kRead);  // and can be after that
  one_.hears("x");
  test::turn(reactor_);
  EXPECT_TRUE(one_.called());
}

TEST_F(AWatch, MayCloseItselfFromItsCall) {
  open(one_, kRead);
  one_.hears("x");
  one_.then = [&] { one_.watch.close(); };
  test::turn(reactor_);
  test::turn(reactor_);
  EXPECT_EQ(one_.calls.size(), 1U);
}

// Both are ready in one batch; whichever is called first closes the other.
TEST_F(AWatch, ClosedEarlierInTheBatchIsNotCalled) {
  open(one_, kRead);
  open(two_, kRead);
  one_.hears("x");
  two_.hears("x");
  one_.then = [&] { two_.watch.close(); };
  two_.then = [&] { one_.watch.close(); };
  test::turn(reactor_);
  EXPECT_EQ(one_.calls.size() + two_.calls.size(), 1U);
}

TEST_F(AWatch, InASlotReusedEarlierInTheBatchDoesNotGetTheOldEvent) {
  Watched late(reactor_);
  open(one_, kRead);
  open(two_, kRead);
  one_.hears("x");
  two_.hears("x");
  const auto replace = [&](Watched& other) {
    if (late.watch.is_open()) return;
    other.watch.close_with_descriptor();
    other.pair.near.reset();
    open(late, kRead);  // the slot of the other, and nothing to read
  };
  one_.then = [&] { replace(two_); };
  two_.then = [&] { replace(one_); };
  test::turn(reactor_);
  EXPECT_EQ(one_.calls.size() + two_.calls.size(), 1U);
  EXPECT_FALSE(late.called());
  late.hears("x");
  test::turn(reactor_);
  EXPECT_EQ(late.calls.size(), 1U);
}

// Whichever comes first in the batch.
TEST_F(AWatch, ThatIsEarlyIsCalledBeforeTheOthers) {
  std::string order;
  one_.then = [&] { order += '1'; };
  two_.then = [&] { order += '2'; };
  open(one_, kRead);
  open(two_, kRead);
  one_.hears("x");
  two_.hears("x");
  one_.watch.set_early(true);
  test::turn(reactor_);
  EXPECT_EQ(order, "12");
  one_.watch.set_early(false);
  two_.watch.set_early(true);
  test::turn(reactor_);
  EXPECT_EQ(order, "1221");
}

TEST_F(AWatch, ThatIsEarlyMayCloseAnotherOfItsBatch) {
  open(one_, kRead);
  open(two_, kRead);
  one_.hears("x");
  two_.hears("x");
  two_.watch.set_early(true);
  two_.then = [&] { one_.watch.close(); };
  test::turn(reactor_);
  EXPECT_EQ(two_.calls.size(), 1U);
  EXPECT_FALSE(one_.called());
}

// A reactor for which some few are a crowd.
class ACrowd : public ::testing::Test {
 public:
  static constexpr std::size_t kCrowd = 8;
  static constexpr std::size_t kTurn = 4;

  // Watches that hear something in each turn.
  void comes(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      crowd_.push_back(std::make_unique<Watched>(reactor_));
      ASSERT_EQ(crowd_.back()->open(crowd_.back()->pair.near.get(), kRead), 0);
      crowd_.back()->hears("x");
    }
  }
  void goes(std::size_t left) { crowd_.resize(left); }
  [[nodiscard]] std::size_t called() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(crowd_, [](const auto& one) { return one->called(); }));
  }
  void opens(Watched& watched) {
    ASSERT_EQ(watched.open(watched.pair.near.get(), kRead), 0);
    watched.hears("x");
  }

 protected:
  Reactor reactor_{{.events_max = 32, .crowd_min = kCrowd, .crowd_events_max = kTurn}};
  std::vector<std::unique_ptr<Watched>> crowd_;
};

TEST_F(ACrowd, IsServedAfterTheFirstRank) {
  comes(kCrowd);
  std::string order;
  Watched first(reactor_, Watch::Rank::kFirst);
  opens(first);
  for (const auto& one : crowd_) one->then = [&order] { order += 'o'; };
  first.then = [&order] { order += 'f'; };
  test::turn(reactor_);
  EXPECT_EQ(order, "f" + std::string(kTurn, 'o'));
}

TEST_F(ACrowd, DoesNotKeepTheFirstRankWaiting) {
  constexpr std::size_t kTurns = 5;
  comes(kTurn * kTurns);
  Watched first(reactor_, Watch::Rank::kFirst);
  opens(first);
  for (std::size_t turn = 1; turn <= kTurns; ++turn) {
    test::turn(reactor_);
    EXPECT_EQ(first.calls.size(), turn);
    EXPECT_LE(called(), turn * kTurn) << "the others go by turns";
  }
  test::turn(reactor_);  // the mark of the first rank has a place in the queue, too
  test::turn(reactor_);
  EXPECT_EQ(called(), crowd_.size()) << "and each has its own";
}

TEST_F(ACrowd, OfFewIsNone) {
  comes(kCrowd - 1);
  Watched first(reactor_, Watch::Rank::kFirst);
  opens(first);
  test::turn(reactor_);
  EXPECT_EQ(called(), crowd_.size()) << "a turn takes them all";
  EXPECT_EQ(first.calls.size(), 1U);
}

// Other than one of the ordinary rank, they do not come with clients.
TEST_F(ACrowd, IsNotMadeOfTheFirstRank) {
  std::vector<std::unique_ptr<Watched>> firsts;
  for (std::size_t i = 0; i < 2 * kCrowd; ++i) {
    firsts.push_back(std::make_unique<Watched>(reactor_, Watch::Rank::kFirst));
    opens(*firsts.back());
  }
  comes(kTurn + 1);
  test::turn(reactor_);
  EXPECT_EQ(called(), kTurn + 1);
}

TEST_F(ACrowd, IsOneUntilHalfOfItIsGone) {
  comes(kCrowd);
  goes(kCrowd / 2);
  comes(1);
  test::turn(reactor_);
  EXPECT_EQ(called(), kTurn);
  goes(kCrowd / 2 - 1);
  comes(kCrowd / 2);
  test::turn(reactor_);
  EXPECT_EQ(called(), crowd_.size());
}

// It was there before the crowd, or is still there after it: from its next rest on it is served as
// what comes now is.
TEST_F(ACrowd, CountsForAWatchFromItsNextRestOn) {
  Watched first(reactor_, Watch::Rank::kFirst);
  ASSERT_EQ(first.open(first.pair.near.get(), kRead), 0);
  comes(kTurn * 3);
  first.watch.set_early(true);
  first.hears("x");  // behind all of them
  test::turn(reactor_);
  EXPECT_EQ(first.calls.size(), 1U);

  goes(0);
  first.watch.set_early(false);
  test::turn(reactor_);
  EXPECT_EQ(first.calls.size(), 2U);
  first.watch.set(kNothing);
  test::turn(reactor_);
  EXPECT_EQ(first.calls.size(), 2U);
  first.watch.set(kRead);
  test::turn(reactor_);
  EXPECT_EQ(first.calls.size(), 3U);
  first.watch.close();
  test::turn(reactor_);
  EXPECT_EQ(first.calls.size(), 3U);
}

// One that has rested since before the crowd is told of before what the first rank may begin.
TEST_F(ACrowd, IsServedAfterAllThatIsEarly) {
  Watched rests(reactor_, Watch::Rank::kFirst);
  ASSERT_EQ(rests.open(rests.pair.near.get(), kRead), 0);
  rests.watch.set_early(true);
  rests.hears("x");
  comes(kCrowd);
  Watched first(reactor_, Watch::Rank::kFirst);
  opens(first);
  std::string order;
  rests.then = [&order] { order += 'r'; };
  first.then = [&order] { order += 'f'; };
  test::turn(reactor_);
  EXPECT_EQ(order, "rf");
}

TEST_F(ACrowd, LetsAWatchOfTheFirstRankFollowItsInterest) {
  comes(kCrowd);
  Watched first(reactor_, Watch::Rank::kFirst);
  ASSERT_EQ(first.open(first.pair.near.get(), kNothing), 0);
  first.hears("x");
  test::turn(reactor_);
  EXPECT_FALSE(first.called());
  first.watch.set(kRead);
  test::turn(reactor_);
  EXPECT_EQ(first.calls.size(), 1U);
  first.watch.close();
  test::turn(reactor_);
  EXPECT_EQ(first.calls.size(), 1U);
}

TEST_F(AWatch, IsClosedByItsEnd) {
  {
    Watched watched(reactor_);
    open(watched, kRead);
    EXPECT_EQ(reactor_.watches(), 1U);
    watched.watch.close();  // as ~Watch does, while the descriptor is open
  }
  {
    const test::Pair pair = test::connected_pair();
    Watch watch(reactor_);
    ASSERT_EQ(watch.open(pair.near.get(), kRead, {}), 0);
  }
  EXPECT_EQ(reactor_.watches(), 0U);
}

}  // namespace
}  // namespace lb::event
