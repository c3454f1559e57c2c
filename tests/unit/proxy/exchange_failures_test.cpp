// What the client is told when a server, or the client itself, fails.

#include "lb/base/sanitized.h"
#include "tests/unit/proxy/exchange_fixture.h"

namespace lb::proxy {
namespace {

using std::chrono::milliseconds;

// ---- the server

class AServerFailure : public AnExchange {
 protected:
  // The response has begun to go down.
  void half_answered(std::string_view text) {
    is_asked();
    origin_.sends(text);
    ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.status.has_value(); }));
  }
  // The client sees that it was cut.
  void expect_cut() {
    ASSERT_TRUE(is_over());
    EXPECT_EQ(stream_.resets, 1);
    EXPECT_EQ(stream_.finishes, 0);
    EXPECT_FALSE(stream_.ended);
    EXPECT_EQ(context_->counters.cut, 1U);
    EXPECT_EQ(context_->counters.replies, 0U);
  }
};

TEST_F(AServerFailure, OfTimeIs504) {
  limits_.server_timeout = milliseconds(20);
  is_asked();
  expect_reply(504, "504 Gateway Timeout: no response from a:80 within --server-timeout\n");
  EXPECT_TRUE(origin_sees_end());
}

TEST_F(AServerFailure, ByGarbageIs502) {
  is_asked();
  origin_.sends("SSH-2.0\r\n");
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: malformed message\n");
  expect_logged(" a:80 1 0.");
}

TEST_F(AServerFailure, ByAResetIs502) {
  is_asked();
  origin_.resets();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection reset\n");
}

TEST_F(AServerFailure, AfterAnInterimHeadIsStillAnswered) {
  is_asked();
  origin_.sends("HTTP/1.1 103 Early Hints\r\n\r\n");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return !stream_.interims.empty(); }));
  origin_.closes();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection closed\n");
}

TEST_F(AServerFailure, BySwitchingToAProtocolNobodyAskedForIs502) {
  is_asked();
  origin_.sends("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: malformed message\n");
  EXPECT_TRUE(origin_sees_end());
}

TEST_F(AServerFailure, WithinABodyOfLengthCutsTheClientToo) {
  half_answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  origin_.closes();
  expect_cut();
  expect_logged(" 200 5 ");
}

TEST_F(AServerFailure, WithinAChunkedBodyCutsTheClientToo) {
  half_answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  origin_.sends("nonsense\r\n");
  expect_cut();
}

TEST_F(AServerFailure, WithinABodyUntilCloseCutsTheClientToo) {
  half_answered("HTTP/1.1 200 OK\r\n\r\nhello");
  origin_.resets();
  expect_cut();
}

TEST_F(AServerFailure, OfTimeWithinTheBodyCutsTheClientToo) {
  limits_.server_timeout = milliseconds(30);
  half_answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  expect_cut();
}

TEST_F(AServerFailure, WhileTheRequestIsStillComingIsAnswered) {
  requests(std::string(kPost), "hello", false);
  is_asked();
  origin_.resets();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection reset\n");
  sends_body("world", true);  // nobody takes it any more
}

class AShortage : public AnExchange {
 protected:
  static constexpr std::string_view kText =
      "503 Service Unavailable: cannot connect to b:80: lb is out of file descriptors\n";
};

TEST_F(AShortage, OfOurOwnIs503) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  has({origin_listens_.address(), origin_listens_.address()});
  const test::NoDescriptorLeft none;
  requests(std::string(kGet));
  expect_reply(503, kText);
  EXPECT_NE(stream_.fields.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(context_->counters.shortages, 1U);
}

TEST_F(AShortage, IsLoggedOnceASecond) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  has({origin_listens_.address()});
  const test::NoDescriptorLeft none;
  requests(std::string(kGet));
  ASSERT_TRUE(is_over());
  const os::Time logged_at = context_->shortage_logged_at;
  EXPECT_NE(logged_at, os::Time());
  context_->shortage_logged_at += std::chrono::hours(1);  // as if it was logged just now
  requests(std::string(kGet));
  ASSERT_TRUE(is_over());
  EXPECT_EQ(context_->shortage_logged_at, logged_at + std::chrono::hours(1));
  EXPECT_EQ(context_->counters.shortages, 2U);
}

// ---- the client

class AClientFailure : public AnExchange {
 protected:
  void fails(ErrorCode code) {
    exchange_->on_client_failed({.code = code, .side = Side::kDownstream, .phase = Phase::kBody});
  }
  void half_requested() {
    requests(std::string(kPost), "hello", false);
    is_asked();
  }
};

TEST_F(AClientFailure, OfTimeIs408AndLetsTheServerGo) {
  half_requested();
  fails(ErrorCode::kTimedOut);
  expect_reply(408,
               "408 Request Timeout: the request body made no progress within --client-timeout\n");
  EXPECT_TRUE(origin_sees_end());
  expect_logged(" 408 79 ");
}

TEST_F(AClientFailure, ByABrokenBodyIs400) {
  half_requested();
  fails(ErrorCode::kMalformed);
  expect_reply(400, "400 Bad Request: the request body is malformed\n");
}

TEST_F(AClientFailure, ByABodyThatGrowsTooLargeIs413) {
  half_requested();
  fails(ErrorCode::kTooLarge);
  expect_reply(413, "413 Content Too Large: the request body is larger than --max-body-size\n");
}

TEST_F(AClientFailure, ByLeavingIsToldToNobodyButTheServer) {
  half_requested();
  fails(ErrorCode::kReset);
  EXPECT_EQ(stream_.resets, 1);
  EXPECT_FALSE(stream_.status.has_value());
  EXPECT_TRUE(origin_sees_end());
  EXPECT_EQ(context_->counters.cut, 1U);
  expect_logged("\"POST /p HTTP/1.1\" 499 0 ");
}

TEST_F(AClientFailure, OnceTheResponseGoesDownIsACut) {
  for (const ErrorCode code :
       {ErrorCode::kTimedOut, ErrorCode::kMalformed, ErrorCode::kReset, ErrorCode::kCancelled}) {
    exchange_.reset();
    context_.reset();
    group_.reset();
    half_requested();
    origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.status.has_value(); }));
    fails(code);
    EXPECT_EQ(stream_.status, 200) << describe(code);
    EXPECT_EQ(stream_.resets, 1) << describe(code);
    EXPECT_TRUE(origin_sees_end());
  }
}

TEST_F(AClientFailure, WhileAReplyWaitsIsACut) {
  stream_.sent = false;
  has({refusing_.address()});
  ASSERT_TRUE(group_->observe(server(), upstream::Health::Verdict::kRefused, {}));
  exchange_ = std::make_unique<Exchange>(*context_, stream_);
  exchange_->on_refused({.status = 400, .reason = "bad"}, {.client_ip = "192.0.2.1"});
  EXPECT_FALSE(stream_.over());
  fails(ErrorCode::kTimedOut);
  EXPECT_EQ(stream_.status, 400) << "one answer only";
  EXPECT_EQ(stream_.resets, 1);
}

class ARefusal : public AnExchange {};

TEST_F(ARefusal, IsAnsweredAndLoggedWithoutAServer) {
  has({origin_listens_.address()});
  exchange_ = std::make_unique<Exchange>(*context_, stream_);
  exchange_->on_refused({.status = 414, .reason = "too long"}, {.client_ip = "192.0.2.1"});
  expect_reply(414, "414 URI Too Long: too long\n");
  expect_logged("] \"-\" 414 27 \"-\" \"-\" - 0 - - 0.000\n");
  EXPECT_FALSE(origin_listens_.accept_now().is_open());
}

TEST_F(ARefusal, OfAHeadRequestHasNoBody) {
  has({origin_listens_.address()});
  exchange_ = std::make_unique<Exchange>(*context_, stream_);
  exchange_->on_refused({.status = 400, .reason = "bad", .head_only = true},
                        {.client_ip = "192.0.2.1"});
  expect_reply(400, "");
  EXPECT_EQ(stream_.content_length, std::string_view("400 Bad Request: bad\n").size());
  EXPECT_EQ(stream_.framing, http::Framing());
}

class ADestroyedExchange : public AnExchange {};

TEST_F(ADestroyedExchange, LetsTheServerGo) {
  is_asked();
  exchange_.reset();
  EXPECT_TRUE(origin_sees_end());
  test::turn(reactor_);
  EXPECT_EQ(reactor_.watches(), 0U);
}

}  // namespace
}  // namespace lb::proxy
