// The way of a request there, and of its response back.

#include "lb/proxy/exchange.h"

#include "tests/unit/proxy/exchange_fixture.h"

namespace lb::proxy {
namespace {

using std::chrono::milliseconds;

// ---- there

class ARequest : public AnExchange {};

TEST_F(ARequest, IsForwardedWithWhatAGatewayAdds) {
  requests("GET /p HTTP/1.1\r\nHost: h\r\nConnection: X-Own\r\nX-Own: 1\r\nA: b\r\n\r\n");
  connects();
  EXPECT_TRUE(
      origin_hears("GET /p HTTP/1.1\r\nHost: h\r\nA: b\r\n" + std::string(kAdded) + "\r\n"));
  EXPECT_EQ(stream_.pauses, 0) << "there is no body to hold up";
}

TEST_F(ARequest, WithTheWholeBodyIsHeldUntilTheServerIsThere) {
  requests(std::string(kPost), "helloworld", true);
  connects();
  EXPECT_TRUE(origin_hears("POST /p HTTP/1.1\r\nHost: h\r\n" + std::string(kAdded) +
                           "Content-Length: 10\r\n\r\nhelloworld"));
}

TEST_F(ARequest, HoldsUpTheRestOfItsBodyUntilTheServerIsThere) {
  requests(std::string(kPost), "hello", false);
  EXPECT_EQ(stream_.pauses, 1);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.resumes > 0; }));
  EXPECT_EQ(stream_.resumes, 1);
  sends_body("world", true);
  connects();
  EXPECT_TRUE(origin_hears("POST /p HTTP/1.1\r\nHost: h\r\n" + std::string(kAdded) +
                           "Content-Length: 10\r\n\r\nhelloworld"));
}

TEST_F(ARequest, IsHeldUpByAServerThatDoesNotRead) {
  requests("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "", false);
  connects();
  const int pauses = stream_.pauses;
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.resumes == pauses; }));
  const std::string block(64 * 1024, 'x');
  while (stream_.pauses == pauses) sends_body(block);
  EXPECT_EQ(stream_.resumes, pauses);
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    origin_.received();
    return stream_.resumes > pauses;
  }));
  EXPECT_EQ(stream_.pauses, pauses + 1);
}

TEST_F(ARequest, OnAReusedConnectionIsForwardedAtOnce) {
  is_asked();
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ASSERT_EQ(server().pool.size(), 1U);
  origin_.forget();
  requests(std::string(kPost), "hello", false);
  EXPECT_EQ(stream_.pauses, 0);
  EXPECT_TRUE(origin_hears("POST /p HTTP/1.1\r\nHost: h\r\n" + std::string(kAdded) +
                           "Content-Length: 10\r\n\r\nhello"));
}

TEST_F(ARequest, ThatHasPassedHereBeforeIsALoop) {
  requests("GET /p HTTP/1.1\r\nHost: h\r\nVia: 1.1 other, 1.1 lb-test\r\n\r\n");
  expect_reply(508, "508 Loop Detected: the request has passed here before (Via)\n");
  EXPECT_FALSE(origin_listens_.accept_now().is_open());
}

TEST_F(ARequest, WhoseLastHopThisIsGoesNoFurther) {
  requests("OPTIONS /p HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n");
  expect_reply(200, "");
  EXPECT_FALSE(origin_listens_.accept_now().is_open());
}

TEST_F(ARequest, LosesTheTrailersThatAGatewayMayNotPass) {
  requests("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "", false);
  connects();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.resumes > 0; }));
  http::Fields trailers = {http::make_field("X-Sum: 7\r\n"), http::make_field("Host: evil\r\n")};
  exchange_->on_request_body({.bytes = {}, .end = true, .trailers = &trailers});
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    return origin_.received().ends_with("0\r\nX-Sum: 7\r\n\r\n");
  })) << origin_.received();
}

TEST_F(ARequest, LosesTheTrailersThatItsConnectionListed) {
  requests("POST /p HTTP/1.1\r\nHost: h\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n",
           "", false);
  connects();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.resumes > 0; }));
  http::Fields trailers = {http::make_field("X-Sum: 7\r\n"), http::make_field("x-hop: 1\r\n")};
  exchange_->on_request_body({.bytes = {}, .end = true, .trailers = &trailers});
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    return origin_.received().ends_with("0\r\nX-Sum: 7\r\n\r\n");
  })) << origin_.received();
}

// ---- back

class AResponse : public AnExchange {
 protected:
  void SetUp() override { is_asked(); }
};

TEST_F(AResponse, IsForwardedWithoutTheFieldsOfOneHop) {
  answers(
      "HTTP/1.1 200 Fine\r\nConnection: X-Own\r\nX-Own: 1\r\nA: b\r\nContent-Length: 5\r\n\r\n"
      "hello");
  EXPECT_EQ(stream_.status, 200);
  EXPECT_EQ(stream_.reason, "Fine");
  EXPECT_EQ(stream_.fields, "A: b\r\n" + std::string(kDateLine));
  EXPECT_EQ(stream_.body, "hello");
  EXPECT_EQ(stream_.finishes, 1);
  EXPECT_EQ(stream_.resets, 0);
  EXPECT_EQ(context_->counters.replies + context_->counters.cut, 0U);
}

TEST_F(AResponse, KeepsItsDate) {
  answers("HTTP/1.1 200 OK\r\nDate: yesterday\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.fields, "Date: yesterday\r\n");
}

TEST_F(AResponse, GivesItsConnectionBack) {
  answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(server().pool.size(), 1U);
}

TEST_F(AResponse, ThatSaysCloseEndsItsConnection) {
  answers("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(server().pool.size(), 0U);
  EXPECT_TRUE(origin_sees_end());
  EXPECT_EQ(stream_.finishes, 1) << "the client's own connection is another matter";
}

TEST_F(AResponse, IsPrecededByInterimHeads) {
  answers(
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.interims, (std::vector<int>{103, 103}));
  EXPECT_EQ(stream_.status, 200);
}

TEST_F(AResponse, LosesTheTrailersThatAGatewayMayNotPass) {
  answers(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n"
      "Content-Length: 9\r\n\r\n");
  EXPECT_EQ(stream_.body, "hello");
  EXPECT_EQ(stream_.trailers, "X-Sum: 7\r\n");
}

TEST_F(AResponse, LosesTheTrailersThatItsConnectionListed) {
  const std::string head =
      "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string end = "0\r\nX-Hop: 1\r\nX-Sum: 7\r\n\r\n";
  origin_.sends(head + "5\r\nhello\r\n");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.body == "hello"; }));
  answers(end);
  EXPECT_EQ(stream_.trailers, "X-Sum: 7\r\n");
  origin_.forget();
  requests(std::string(kGet));
  ASSERT_TRUE(test::run_until(reactor_, [&] { return !origin_.received().empty(); }));
  answers(head + end);
  EXPECT_EQ(stream_.trailers, "X-Sum: 7\r\n") << "all of it at once";
}

TEST_F(AResponse, IsLogged) {
  answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  expect_logged(
      "192.0.2.1 - - [08/Nov/2024:18:19:41 +0000] \"GET /p HTTP/1.1\" 200 5 \"-\" \"-\" "
      "a:80 1 0.");
}

TEST_F(AResponse, EndsOnlyWhenTheClientHasIt) {
  stream_.sent = false;
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.ended; }));
  EXPECT_FALSE(stream_.over());
  EXPECT_EQ(log_.lines.size(), 0U);
  EXPECT_EQ(server().pool.size(), 1U) << "the server has done its part";
  stream_.sent = true;
  exchange_->on_response_sent();
  EXPECT_EQ(stream_.finishes, 1);
  EXPECT_EQ(log_.lines.size(), 1U);
}

TEST_F(AResponse, DoesNotEndWithTheFirstPieceThatIsSent) {
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.body == "hel"; }));
  exchange_->on_response_sent();
  EXPECT_FALSE(stream_.over());
  answers("lo");
  EXPECT_EQ(stream_.finishes, 1);
}

TEST_F(AResponse, IsHeldUpByAClientThatDoesNotRead) {
  stream_.flow = http::Flow::kFull;
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.body == "hello"; }));
  origin_.sends("world");
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
  EXPECT_EQ(stream_.body, "hello");
  stream_.flow = http::Flow::kOpen;
  exchange_->on_response_drained();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(stream_.body, "helloworld");
}

class AnEarlyResponse : public AnExchange {};

TEST_F(AnEarlyResponse, EndsTheExchangeAndItsConnection) {
  requests(std::string(kPost), "hello", false);
  is_asked();
  answers("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 403);
  EXPECT_EQ(stream_.finishes, 1);
  EXPECT_EQ(stream_.pauses, 2) << "to connect, and for good";
  EXPECT_EQ(server().pool.size(), 0U) << "the request was not sent whole";
  EXPECT_TRUE(origin_sees_end());
}

TEST_F(AnEarlyResponse, IgnoresTheRestOfTheRequest) {
  requests(std::string(kPost), "hello", false);
  is_asked();
  stream_.sent = false;
  origin_.sends("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.ended; }));
  sends_body("world", true);
  stream_.sent = true;
  exchange_->on_response_sent();
  EXPECT_EQ(stream_.finishes, 1);
}

TEST_F(AnEarlyResponse, FlowsWhileTheRequestStillDoes) {
  requests(std::string(kPost), "hello", false);
  is_asked();
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.body == "hel"; }));
  sends_body("world", true);
  ASSERT_TRUE(
      test::run_until(reactor_, [&] { return origin_.received().ends_with("helloworld"); }));
  answers("lo");
  EXPECT_EQ(server().pool.size(), 1U);
}

}  // namespace
}  // namespace lb::proxy
