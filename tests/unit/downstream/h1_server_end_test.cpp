// How a connection ends: lingering, reset, drained, cut.

#include "tests/unit/downstream/server_fixture.h"

namespace lb::downstream {
namespace {

using std::chrono::milliseconds;
using Kind = http::Framing::Kind;

constexpr std::string_view kHalfPost =
    "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\nhello";

// After an answer that came before the whole request.
class ALingeringServer : public AServer {
 protected:
  void SetUp() override {
    connects(kHalfPost);
    ScriptedService::answer(request(), 200, "early");
    ASSERT_EQ(server_->state(), State::kLingering);
  }
};

TEST_F(ALingeringServer, EndsItsOwnHalfAndLetsTheClientReadTheAnswer) {
  client_.sends(std::string(1000, 'x'));
  ASSERT_TRUE(client_sees_eof());
  EXPECT_EQ(client_.received(), answered("early", "close"));
  EXPECT_FALSE(closed_);
}

TEST_F(ALingeringServer, ClosesWhenTheClientIsDone) {
  client_.sends("more");
  client_.half_closes();
  EXPECT_TRUE(is_closed());
}

TEST_F(ALingeringServer, ClosesWhenTheClientIsGone) {
  client_.resets();
  EXPECT_TRUE(is_closed());
}

// The rest waits with the kernel, whose buffers hold some megabytes, until the time is over.
TEST_F(ALingeringServer, DropsABoundedNumberOfBytes) {
  constexpr std::size_t kKernelBytesMax = 16 * 1024 * 1024;
  const std::string block(16 * 1024, 'x');
  std::size_t sent = 0;
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    if (!closed_) sent += os::send(client_.fd(), block).bytes;
    return closed_;
  }));
  EXPECT_GT(sent, kLingerBytesMax);
  EXPECT_LT(sent, kLingerBytesMax + kKernelBytesMax);
}

TEST_F(ALingeringServer, WaitsABoundedTime) {
  const os::Time begin = reactor_.now();
  ASSERT_TRUE(is_closed());
  EXPECT_GE(reactor_.now() - begin, kLinger - milliseconds(50));
}

TEST_F(ALingeringServer, TakesNoOtherRequest) {
  client_.sends(kGet);
  test::run_for(reactor_, milliseconds(20));
  EXPECT_EQ(service_.offered.size(), 1U);
}

// ---- reset: a body that was cut never looks complete

class AResetStream : public AServer {};

TEST_F(AResetStream, ResetsAClientWhoseBodyLastsUntilClose) {
  connects("GET /p HTTP/1.0\r\n\r\n");
  ScriptedService::begin(request(), {.kind = Kind::kUntilClose}, "hello");
  request().stream->reset();
  EXPECT_TRUE(closed_);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return client_.saw_reset(); }));
}

TEST_F(AResetStream, EndsAClientBeforeTheLastChunk) {
  connects(kGet);
  ScriptedService::begin(request(), {.kind = Kind::kUntilClose}, "hello");
  request().stream->reset();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return client_.saw_end(); }));
  EXPECT_TRUE(client_.received().ends_with("5\r\nhello\r\n")) << client_.received();
}

// A close over unread bytes would reset the client, and take from it what it has not read yet.
TEST_F(AResetStream, LeavesItsClientTheResponsesBefore) {
  connects(get("/1") + std::string(kHalfPost));
  ScriptedService::answer(request(), 200, "whole");
  ASSERT_TRUE(is_offered(2));
  ScriptedService::begin(request(), {.kind = Kind::kUntilClose}, "hello");
  client_.sends(std::string(1000, 'x'));
  ASSERT_TRUE(test::wait_until_readable(near_));
  request().stream->reset();
  ASSERT_TRUE(client_sees_eof());
  EXPECT_TRUE(client_.received().starts_with(answered("whole"))) << client_.received();
  EXPECT_TRUE(client_.received().ends_with("5\r\nhello\r\n")) << client_.received();
}

// It is cut anyway; and who does not read would hold it for as long as it likes.
TEST_F(AResetStream, ForgetsWhatWaits) {
  connects(test::narrow_pair(), kGet);
  const std::string large(1'000'000, 'x');
  ScriptedService::begin(request(), {.kind = Kind::kLength, .length = large.size()}, large);
  ASSERT_FALSE(request().stream->response_sent());
  request().stream->reset();
  ASSERT_TRUE(client_sees_eof());
  EXPECT_LT(client_.received().size(), large.size());
}

TEST_F(AResetStream, TakesItsHandlerAwayAtTheEndOfTheTurn) {
  connects(kGet);
  request().stream->reset();
  EXPECT_FALSE(request().gone) << "nobody dies in a call";
  test::turn(reactor_);
  EXPECT_TRUE(request().gone);
}

TEST_F(AResetStream, ToldByTheClientsOwnResetClosesOnce) {
  connects(kGet);
  client_.resets();
  ASSERT_TRUE(is_closed());
  EXPECT_EQ(request().failure, ErrorCode::kReset);
}

// ---- drained

class ADrainedServer : public AServer {
 protected:
  ADrainedServer() { limits_.drain_idle = milliseconds(30); }

  void drains() {
    context_->draining = true;
    server_->drain();
  }
};

TEST_F(ADrainedServer, ThatNeverCarriedARequestStaysForAWhile) {
  connects();
  const os::Time begin = reactor_.now();
  drains();
  EXPECT_FALSE(closed_);
  ASSERT_TRUE(is_closed());
  EXPECT_GE(reactor_.now() - begin, limits_.drain_idle);
}

TEST_F(ADrainedServer, TakesTheFirstRequestThatWasOnItsWay) {
  limits_.drain_idle = milliseconds(10'000);
  service_.at_once = true;
  connects();
  drains();
  client_.sends(kGet);
  EXPECT_TRUE(client_hears(answered("at once", "close")));
  EXPECT_TRUE(closes_after_the_client());
}

TEST_F(ADrainedServer, ThatMayNotWaitClosesAtOnce) {
  limits_.drain_idle = milliseconds(0);
  connects();
  drains();
  EXPECT_TRUE(is_closed());
}

TEST_F(ADrainedServer, TakesARequestThatNoTurnHasSeenYet) {
  connects();
  client_.sends(kGet);
  ASSERT_TRUE(test::wait_until_readable(near_));
  drains();
  ASSERT_EQ(service_.offered.size(), 1U) << "no turn was needed";
  ScriptedService::answer(request(), 200, "x");
  EXPECT_TRUE(client_hears(answered("x", "close")));
  EXPECT_TRUE(closes_after_the_client());
}

TEST_F(ADrainedServer, ThatIsIdleStaysForAWhile) {
  service_.at_once = true;
  connects(kGet);
  const os::Time begin = reactor_.now();
  drains();
  EXPECT_FALSE(closed_);
  ASSERT_TRUE(is_closed());
  EXPECT_GE(reactor_.now() - begin, limits_.drain_idle);
  EXPECT_EQ(client_.received(), answered("at once"));
}

TEST_F(ADrainedServer, AnswersARequestThatWasOnItsWayAndSaysClose) {
  limits_.drain_idle = milliseconds(10'000);
  service_.at_once = true;
  connects(kGet);
  drains();
  client_.sends(kGet);
  EXPECT_TRUE(client_hears(answered("at once") + answered("at once", "close")));
  EXPECT_TRUE(closes_after_the_client());
}

TEST_F(ADrainedServer, FinishesTheRequestInHand) {
  connects(kGet);
  drains();
  test::run_for(reactor_, 3 * limits_.drain_idle);
  EXPECT_FALSE(closed_);
  ScriptedService::answer(request(), 200, "x");
  EXPECT_TRUE(client_hears(answered("x", "close")));
  EXPECT_TRUE(closes_after_the_client());
}

TEST_F(ADrainedServer, WaitsForAHeadThatHasBegun) {
  connects("GET /p HT");
  drains();
  EXPECT_FALSE(closed_);
  client_.sends("TP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(is_offered(1));
}

TEST_F(ADrainedServer, DoesNotWaitLongForAHeadThatHasBegun) {
  limits_.drain_head = milliseconds(30);
  connects("GET /p HT");
  drains();
  ASSERT_TRUE(is_closed());
  EXPECT_EQ(service_.offered.size(), 0U);
  EXPECT_TRUE(client_sees_eof());
  EXPECT_EQ(client_.received(), "") << "a drain is not the client's fault";
}

TEST_F(ADrainedServer, WhoseAnswerHasAlreadyPromisedKeepAliveStaysForAWhile) {
  connects(kGet);
  ScriptedService::begin(request(), {.kind = Kind::kLength, .length = 2}, "x");
  drains();
  ScriptedService::go_on(request(), "y", true);
  EXPECT_EQ(server_->state(), State::kIdle);
  EXPECT_TRUE(is_closed());
}

// ---- cut

class ACutServer : public AServer {};

TEST_F(ACutServer, TellsTheRequestInHand) {
  connects(kGet);
  server_->cut();
  EXPECT_TRUE(closed_);
  EXPECT_EQ(request().failure, ErrorCode::kCancelled);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return client_.saw_end(); }));
}

TEST_F(ACutServer, ThatIsIdleJustCloses) {
  connects();
  server_->cut();
  EXPECT_TRUE(closed_);
  EXPECT_EQ(service_.offered.size(), 0U);
  server_->cut();
}

}  // namespace
}  // namespace lb::downstream
