#include "lb/event/posted.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/support/turns.h"

namespace lb::event {
namespace {

// A posted call that counts, and then does what the test says.
class Call {
 public:
  explicit Call(Reactor& reactor)
      : posted(reactor, Callback<>::to<&Call::on_posted>(this)), reactor_(reactor) {}

  Posted posted;
  int count = 0;
  std::uint64_t turn = 0;  // of the last call
  Posted* posts = nullptr;
  Posted* cancels = nullptr;
  std::unique_ptr<Call>* destroys = nullptr;

 private:
  void on_posted() {
    ++count;
    turn = reactor_.turns();
    if (posts != nullptr) std::exchange(posts, nullptr)->post();
    if (cancels != nullptr) cancels->cancel();
    if (destroys != nullptr) destroys->reset();
  }

  Reactor& reactor_;
};

// Posts from a timer: a call of a turn that is not itself posted.
class PostingAlarm {
 public:
  PostingAlarm(Reactor& reactor, Posted& posted)
      : timer(reactor, Callback<>::to<&PostingAlarm::on_due>(this)),
        reactor_(reactor),
        posted_(posted) {}

  Timer timer;
  std::uint64_t turn = 0;

 private:
  void on_due() {
    turn = reactor_.turns();
    posted_.post();
  }

  Reactor& reactor_;
  Posted& posted_;
};

class APostedCall : public testing::Test {
 protected:
  Reactor reactor_;
  Call call_{reactor_};
};

TEST_F(APostedCall, ComesFromTheTurn) {
  call_.posted.post();
  EXPECT_EQ(call_.count, 0);
  test::turn(reactor_);
  EXPECT_EQ(call_.count, 1);
}

TEST_F(APostedCall, ComesOnceHoweverOftenItIsPosted) {
  call_.posted.post();
  call_.posted.post();
  test::turn(reactor_);
  test::turn(reactor_);
  EXPECT_EQ(call_.count, 1);
}

TEST_F(APostedCall, MayBePostedAgain) {
  call_.posted.post();
  test::turn(reactor_);
  call_.posted.post();
  test::turn(reactor_);
  EXPECT_EQ(call_.count, 2);
}

TEST_F(APostedCall, ComesInTheTurnThatPostedIt) {
  PostingAlarm alarm(reactor_, call_.posted);
  alarm.timer.set_at(os::now());
  ASSERT_TRUE(test::run_until(reactor_, [&] { return call_.count == 1; }));
  EXPECT_EQ(call_.turn, alarm.turn);
}

TEST_F(APostedCall, DoesNotComeOnceCancelled) {
  call_.posted.post();
  call_.posted.cancel();
  test::turn(reactor_);
  EXPECT_EQ(call_.count, 0);
}

TEST_F(APostedCall, MayBePostedAfterCancelling) {
  call_.posted.post();
  call_.posted.cancel();
  call_.posted.post();
  test::turn(reactor_);
  EXPECT_EQ(call_.count, 1);
}

TEST_F(APostedCall, PostedByAPostedCallComesInTheNextTurn) {
  Call next(reactor_);
  call_.posts = &next.posted;
  call_.posted.post();
  test::turn(reactor_);
  EXPECT_EQ(next.count, 0);
  test::turn(reactor_);
  EXPECT_EQ(next.count, 1);
  EXPECT_EQ(next.turn, call_.turn + 1);
}

TEST_F(APostedCall, PostedByAPostedCallIsNotWaitedFor) {
  Call next(reactor_);
  call_.posts = &next.posted;
  call_.posted.post();
  test::Stopper stopper(reactor_);  // nothing else will ever wake the reactor before
  const os::Time late = os::now() + test::kPatience;
  stopper.at(late);
  struct Stop {
    Reactor& reactor;
    Posted posted{reactor, Callback<>::to<&Stop::now>(this)};
    void now() { reactor.stop(); }
  } stop{reactor_};
  next.posts = &stop.posted;
  reactor_.run();
  EXPECT_EQ(next.count, 1);
  EXPECT_LT(os::now(), late);
}

TEST_F(APostedCall, MayPostItself) {
  call_.posts = &call_.posted;
  call_.posted.post();
  test::turn(reactor_);
  EXPECT_EQ(call_.count, 1);
  test::turn(reactor_);
  EXPECT_EQ(call_.count, 2);
}

TEST_F(APostedCall, MayCancelTheOneBehindIt) {
  Call behind(reactor_);
  call_.cancels = &behind.posted;
  call_.posted.post();
  behind.posted.post();
  test::turn(reactor_);
  test::turn(reactor_);
  EXPECT_EQ(behind.count, 0);
}

TEST_F(APostedCall, MayDestroyTheOneBehindIt) {
  auto behind = std::make_unique<Call>(reactor_);
  behind->posted.post();
  call_.destroys = &behind;
  call_.posted.post();
  Call last(reactor_);
  last.posted.post();
  behind->posted.cancel();
  behind->posted.post();  // now behind call_
  test::turn(reactor_);
  EXPECT_EQ(behind, nullptr);
  EXPECT_EQ(last.count, 1);
}

}  // namespace
}  // namespace lb::event
