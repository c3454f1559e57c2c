// How a request at a server can fail, and how far it had come.

#include "tests/unit/upstream/client_fixture.h"

namespace lb::upstream {
namespace {

using std::chrono::milliseconds;
using Kind = http::Framing::Kind;

constexpr milliseconds kShort{20};
constexpr std::size_t kChunkLine = http::kChunkLineBytesMax;
constexpr std::size_t kTrailers = http::kTrailerLimits.head_bytes_max;

class AFailure : public AClient {
 protected:
  void asked() {
    connects();
    asks();
  }
  // The head and a part of the body have come.
  void half_answered(std::string_view text) {
    asked();
    origin_.sends(text);
    ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.status.has_value(); }));
  }
};

// ---- to connect

TEST_F(AFailure, ToConnectToAPortWhereNobodyListens) {
  test::Refusing refusing;
  addresses_ = {refusing.address()};
  opens();
  EXPECT_EQ(handler_.failures, 0) << "never from within the constructor";
  expect_failure(ErrorCode::kRefused, Phase::kConnect);
}

TEST_F(AFailure, ToConnectInTime) {
  test::Silent silent;
  addresses_ = {silent.address()};
  limits_.connect_timeout = kShort;
  opens();
  expect_failure(ErrorCode::kTimedOut, Phase::kConnect);
}

TEST_F(AFailure, ToConnectLeavesTheAddressThatWorkedFirst) {
  test::Refusing refusing;
  addresses_ = {refusing.address(), origin_listens_.address()};
  connects();
  EXPECT_EQ(client_->endpoint().preferred_address, 1U);
}

// ---- to answer

TEST_F(AFailure, ToAnswerBeforeClosing) {
  asked();
  origin_.closes();
  expect_failure(ErrorCode::kClosed, Phase::kHead);
}

TEST_F(AFailure, ToEndTheHeadBeforeClosing) {
  asked();
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Le");
  origin_.closes();
  expect_failure(ErrorCode::kClosed, Phase::kHead);
  EXPECT_FALSE(handler_.status.has_value());
}

TEST_F(AFailure, ToAnswerAfterAnInterimHead) {
  asked();
  origin_.sends("HTTP/1.1 100 Continue\r\n\r\n");
  origin_.closes();
  expect_failure(ErrorCode::kClosed, Phase::kHead);
  EXPECT_EQ(handler_.interims.size(), 1U);
}

TEST_F(AFailure, ByAResetBeforeTheHead) {
  asked();
  origin_.resets();
  expect_failure(ErrorCode::kReset, Phase::kHead);
}

TEST_F(AFailure, ByGarbageInsteadOfAHead) {
  asked();
  origin_.sends("SSH-2.0-OpenSSH_9.2\r\n");
  expect_failure(ErrorCode::kMalformed, Phase::kHead);
}

TEST_F(AFailure, ByAmbiguousFraming) {
  asked();
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
  expect_failure(ErrorCode::kMalformed, Phase::kHead);
}

TEST_F(AFailure, ByAHeadThatIsTooLarge) {
  limits_.head.head_bytes_max = 200;
  asked();
  origin_.sends("HTTP/1.1 200 OK\r\nA: " + std::string(200, 'x'));
  expect_failure(ErrorCode::kTooLarge, Phase::kHead);
}

TEST_F(AFailure, ByAHeadThatIsTooLargeInManyPieces) {
  limits_.head.head_bytes_max = 200;
  asked();
  origin_.sends("HTTP/1.1 200 OK\r\nA: ");
  for (int i = 0; i < 40 && handler_.failures == 0; ++i) {
    origin_.sends("xxxxxxxxxx");
    test::turn(reactor_);
  }
  expect_failure(ErrorCode::kTooLarge, Phase::kHead);
}

TEST_F(AFailure, IsNotCausedByALargeBodyBehindASmallHead) {
  limits_.head.head_bytes_max = 200;
  asked();
  answers("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_EQ(handler_.body.size(), 1000U);
  EXPECT_EQ(handler_.failures, 0);
}

TEST_F(AFailure, ByTooManyInterimHeads) {
  limits_.interims_max = 3;
  asked();
  std::string flood;
  for (int i = 0; i < 9; ++i) flood += "HTTP/1.1 102 Processing\r\n\r\n";
  origin_.sends(flood);
  expect_failure(ErrorCode::kMalformed, Phase::kHead);
  EXPECT_EQ(handler_.interims.size(), 3U);
}

TEST_F(AFailure, ByInterimHeadsThatAreTooLargeTogether) {
  limits_.head.head_bytes_max = 200;
  asked();
  const std::string head = "HTTP/1.1 103 Early Hints\r\nLink: " + std::string(40, 'x') + "\r\n\r\n";
  for (int i = 0; i < 4; ++i) origin_.sends(head);
  expect_failure(ErrorCode::kMalformed, Phase::kHead);
  EXPECT_EQ(handler_.interims.size(), 200 / head.size());
}

TEST_F(AFailure, IsNotCausedByAsManyInterimHeadsAsAreAllowed) {
  limits_.interims_max = 3;
  asked();
  std::string heads;
  for (int i = 0; i < 3; ++i) heads += "HTTP/1.1 102 Processing\r\n\r\n";
  answers(heads + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(handler_.failures, 0);
}

TEST_F(AFailure, ByABrokenChunkThatComesWithTheHead) {
  asked();
  origin_.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");
  expect_failure(ErrorCode::kMalformed, Phase::kHead);
  EXPECT_FALSE(handler_.status.has_value()) << "nothing of it has gone down";
}

TEST_F(AFailure, ByFramingWithoutEndThatComesWithTheHead) {
  std::string extensions;
  for (int i = 0; i < 200; ++i) extensions += "1;" + std::string(100, 'x') + "\r\ny\r\n";
  for (const std::string& flood : {"1;" + std::string(kChunkLine, 'x'), extensions,
                                   "0\r\nA: " + std::string(kTrailers, 'x')}) {
    handler_ = {};
    asked();
    origin_.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + flood);
    expect_failure(ErrorCode::kMalformed, Phase::kHead);
    EXPECT_FALSE(handler_.status.has_value()) << "nothing of it has gone down";
  }
}

// ---- in the body

TEST_F(AFailure, ToSendTheWholeLength) {
  half_answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  origin_.closes();
  expect_failure(ErrorCode::kClosed, Phase::kBody);
  EXPECT_EQ(handler_.body, "hello");
  EXPECT_FALSE(handler_.ended);
}

TEST_F(AFailure, ToSendTheLastChunk) {
  half_answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  origin_.closes();
  expect_failure(ErrorCode::kClosed, Phase::kBody);
  EXPECT_FALSE(handler_.ended);
}

TEST_F(AFailure, ByAResetInTheBody) {
  half_answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  origin_.resets();
  expect_failure(ErrorCode::kReset, Phase::kBody);
}

TEST_F(AFailure, ByAResetInABodyThatLastsUntilClose) {
  half_answered("HTTP/1.1 200 OK\r\n\r\nhello");
  origin_.resets();
  expect_failure(ErrorCode::kReset, Phase::kBody);
  EXPECT_FALSE(handler_.ended) << "a cut body must not look complete";
}

TEST_F(AFailure, ByABrokenChunkInTheBody) {
  half_answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  origin_.sends("nonsense\r\n");
  expect_failure(ErrorCode::kMalformed, Phase::kBody);
}

// ---- by time

TEST_F(AFailure, ToAnswerInTime) {
  limits_.server_timeout = kShort;
  asked();
  const os::Time asked_at = reactor_.now();
  expect_failure(ErrorCode::kTimedOut, Phase::kHead);
  EXPECT_GE(reactor_.now(), asked_at);
}

// That its kernel has taken the request is no progress of its own that would count from a look.
TEST_F(AFailure, ToAnswerIsSeenNotMuchLater) {
  limits_.server_timeout = milliseconds(2'000);
  asked();
  const os::Time asked_at = os::now();
  ASSERT_TRUE(is_over());
  EXPECT_LT(os::now() - asked_at, milliseconds(2'400));
}

TEST_F(AFailure, ToGoOnWithTheBodyInTime) {
  limits_.server_timeout = kShort;
  half_answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  expect_failure(ErrorCode::kTimedOut, Phase::kBody);
}

TEST_F(AFailure, ByTimeCountsFromTheLastProgress) {
  limits_.server_timeout = milliseconds(300);
  half_answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  const os::Time begin = os::now();
  for (int i = 0; i < 8; ++i) {
    test::run_for(reactor_, milliseconds(60));
    ASSERT_EQ(handler_.failures, 0) << i;
    origin_.sends("x");
  }
  EXPECT_GT(os::now() - begin, limits_.server_timeout);
  answers("xx");
  EXPECT_TRUE(handler_.ended);
}

TEST_F(AFailure, ByTimeDoesNotHappenWhileTheClientIsSlowWithItsBody) {
  limits_.server_timeout = kShort;
  connects();
  asks_with_body({.kind = Kind::kLength, .length = 5});
  test::run_for(reactor_, 4 * kShort);
  EXPECT_EQ(handler_.failures, 0);
  static_cast<void>(sends_body("hello", true));
  expect_failure(ErrorCode::kTimedOut, Phase::kHead);
}

TEST_F(AFailure, ByTimeDoesNotHappenWhileTheResponseIsPaused) {
  limits_.server_timeout = kShort;
  half_answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  client_->pause_response();
  test::run_for(reactor_, 4 * kShort);
  EXPECT_EQ(handler_.failures, 0);
  client_->resume_response();
  expect_failure(ErrorCode::kTimedOut, Phase::kBody);
}

TEST_F(AFailure, ByTimeDoesNotHappenWithoutALimit) {
  limits_.server_timeout = milliseconds(0);
  asked();
  test::run_for(reactor_, milliseconds(30));
  EXPECT_EQ(handler_.failures, 0);
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

// ---- after the end

TEST_F(AFailure, IsNotHeardAfterClosing) {
  asked();
  client_->close();
  origin_.resets();
  test::run_for(reactor_, milliseconds(20));
  EXPECT_EQ(handler_.failures, 0);
}

TEST_F(AFailure, IsNotHeardAfterClosingWhileConnecting) {
  test::Refusing refusing;
  addresses_ = {refusing.address()};
  opens();
  client_->close();
  test::run_for(reactor_, milliseconds(20));
  EXPECT_EQ(handler_.failures, 0);
}

}  // namespace
}  // namespace lb::upstream
