// A hang-up comes whether it is asked for or not: what it means while reading is paused.

#include "tests/unit/net/connection_fixture.h"

namespace lb::net {
namespace {

using std::chrono::milliseconds;

class APausedClient : public AConnection {
 protected:
  APausedClient() : AConnection(Unread::kForget) {}
};

// Its last bytes came before the reset, and nobody wants the answer any more.
TEST_F(APausedClient, ThatResetsIsNotReadAnyMoreEvenWhileReading) {
  opens();
  hears("request");
  far_.resets();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(handler_.failure, ErrorCode::kReset);
  EXPECT_EQ(handler_.taken, "");
  EXPECT_EQ(handler_.failures, 1);
}

TEST_F(APausedClient, WhoseResetWasMetByASendIsNotReadAnyMore) {
  opens();
  hears("request");
  far_.resets();
  send("response");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(handler_.taken, "");
}

TEST_F(APausedClient, ThatSaidAllAndClosedIsHeard) {
  opens();
  hears("request");
  far_.closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs > 0; }));
  EXPECT_EQ(handler_.taken, "request");
  EXPECT_EQ(handler_.failures, 0);
}

class APausedServer : public AConnection {
 protected:
  APausedServer() : AConnection(Unread::kKeep) {}

  void pauses_with_unread(std::string_view text) {
    opens();
    connection_.set_reading(false);
    hears(text);
  }
};

TEST_F(APausedClient, ThatResetsIsGoneAtOnce) {
  opens();
  connection_.set_reading(false);
  hears("unread");
  far_.resets();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(handler_.failure, ErrorCode::kReset);
  EXPECT_EQ(handler_.taken, "");
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
}

TEST_F(APausedClient, ThatHalfClosesIsNotGone) {
  opens();
  connection_.set_reading(false);
  far_.half_closes();
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
  EXPECT_EQ(handler_.failures + handler_.eofs, 0);
  send("still here");
  EXPECT_TRUE(far_receives("still here"));
}

TEST_F(APausedClient, ThatResetsAfterItsEndIsGone) {
  opens();
  far_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs == 1; }));
  far_.resets();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(handler_.failure, ErrorCode::kReset);
}

TEST_F(APausedClient, WhoseConnectionEndedInOrderOnBothSidesHasNotFailed) {
  opens();
  far_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs == 1; }));
  connection_.finish();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return far_.saw_eof(); }));
  far_.closes();
  EXPECT_LE(test::run_for(reactor_, milliseconds(50)), 6U);
  EXPECT_EQ(handler_.failures, 0);
}

// One direction of a tunnel was over when the other one paused.
TEST_F(APausedClient, WhoseConnectionEndedInOrderIsHeardToItsEnd) {
  opens();
  connection_.finish();
  connection_.set_reading(false);
  hears("the last words");
  far_.closes();
  EXPECT_LE(test::run_for(reactor_, milliseconds(50)), 6U) << "a hang-up must not spin";
  EXPECT_EQ(handler_.failures + handler_.eofs, 0);
  connection_.set_reading(true);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs == 1; }));
  EXPECT_EQ(handler_.taken, "the last words");
  EXPECT_EQ(handler_.failures, 0);
}

TEST_F(APausedServer, ThatResetsIsHeardToItsLastByteFirst) {
  pauses_with_unread("response");
  far_.resets();
  EXPECT_LE(test::run_for(reactor_, milliseconds(50)), 6U) << "a hang-up must not spin";
  EXPECT_EQ(handler_.failures, 0);
  connection_.set_reading(true);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(handler_.taken, "response");
  EXPECT_EQ(handler_.failure, ErrorCode::kReset);
  EXPECT_EQ(handler_.failures, 1);
}

TEST_F(APausedServer, ThatEndsOnBothSidesIsHeardToItsEnd) {
  pauses_with_unread("response");
  connection_.finish();
  far_.closes();
  EXPECT_LE(test::run_for(reactor_, milliseconds(50)), 6U);
  connection_.set_reading(true);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs > 0; }));
  EXPECT_EQ(handler_.taken, "response");
  EXPECT_EQ(handler_.failures, 0);
}

TEST_F(APausedServer, MayBePausedAgainAfterTheHangUp) {
  pauses_with_unread(std::string(100 * 1024, 'x'));
  far_.resets();
  test::run_for(reactor_, milliseconds(20));
  handler_.takes = [&](std::span<char> bytes) {
    connection_.set_reading(false);
    return bytes.size();
  };
  connection_.set_reading(true);
  while (handler_.failures == 0) {
    const std::size_t before = handler_.taken.size();
    EXPECT_LE(test::run_for(reactor_, milliseconds(20)), 6U);
    connection_.set_reading(true);
    if (handler_.failures == 0) {
      ASSERT_TRUE(test::run_until(
          reactor_, [&] { return handler_.taken.size() > before || handler_.failures > 0; }));
    }
  }
  EXPECT_EQ(handler_.taken.size(), 100U * 1024);
}

// Somebody whose event comes first in the batch.
class Resumer {
 public:
  Resumer(event::Reactor& reactor, Connection& connection)
      : connection_(connection), watch_(reactor) {
    EXPECT_EQ(watch_.open(pair_.near.get(), {.read = true, .write = false},
                          Callback<event::Ready>::to<&Resumer::on_ready>(this)),
              0);
    watch_.set_early(true);
    pair_.far.sends("x");
  }

 private:
  void on_ready(event::Ready) {
    connection_.set_reading(true);
    watch_.close();
  }

  Connection& connection_;
  test::Pair pair_ = test::connected_pair();
  event::Watch watch_;
};

// The batch was made while nothing but a hang-up could be told, and then reading went on.
TEST_F(APausedServer, WhoseHangUpWasToldAfterReadingWentOnIsHeardToItsEnd) {
  pauses_with_unread("response");
  connection_.finish();
  far_.closes();
  const Resumer resumer(reactor_, connection_);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs + handler_.failures > 0; }));
  EXPECT_EQ(handler_.taken, "response");
  EXPECT_EQ(handler_.eofs, 1);
}

TEST_F(APausedServer, MayBeClosedAfterTheHangUp) {
  pauses_with_unread("response");
  far_.resets();
  test::run_for(reactor_, milliseconds(20));
  connection_.close();
  EXPECT_EQ(reactor_.watches(), 0U);
  test::run_for(reactor_, milliseconds(10));
  EXPECT_EQ(handler_.failures, 0);
}

TEST_F(APausedServer, SwallowsWhatIsSentAfterTheHangUpAndTellsLater) {
  pauses_with_unread("response");
  far_.resets();
  test::run_for(reactor_, milliseconds(20));
  EXPECT_FALSE(send("request"));
  EXPECT_EQ(handler_.failures, 0);
  connection_.set_reading(true);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(handler_.taken, "response");
  EXPECT_EQ(handler_.eofs, 0);
}

}  // namespace
}  // namespace lb::net
