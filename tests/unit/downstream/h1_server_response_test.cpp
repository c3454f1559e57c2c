// The response as the client gets it: framing, keep-alive, interim heads, backpressure.

#include "tests/unit/downstream/server_fixture.h"

namespace lb::downstream {
namespace {

using std::chrono::milliseconds;
using Kind = http::Framing::Kind;

constexpr std::string_view kOldGet = "GET /p HTTP/1.0\r\n\r\n";
constexpr std::string_view kOldGetKeptAlive = "GET /p HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

class AResponse : public AServer {};

TEST_F(AResponse, WithALengthKeepsIt) {
  connects(kGet);
  ScriptedService::answer(request(), 200, "hello");
  EXPECT_TRUE(client_hears("HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nhello"));
  EXPECT_EQ(server_->state(), State::kIdle);
}

TEST_F(AResponse, WithoutALengthGoesInChunks) {
  connects(kGet);
  ScriptedService::begin(request(), {.kind = Kind::kUntilClose}, "hello");
  ScriptedService::go_on(request(), "!");
  ScriptedService::go_on(request(), "", true);
  EXPECT_TRUE(client_hears(
      "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"));
  EXPECT_FALSE(closed_);
}

TEST_F(AResponse, WithoutALengthGoesToAnOldClientUntilClose) {
  connects(kOldGetKeptAlive);
  ScriptedService::begin(request(), {.kind = Kind::kChunked}, "hello");
  ScriptedService::go_on(request(), "!", true);
  ASSERT_TRUE(client_sees_eof());
  EXPECT_EQ(client_.received(), "HTTP/1.1 200 X\r\nConnection: close\r\n\r\nhello!");
}

TEST_F(AResponse, CountsTheOctetsOfItsBodyAlone) {
  connects(kGet);
  EXPECT_EQ(request().stream->body_bytes_sent(), 0U);
  ScriptedService::begin(request(), {.kind = Kind::kChunked}, "hello");
  ScriptedService::go_on(request(), "world!");
  EXPECT_EQ(request().stream->body_bytes_sent(), 11U);
}

TEST_F(AResponse, IsPrecededByInterimHeads) {
  connects(kGet);
  request().stream->send_interim(ScriptedService::response_head(103));
  ScriptedService::answer(request(), 200, "hello");
  EXPECT_TRUE(client_hears("HTTP/1.1 103 X\r\n\r\n" + answered("hello")));
}

TEST_F(AResponse, ToAnOldClientHasNoInterimHeads) {
  connects(kOldGet);
  request().stream->send_interim(ScriptedService::response_head(103));
  ScriptedService::answer(request(), 200, "hello");
  EXPECT_TRUE(client_hears(answered("hello", "close")));
}

// ---- whether the connection lives on

class KeepAlive : public AServer {
 protected:
  // Answers one request; whether the server closes after it.
  bool closes_after(std::string_view head, std::string_view expected) {
    connects(head);
    ScriptedService::answer(request(), 200, "x");
    EXPECT_TRUE(client_hears(expected));
    test::run_for(reactor_, milliseconds(10));
    return closed_;
  }
};

TEST_F(KeepAlive, IsTheRule) {
  EXPECT_FALSE(closes_after(kGet, answered("x")));
  client_.sends(get("/2"));
  ASSERT_TRUE(is_offered(2));
  EXPECT_TRUE(service_.offered[0].gone);
  ScriptedService::answer(request(), 200, "y");
  EXPECT_TRUE(client_hears(answered("x") + answered("y")));
}

TEST_F(KeepAlive, EndsWhereTheClientSaysClose) {
  EXPECT_TRUE(closes_after("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                           answered("x", "close")));
  EXPECT_TRUE(client_sees_eof());
}

TEST_F(KeepAlive, IsNotForOldClients) {
  EXPECT_TRUE(closes_after(kOldGet, answered("x", "close")));
}

TEST_F(KeepAlive, IsForOldClientsThatAskForIt) {
  EXPECT_FALSE(closes_after(kOldGetKeptAlive, answered("x", "keep-alive")));
}

TEST_F(KeepAlive, EndsWithAResponseThatIsEarlierThanItsRequest) {
  connects("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  ScriptedService::answer(request(), 200, "x");
  EXPECT_TRUE(client_hears(answered("x", "close")));
  EXPECT_EQ(server_->state(), State::kLingering);
}

TEST_F(KeepAlive, EndsWhereTheClientHasHalfClosed) {
  connects(kGet);
  client_.half_closes();
  test::run_for(reactor_, milliseconds(10));
  EXPECT_FALSE(request().failure.has_value()) << "the response is still wanted";
  ScriptedService::answer(request(), 200, "x");
  EXPECT_TRUE(client_hears(answered("x", "close")));
  EXPECT_TRUE(is_closed());
}

TEST_F(KeepAlive, EndsWhileDraining) {
  connects(kGet);
  context_->draining = true;
  ScriptedService::answer(request(), 200, "x");
  EXPECT_TRUE(client_hears(answered("x", "close")));
  EXPECT_TRUE(closes_after_the_client()) << "it may have sent another meanwhile";
}

TEST_F(KeepAlive, EndsWhenTheClientLeaves) {
  EXPECT_FALSE(closes_after(kGet, answered("x")));
  client_.closes();
  EXPECT_TRUE(is_closed());
}

TEST_F(KeepAlive, EndsSilentlyWhenItsTimeIsOver) {
  limits_.keepalive_timeout = milliseconds(60);
  connects(kGet);
  ScriptedService::answer(request(), 200, "x");
  ASSERT_TRUE(is_closed());
  EXPECT_TRUE(client_sees_eof());
  EXPECT_EQ(client_.received(), answered("x"));
}

// ---- a client that is slow to read

class ASlowReader : public AServer {
 protected:
  void SetUp() override { connects(test::narrow_pair(), kGet); }

  // As much as makes the stream full.
  std::size_t fill() {
    std::size_t bytes = 16 * 1024;
    const std::string block(bytes, 'x');
    http::Flow flow = ScriptedService::begin(request(), {.kind = Kind::kUntilClose}, block);
    for (; flow == http::Flow::kOpen; bytes += block.size()) {
      flow = ScriptedService::go_on(request(), block);
    }
    return bytes;
  }
};

TEST_F(ASlowReader, IsToldToTheService) {
  fill();
  EXPECT_FALSE(request().stream->response_sent());
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 8U);
  EXPECT_EQ(request().drains, 0);
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    client_.received();
    return request().drains > 0;
  }));
  EXPECT_EQ(request().drains, 1);
}

TEST_F(ASlowReader, EndsItsStreamOnlyWhenAllIsSent) {
  const std::size_t bytes = fill();
  ScriptedService::go_on(request(), "", true);
  EXPECT_FALSE(request().finished);
  ASSERT_TRUE(client_hears_part("\r\n0\r\n\r\n"));
  EXPECT_GT(client_.received().size(), bytes);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return request().gone; }));
  EXPECT_EQ(server_->state(), State::kIdle);
}

class AStuckReader : public AServer {};

TEST_F(AStuckReader, IsGivenUpAfterTheTimeForClients) {
  limits_.client_timeout = milliseconds(40);
  connects(test::narrow_pair(), kGet);
  const std::string much(1 << 20, 'x');
  ScriptedService::begin(request(), {.kind = Kind::kUntilClose}, much);
  ASSERT_TRUE(is_closed());
  EXPECT_EQ(request().failure, ErrorCode::kTimedOut);
}

TEST_F(AStuckReader, IsNotGivenUpWhileItReadsALittle) {
  limits_.client_timeout = milliseconds(300);
  connects(test::narrow_pair(), kGet);
  ScriptedService::begin(request(), {.kind = Kind::kUntilClose}, std::string(1 << 20, 'x'));
  for (int i = 0; i < 6; ++i) {
    test::run_for(reactor_, milliseconds(80));
    ASSERT_FALSE(request().failure.has_value()) << i;
    client_.received(64 * 1024);
  }
}

// It is told 408 at first, which waits behind what it has not read.
TEST_F(AStuckReader, IsGivenUpThoughItsAnswerBeginsLate) {
  limits_.client_timeout = milliseconds(40);
  connects(test::narrow_pair(), "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
  http::ResponseHead interim;
  interim.status = 103;
  interim.reason = "Early Hints";
  while (request().stream->response_sent()) request().stream->send_interim(interim);
  ASSERT_TRUE(is_closed());
  EXPECT_EQ(request().failure, ErrorCode::kTimedOut);
}

}  // namespace
}  // namespace lb::downstream
