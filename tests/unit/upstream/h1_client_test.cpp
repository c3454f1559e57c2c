#include "lb/upstream/h1_client.h"

#include "tests/unit/upstream/client_fixture.h"

namespace lb::upstream {
namespace {

using std::chrono::milliseconds;
using Kind = http::Framing::Kind;

// ---- the request

class ARequest : public AClient {};

TEST_F(ARequest, WaitsForTheConnection) {
  opens();
  EXPECT_FALSE(client_->connected());
  EXPECT_EQ(client_->state(), H1Client::State::kConnecting);
  EXPECT_EQ(handler_.connects, 0) << "never from within the constructor";
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.connects > 0; }));
  EXPECT_TRUE(client_->connected());
}

TEST_F(ARequest, IsSentWithTheNameOfTheServer) {
  connects();
  asks();
  EXPECT_EQ(origin_.received(), kRequestText);
  EXPECT_EQ(client_->state(), H1Client::State::kStreaming);
}

TEST_F(ARequest, SaysCloseWhereTheConnectionIsNotKept) {
  connects();
  http::RequestHead head = request_head(http::Method::kGet, "GET");
  head.keep_alive = false;
  sends(head);
  ASSERT_TRUE(origin_hears("\r\n\r\n"));
  EXPECT_EQ(origin_.received(), "GET /p HTTP/1.1\r\nHost: origin:80\r\nConnection: close\r\n\r\n");
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(client_->reusable());
}

TEST_F(ARequest, CarriesItsBodyByLength) {
  connects();
  asks_with_body({.kind = Kind::kLength, .length = 10});
  EXPECT_EQ(sends_body("hello", false), http::Flow::kOpen);
  EXPECT_EQ(sends_body("world", true), http::Flow::kOpen);
  ASSERT_TRUE(origin_hears("helloworld"));
  EXPECT_EQ(origin_.received(),
            "POST /p HTTP/1.1\r\nHost: origin:80\r\nContent-Length: 10\r\n\r\nhelloworld");
}

TEST_F(ARequest, CarriesItsBodyInChunks) {
  connects();
  asks_with_body({.kind = Kind::kChunked});
  static_cast<void>(sends_body("hello", false));
  static_cast<void>(sends_body("", true));
  ASSERT_TRUE(origin_hears("0\r\n\r\n"));
  EXPECT_EQ(origin_.received(),
            "POST /p HTTP/1.1\r\nHost: origin:80\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n0\r\n\r\n");
}

TEST_F(ARequest, IsHeldUpByAServerThatDoesNotRead) {
  connects();
  asks_with_body({.kind = Kind::kUntilClose});
  std::size_t sent = 0;
  const std::string block(64 * 1024, 'x');
  http::Flow flow = http::Flow::kOpen;
  while (flow == http::Flow::kOpen) {
    flow = sends_body(block, false);
    sent += block.size();
  }
  EXPECT_EQ(handler_.drains, 0);
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    origin_.received();
    return handler_.drains > 0;
  }));
  EXPECT_TRUE(test::run_until(reactor_, [&] { return origin_.received().size() >= sent; }));
  EXPECT_TRUE(test::run_until(reactor_, [&] { return handler_.sents > 0; }));
  EXPECT_EQ(handler_.drains, 1);
}

// ---- the response

class AResponse : public AClient {
 protected:
  void SetUp() override {
    connects();
    asks();
  }
};

TEST_F(AResponse, ComesWithItsBody) {
  answers("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(handler_.status, 200);
  EXPECT_EQ(handler_.fields, "A: b\r\nContent-Length: 5\r\n");
  EXPECT_EQ(handler_.body, "hello");
  EXPECT_EQ(handler_.pieces, 1) << "head and body came together";
  EXPECT_TRUE(client_->reusable());
}

TEST_F(AResponse, ComesTheSameInSingleBytes) {
  drips("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(handler_.status, 200);
  EXPECT_EQ(handler_.fields, "A: b\r\nContent-Length: 5\r\n");
  EXPECT_EQ(handler_.body, "hello");
  EXPECT_TRUE(client_->reusable());
}

TEST_F(AResponse, IsReusableWhenItsHeadCameInTwoPieces) {
  bool reusable = false;
  handler_.then_response = [&] { reusable = client_->reusable(); };  // when the lease ends
  origin_.sends("HTTP/1.1 200 OK\r\nConte");
  test::run_for(reactor_, milliseconds(5));
  answers("nt-Length: 0\r\n\r\n");
  EXPECT_TRUE(reusable);
}

TEST_F(AResponse, ComesOutOfItsChunks) {
  answers(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\n\r\n");
  EXPECT_EQ(handler_.body, "hello!");
  EXPECT_EQ(handler_.trailers, "X-Sum: 7\r\n");
  EXPECT_TRUE(client_->reusable());
}

TEST_F(AResponse, ComesOutOfItsChunksInSingleBytes) {
  drips(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\n\r\n");
  EXPECT_EQ(handler_.body, "hello!");
  EXPECT_EQ(handler_.trailers, "X-Sum: 7\r\n");
  EXPECT_TRUE(client_->reusable());
}

TEST_F(AResponse, WithoutALengthEndsWhenTheServerCloses) {
  origin_.sends("HTTP/1.1 200 OK\r\n\r\nhello");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.body == "hello"; }));
  EXPECT_FALSE(handler_.ended);
  origin_.closes();
  ASSERT_TRUE(is_over());
  EXPECT_TRUE(handler_.ended);
  EXPECT_FALSE(client_->reusable());
}

TEST_F(AResponse, HasNoBodyWhere204And304SaySo) {
  answers("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
  EXPECT_TRUE(handler_.ended);
  EXPECT_EQ(handler_.body, "");
  EXPECT_TRUE(client_->reusable());
}

TEST_F(AResponse, ThatBringsABodyWhereNoneCanBeIsTheLast) {
  answers("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(handler_.body, "");
  EXPECT_FALSE(client_->reusable());
}

TEST_F(AResponse, IsPrecededByInterimHeadsInOrder) {
  answers(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(handler_.interims, (std::vector<int>{100, 103}));
  EXPECT_EQ(handler_.status, 200);
  EXPECT_TRUE(client_->reusable());
}

TEST_F(AResponse, StopsWhilePausedAndGoesOn) {
  answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!");
  client_->rest(pool());  // for its next request
  client_->lease(handler_);
  handler_.status.reset();
  handler_.ended = false;
  asks();
  client_->pause_response();
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
  EXPECT_FALSE(handler_.status.has_value());
  client_->resume_response();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(handler_.body, "!hello");
}

// ---- what makes a connection unfit for another request

TEST_F(AResponse, ThatSaysCloseIsTheLast) {
  answers("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(client_->reusable());
}

TEST_F(AResponse, OfAnOldServerIsTheLast) {
  answers("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(client_->reusable());
}

TEST_F(AResponse, OfAnOldServerThatKeepsAliveIsNotTheLast) {
  answers("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(client_->reusable());
}

TEST_F(AResponse, WithBytesBehindItIsTheLast) {
  answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!?");
  EXPECT_EQ(handler_.body, "!");
  EXPECT_FALSE(client_->reusable());
}

TEST_F(AResponse, WithAnotherOneBehindItIsTheLast) {
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!";
  answers(one + one);
  EXPECT_EQ(handler_.body, "!");
  EXPECT_FALSE(client_->reusable());
}

TEST_F(AResponse, WithBytesThatComeAfterItIsTheLast) {
  answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!");
  EXPECT_TRUE(client_->reusable());
  origin_.sends("?");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return !client_->reusable(); }));
  EXPECT_EQ(handler_.failures, 0);
}

TEST_F(AResponse, AfterWhichTheServerClosesIsTheLast) {
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  origin_.closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return !client_->reusable(); }));
  EXPECT_EQ(handler_.failures, 0);
}

class AnEarlyResponse : public AClient {};

TEST_F(AnEarlyResponse, MakesTheConnectionUnfitUntilTheRequestIsSentWhole) {
  connects();
  asks_with_body({.kind = Kind::kLength, .length = 5});
  ASSERT_TRUE(origin_hears("\r\n\r\n"));
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(client_->reusable());
  static_cast<void>(sends_body("hello", true));
  EXPECT_TRUE(client_->reusable());
}

class AHeadRequest : public AClient {};

TEST_F(AHeadRequest, HasAResponseWithoutABody) {
  connects();
  asks(http::Method::kHead, "HEAD");
  answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(handler_.body, "");
  EXPECT_TRUE(client_->reusable());
}

TEST_F(AHeadRequest, WhoseResponseBringsABodyAllTheSameEndsItsConnection) {
  connects();
  asks(http::Method::kHead, "HEAD");
  answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(handler_.body, "");
  EXPECT_FALSE(client_->reusable());
}

class AReusedConnection : public AClient {};

TEST_F(AReusedConnection, CarriesOneRequestAfterTheOther) {
  connects();
  for (int i = 0; i < 3; ++i) {
    asks();
    EXPECT_EQ(client_->may_be_stale(), i > 0);
    answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
    EXPECT_FALSE(client_->may_be_stale()) << "its server has answered";
    upstream().give_back(std::move(client_));
    handler_.status.reset();
    handler_.ended = false;
    origin_.forget();
    opens();
    ASSERT_TRUE(client_->connected());
  }
  EXPECT_EQ(handler_.body, "012");
  EXPECT_EQ(handler_.connects, 1);
}

}  // namespace
}  // namespace lb::upstream
