// Requests as the service is offered them: whole, in pieces, with bodies, one behind the other.

#include "tests/unit/downstream/server_fixture.h"

namespace lb::downstream {
namespace {

using std::chrono::milliseconds;

class ARequest : public AServer {};

TEST_F(ARequest, ThatCameWithTheConnectionIsOfferedAtOnce) {
  connects(kGet);
  ASSERT_EQ(service_.offered.size(), 1U) << "no turn was needed";
  EXPECT_EQ(request().line, "GET /p 1");
  EXPECT_EQ(request().host, "h");
  EXPECT_TRUE(request().whole);
  EXPECT_EQ(server_->state(), State::kStreaming);
}

TEST_F(ARequest, TellsWhoAsks) {
  connects(kGet);
  EXPECT_EQ(request().client_ip, "127.0.0.1");
}

TEST_F(ARequest, OfATrustedPeerSaysSo) {
  trusted_ = {{.base = test::loopback(0).ip, .bits = 8}};
  connects(kGet);
  EXPECT_TRUE(request().trusted);
}

TEST_F(ARequest, OfAnotherPeerIsNotTrusted) {
  trusted_ = {{.base = test::loopback6(0).ip, .bits = 128}};
  connects(kGet);
  EXPECT_FALSE(request().trusted);
}

TEST_F(ARequest, MayFollowAFewBlankLines) {
  connects("\r\n\r\n");
  EXPECT_EQ(server_->state(), State::kIdle) << "no head has begun";
  client_.sends("\r\n" + get("/1"));
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(request().line, "GET /1 1");
}

TEST_F(ARequest, ThatComesInSingleBytesIsOfferedWhenItsHeadIsWhole) {
  connects();
  EXPECT_EQ(server_->state(), State::kIdle);
  for (const char c : kGet) {
    EXPECT_EQ(service_.offered.size(), 0U);
    client_.sends({&c, 1});
    test::turn(reactor_);
    EXPECT_NE(server_->state(), State::kIdle);
  }
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(request().line, "GET /p 1");
}

// The parser clears what it fills: a mark that is still there shows that it was not asked. Between
// its first look and the last one, only new octets are scanned (HeadEnd in parser_test.cpp).
TEST_F(ARequest, WhoseHeadDripsIsParsedAtItsBeginningAndAtItsEndOnly) {
  connects();
  const std::string head =
      "GET /p HTTP/1.1\r\nHost: h\r\nA: " + std::string(2000, 'x') + "\r\n\r\n";
  int parsed = 0;
  for (const char c : head) {
    context_->head.method_text = "untouched";
    client_.sends({&c, 1});
    ASSERT_TRUE(test::wait_until_readable(near_));
    test::turn(reactor_);
    if (context_->head.method_text != "untouched") ++parsed;
  }
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(request().line, "GET /p 1");
  EXPECT_EQ(parsed, 2);
}

TEST_F(ARequest, BringsWhatIsThereOfItsBody) {
  connects("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  EXPECT_EQ(request().body, "hello");
  EXPECT_FALSE(request().whole);
  client_.sends("world");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().whole; }));
  EXPECT_EQ(request().body, "helloworld");
}

TEST_F(ARequest, ComesOutOfItsChunks) {
  connects("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  for (const char c : std::string("lo\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\n\r\n")) {
    client_.sends({&c, 1});
    test::turn(reactor_);
  }
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().whole; }));
  EXPECT_EQ(request().body, "hello!");
  EXPECT_EQ(request().trailers, "X-Sum: 7\r\n");
}

TEST_F(ARequest, HasNoTrailersOfAnotherMessage) {
  service_.at_once = true;
  connects(
      "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 7\r\n\r\n");
  client_.sends(kGet);
  ASSERT_TRUE(is_offered(2));
  EXPECT_EQ(service_.offered[0].trailers, "X-Sum: 7\r\n");
  EXPECT_EQ(service_.offered[1].trailers, "");
}

TEST_F(ARequest, IsHeldUpWhileTheServiceDoesNotWantItsBody) {
  connects("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
  request().stream->pause_request();
  client_.sends("helloworld");
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
  EXPECT_EQ(request().body, "");
  request().stream->resume_request();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().whole; }));
  EXPECT_EQ(request().body, "helloworld");
}

// ---- one behind the other

class APipeline : public AServer {};

TEST_F(APipeline, IsServedInOrderOneAtATime) {
  connects(get("/1") + get("/2") + get("/3"));
  for (std::size_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(is_offered(i));
    test::turn(reactor_);
    EXPECT_EQ(service_.offered.size(), i) << "the next waits for this one's answer";
    EXPECT_EQ(request().line, "GET /" + std::to_string(i) + " 1");
    ScriptedService::answer(request(), 200, std::to_string(i));
  }
  EXPECT_TRUE(client_hears(answered("1") + answered("2") + answered("3")));
}

TEST_F(APipeline, IsServedInALoopWhereAnswersComeAtOnce) {
  service_.at_once = true;
  std::string requests;
  std::string responses;
  for (int i = 0; i < 100; ++i) {
    requests += get("/" + std::to_string(i));
    responses += answered("at once");
  }
  connects(requests);
  EXPECT_EQ(service_.offered.size(), 100U);
  EXPECT_TRUE(client_hears(responses));
}

TEST_F(APipeline, KeepsBodiesApartFromTheNextHead) {
  connects("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + get("/2"));
  EXPECT_EQ(request().body, "hello");
  EXPECT_TRUE(request().whole);
  ScriptedService::answer(request(), 200, "1");
  ASSERT_TRUE(is_offered(2));
  EXPECT_EQ(request().line, "GET /2 1");
}

TEST_F(APipeline, WhoseNextHeadIsCutIsGoneOnWithWhenTheRestComes) {
  connects(get("/1") + "GET /2 HT");
  ScriptedService::answer(request(), 200, "1");
  test::turn(reactor_);
  client_.sends("TP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(is_offered(2));
  EXPECT_EQ(request().line, "GET /2 1");
}

TEST_F(APipeline, IsReadOnlyUpToALimitWhileARequestIsInHand) {
  limits_.head.head_bytes_max = 4096;
  connects(test::narrow_pair(), kGet);
  std::string many;
  while (many.size() < 64 * 1024) many += get("/more");
  std::size_t sent = 0;
  for (int i = 0; i < 40; ++i) {  // 2.5 MiB, if they were taken
    sent += os::send(client_.fd(), many).bytes;
    test::run_for(reactor_, milliseconds(1));
  }
  EXPECT_LT(sent, 512U * 1024) << "the client is held up";
  EXPECT_EQ(service_.offered.size(), 1U);
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
}

TEST_F(APipeline, OfAClientThatHalfClosedIsServedToItsEnd) {
  connects(get("/1") + get("/2"));
  client_.half_closes();
  test::run_for(reactor_, milliseconds(10));
  ScriptedService::answer(request(), 200, "1");
  ASSERT_TRUE(is_offered(2));
  test::turn(reactor_);
  ScriptedService::answer(request(), 200, "2");
  EXPECT_TRUE(client_hears(answered("1") + answered("2", "close")));
  EXPECT_TRUE(is_closed());
}

TEST_F(APipeline, OfAClientThatHalfClosedWithinTrailersEndsThere) {
  connects(get("/1") + "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
           "1\r\na\r\n0\r\nX-T: y");
  client_.half_closes();
  test::run_for(reactor_, milliseconds(10));
  ScriptedService::answer(request(), 200, "1");
  ASSERT_TRUE(is_offered(2));
  EXPECT_EQ(request().failure, ErrorCode::kClosed);
  EXPECT_FALSE(request().whole);
}

TEST_F(APipeline, OfAClientThatHalfClosedEndsAlsoWhereTheLastAnswerComesAtOnce) {
  connects(get("/1") + get("/2"));
  client_.half_closes();
  test::run_for(reactor_, milliseconds(10));
  service_.at_once = true;
  ScriptedService::answer(request(), 200, "1");
  ASSERT_TRUE(is_offered(2));
  EXPECT_TRUE(test::run_until(
      reactor_, [&] { return closed_; }, std::chrono::seconds(2)))
      << "nothing more can come: it must not wait for --keepalive-timeout";
  EXPECT_TRUE(client_sees_eof());
}

}  // namespace
}  // namespace lb::downstream
