#include "tests/unit/net/connection_fixture.h"

namespace lb::net {
namespace {

using std::chrono::milliseconds;

class AWritingConnection : public AConnection {};

TEST_F(AWritingConnection, SendsAtOnceWhatTheKernelTakes) {
  opens();
  const std::string_view slices[] = {"one ", "two ", "three"};
  EXPECT_FALSE(connection_.send(slices));
  EXPECT_TRUE(connection_.sent());
  EXPECT_EQ(connection_.waiting_bytes(), 0U);
  ASSERT_TRUE(test::wait_until_readable(far_.fd()));
  EXPECT_EQ(far_.received(), "one two three");
  test::turn(reactor_);
  EXPECT_EQ(handler_.sents, 0) << "nothing had to wait";
}

TEST_F(AWritingConnection, StoresWhatTheKernelDoesNotTake) {
  opens(test::narrow_pair());
  std::string all;
  bool full = false;
  while (!full) {
    EXPECT_TRUE(connection_.sent());
    all += std::string(1024, static_cast<char>('a' + all.size() / 1024 % 26));
    full = send(std::string_view(all).substr(all.size() - 1024));
  }
  EXPECT_GT(connection_.waiting_bytes(), 0U);
  EXPECT_TRUE(far_receives(all));
  EXPECT_TRUE(connection_.sent());
  EXPECT_EQ(handler_.drains, 1);
  EXPECT_EQ(handler_.sents, 1);
}

TEST_F(AWritingConnection, KeepsTheOrderOfWhatWaits) {
  opens(test::narrow_pair());
  std::string all = fill();
  const std::string_view slices[] = {"one ", "two ", "three"};
  EXPECT_TRUE(connection_.send(slices));
  all += "one two three";
  EXPECT_TRUE(far_receives(all));
}

TEST_F(AWritingConnection, SplitsWhereTheKernelStopsWithinASlice) {
  opens(test::narrow_pair());
  const std::string first(3 * 1024, 'a');
  const std::string second(600 * 1024, 'b');
  const std::string third(5, 'c');
  const std::string_view slices[] = {first, second, third};
  static_cast<void>(connection_.send(slices));
  EXPECT_FALSE(connection_.sent());
  EXPECT_TRUE(far_receives(first + second + third));
}

TEST_F(AWritingConnection, IsFullWhileSomethingWaits) {
  opens(test::narrow_pair());
  std::string all = fill();
  EXPECT_GT(connection_.waiting_bytes(), 0U);
  std::size_t waiting = SIZE_MAX;
  handler_.then_drained = [&] { waiting = connection_.waiting_bytes(); };
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    far_.received(1024);
    if (!connection_.sent()) {
      EXPECT_EQ(handler_.drains, 0);
    }
    return handler_.drains > 0;
  }));
  EXPECT_EQ(waiting, 0U);
  EXPECT_TRUE(far_receives(all));
  EXPECT_EQ(handler_.drains, 1);
  EXPECT_EQ(handler_.sents, 1);
}

TEST_F(AWritingConnection, StaysFullWithWhatIsSentMeanwhile) {
  opens(test::narrow_pair());
  std::string all = fill();
  EXPECT_TRUE(send("more")) << "no on_drained has come";
  all += "more";
  EXPECT_TRUE(far_receives(all));
  EXPECT_EQ(handler_.drains, 1);
}

// Who is told to go on may send, and then something waits again.
TEST_F(AWritingConnection, IsNotSentIfWhoWasToldToGoOnFillsItAgain) {
  opens(test::narrow_pair());
  fill();
  handler_.then_drained = [&] {
    handler_.then_drained = nullptr;
    fill();
  };
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    far_.received();
    return handler_.drains == 1;
  }));
  EXPECT_EQ(handler_.sents, 0);
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    far_.received();
    return handler_.sents == 1;
  }));
  EXPECT_EQ(handler_.drains, 2);
}

TEST_F(AWritingConnection, CanBeFullAgain) {
  opens(test::narrow_pair());
  std::string all = fill();
  ASSERT_TRUE(far_receives(all));
  all += fill();
  ASSERT_TRUE(far_receives(all));
  EXPECT_EQ(handler_.drains, 2);
  EXPECT_EQ(handler_.sents, 2);
}

TEST_F(AWritingConnection, DoesNotSpinWhileThePeerDoesNotRead) {
  opens(test::narrow_pair());
  fill();
  EXPECT_LE(test::run_for(reactor_, milliseconds(50)), 10U);
}

TEST_F(AWritingConnection, MayBeClosedWhenItIsDrained) {
  opens(test::narrow_pair());
  fill();
  handler_.then_drained = [&] { connection_.close(); };
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    far_.received();
    return handler_.drains == 1;
  }));
  test::turn(reactor_);
  EXPECT_EQ(handler_.sents, 0);
}

TEST_F(AWritingConnection, NotesProgressWhenThePeerTakesSome) {
  opens(test::narrow_pair());
  fill();
  os::Time then;
  std::size_t waiting = 0;
  do {  // the kernel may move some on by itself, until nothing fits any more
    then = connection_.sent_at();
    waiting = connection_.waiting_bytes();
    test::run_for(reactor_, milliseconds(10));
  } while (connection_.waiting_bytes() != waiting);
  EXPECT_EQ(connection_.sent_at(), then);
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    far_.received();
    return connection_.sent_at() > then;
  }));
}

TEST_F(AWritingConnection, SeesProgressOnlyInWhatThePeerAcknowledgesBetweenTwoLooks) {
  opens(test::narrow_pair());
  fill();
  test::run_for(reactor_, milliseconds(20));  // the kernel moves on what fits
  connection_.look_for_progress();
  EXPECT_FALSE(connection_.look_for_progress());
  EXPECT_FALSE(connection_.acknowledged());
  far_.received();
  EXPECT_TRUE(test::run_until(reactor_, [&] { return connection_.look_for_progress(); }));
}

TEST_F(AWritingConnection, CountsFromWhatIsTakenToHaveArrived) {
  opens();
  send("a request");
  ASSERT_TRUE(far_receives("a request"));
  connection_.assume_acknowledged();
  EXPECT_FALSE(connection_.look_for_progress());
  EXPECT_TRUE(connection_.acknowledged());
  send("another");
  EXPECT_FALSE(connection_.acknowledged());
  EXPECT_TRUE(test::run_until(reactor_, [&] { return connection_.look_for_progress(); }));
  EXPECT_TRUE(connection_.acknowledged());
}

// ---- its end

TEST_F(AWritingConnection, HalfClosesAtOnceWhenNothingWaits) {
  opens();
  send("bye");
  connection_.finish();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return far_.saw_eof(); }));
  EXPECT_EQ(far_.received(), "bye");
  hears("answer");
  test::turn(reactor_);
  EXPECT_EQ(handler_.taken, "answer");
}

TEST_F(AWritingConnection, HalfClosesAfterWhatWaits) {
  opens(test::narrow_pair());
  const std::string all = fill();
  connection_.finish();
  test::turn(reactor_);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return far_.saw_eof(); }));
  EXPECT_EQ(far_.received(), all);
}

TEST_F(AWritingConnection, SwallowsWhatIsSentAfterTheHalfClose) {
  opens();
  connection_.finish();
  connection_.finish();
  EXPECT_FALSE(send("too late"));
  ASSERT_TRUE(test::run_until(reactor_, [&] { return far_.saw_eof(); }));
  EXPECT_EQ(far_.received(), "");
  EXPECT_FALSE(connection_.failed());
}

TEST_F(AWritingConnection, DropsWhatWaitsWhenClosed) {
  opens(test::narrow_pair());
  fill();
  connection_.close();
  EXPECT_TRUE(connection_.closed());
  EXPECT_EQ(connection_.waiting_bytes(), 0U);
  EXPECT_FALSE(send("too late"));
  test::run_for(reactor_, milliseconds(10));
  EXPECT_EQ(handler_.sents + handler_.drains + handler_.failures, 0);
}

TEST_F(AWritingConnection, EndsInOrderWhenClosed) {
  opens();
  send("all");
  connection_.close();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return far_.saw_eof(); }));
  EXPECT_EQ(far_.received(), "all");
}

TEST_F(AWritingConnection, ResetsThePeerWhenAborted) {
  opens();
  send("part");
  connection_.abort();
  EXPECT_TRUE(connection_.closed());
  EXPECT_TRUE(test::run_until(reactor_, [&] { return far_.saw_reset(); }));
}

TEST_F(AWritingConnection, SwallowsWhatIsSentAfterAFailureAndReportsItFromTheTurn) {
  opens();
  far_resets();
  EXPECT_FALSE(send("into the void"));
  EXPECT_FALSE(send("and again"));
  EXPECT_EQ(handler_.failures, 0) << "never from within send";
  EXPECT_TRUE(connection_.failed());
  EXPECT_EQ(connection_.waiting_bytes(), 0U);
  test::turn(reactor_);
  EXPECT_EQ(handler_.failure, ErrorCode::kReset);
  EXPECT_EQ(handler_.eofs, 0) << "the failed send has cleared the error: the end is no end";
}

TEST_F(AWritingConnection, ReportsAResetWhileSomethingWaits) {
  opens(test::narrow_pair());
  fill();
  far_.resets();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(handler_.failure, ErrorCode::kReset);
  EXPECT_EQ(connection_.waiting_bytes(), 0U);
  EXPECT_EQ(handler_.drains + handler_.sents, 0);
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
}

}  // namespace
}  // namespace lb::net
