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

TEST_F(AWatch, OfTheFirstRankIsCalledBeforeTheOthers) {
  std::string order;
  Watched first(reactor_, Watch::Rank::kFirst);
  open(one_, kRead);
  open(first, kRead);
  one_.then = [&] { order += '1'; };
  first.then = [&] { order += 'f'; };
  one_.hears("x");  // it stands first in the queue of the kernel
  first.hears("x");
  test::turn(reactor_);
  EXPECT_EQ(order, "f1");
}

TEST_F(AWatch, OfTheFirstRankFollowsItsInterest) {
  Watched first(reactor_, Watch::Rank::kFirst);
  open(first, kNothing);
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

// More of the others are ready than a turn takes, and stand before it in the queue of the kernel.
TEST(AWatchOfTheFirstRank, DoesNotWaitForTheCrowd) {
  constexpr std::size_t kTurn = 4;
  constexpr std::size_t kTurns = 5;
  Reactor reactor({.first_events_max = 8, .other_events_max = kTurn});
  std::vector<std::unique_ptr<Watched>> crowd;
  const auto called = [&] {
    return std::ranges::count_if(crowd, [](const auto& one) { return one->called(); });
  };
  for (std::size_t i = 0; i < kTurn * kTurns; ++i) {
    crowd.push_back(std::make_unique<Watched>(reactor));
    ASSERT_EQ(crowd.back()->open(crowd.back()->pair.near.get(), kRead), 0);
    crowd.back()->hears("x");
  }
  Watched first(reactor, Watch::Rank::kFirst);
  ASSERT_EQ(first.open(first.pair.near.get(), kRead), 0);
  first.hears("x");
  for (std::size_t turn = 1; turn <= kTurns; ++turn) {
    test::turn(reactor);
    EXPECT_EQ(first.calls.size(), turn);
    EXPECT_LE(called(), static_cast<std::ptrdiff_t>(turn * kTurn)) << "the others go by turns";
  }
  test::turn(reactor);  // the mark of the first rank has a place in the queue, too
  test::turn(reactor);
  EXPECT_EQ(called(), static_cast<std::ptrdiff_t>(crowd.size())) << "and each has its own";
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
