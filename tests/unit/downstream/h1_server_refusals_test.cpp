// What is refused, who is too slow, and who is told nothing.

#include "tests/unit/downstream/server_fixture.h"

namespace lb::downstream {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShort{20};

class ARefusal : public AServer {
 protected:
  // One answer, which says close; then the server waits for the client to leave.
  void expect_refused(int status) {
    ASSERT_TRUE(is_offered(1));
    EXPECT_EQ(request().refused, status);
    EXPECT_NE(request().reason, "");
    EXPECT_EQ(request().client_ip, "127.0.0.1");
    EXPECT_TRUE(client_hears("HTTP/1.1 " + std::to_string(status) +
                             " X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"));
    ASSERT_TRUE(client_sees_eof());
    client_.closes();
    EXPECT_TRUE(is_closed());
  }
};

TEST_F(ARefusal, MeetsGarbage) {
  connects("nonsense\r\n\r\n");
  expect_refused(400);
}

TEST_F(ARefusal, MeetsAHeadThatIsTooLarge) {
  limits_.head.head_bytes_max = 200;
  connects("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(300, 'x'));
  expect_refused(431);
}

TEST_F(ARefusal, MeetsAHeadThatGrowsTooLarge) {
  limits_.head.head_bytes_max = 200;
  connects("GET / HTTP/1.1\r\nHost: h\r\nA: ");
  for (int i = 0; i < 40 && service_.offered.empty(); ++i) {
    client_.sends("xxxxxxxxxx");
    test::turn(reactor_);
  }
  expect_refused(431);
}

TEST_F(ARefusal, MeetsTooManyFields) {
  limits_.head.fields_max = 2;
  connects("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n\r\n");
  expect_refused(431);
}

TEST_F(ARefusal, MeetsARequestLineThatIsTooLong) {
  limits_.head.head_bytes_max = 200;
  connects("GET /" + std::string(300, 'x'));
  expect_refused(414);
}

TEST_F(ARefusal, MeetsABrokenBodyThatComesWithItsHead) {
  connects("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");
  expect_refused(400);
}

TEST_F(ARefusal, MeetsBlankLinesWithoutEnd) {
  std::string lines;
  for (int i = 0; i <= kBlankLinesMax; ++i) lines += "\r\n";
  connects(lines);
  expect_refused(400);
}

TEST_F(ARefusal, MeetsALengthThatIsTooLarge) {
  limits_.body_bytes_max = 9;
  connects("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
  expect_refused(413);
}

TEST_F(ARefusal, MeetsAFirstPieceThatIsTooLarge) {
  limits_.body_bytes_max = 4;
  connects("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  expect_refused(413);
}

TEST_F(ARefusal, DoesNotMeetABodyAsLargeAsAllowed) {
  limits_.body_bytes_max = 10;
  connects("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  client_.sends("5\r\nworld\r\n0\r\n\r\n");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().whole; }));
  EXPECT_FALSE(request().failure.has_value());
}

TEST_F(ARefusal, MeetsTheSecondRequestToo) {
  service_.at_once = true;
  connects(std::string(kGet) + "nonsense\r\n\r\n");
  ASSERT_TRUE(is_offered(2));
  EXPECT_EQ(request().refused, 400);
  EXPECT_TRUE(client_hears(answered("at once") +
                           "HTTP/1.1 400 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"));
}

// ---- too slow

TEST_F(ARefusal, MeetsAHeadThatTakesTooLong) {
  limits_.header_timeout = kShort;
  connects("GET / HT");
  expect_refused(408);
}

TEST_F(ARefusal, MeetsAHeadThatTakesTooLongHoweverSteadilyItComes) {
  limits_.header_timeout = milliseconds(80);
  connects("GET / HTTP/1.1\r\nHost: h\r\nA: ");
  const os::Time begin = os::now();
  while (service_.offered.empty() && os::now() - begin < test::kPatience) {
    client_.sends("x");
    test::run_for(reactor_, milliseconds(5));
  }
  ASSERT_EQ(service_.offered.size(), 1U);
  EXPECT_EQ(request().refused, 408);
}

TEST_F(ARefusal, MeetsASlowHeadAfterAnAnswerToo) {
  limits_.header_timeout = kShort;
  service_.at_once = true;
  connects(kGet);
  client_.sends("GET / HT");
  ASSERT_TRUE(is_offered(2));
  EXPECT_EQ(request().refused, 408);
}

// ---- whose answer has no body

TEST_F(ARefusal, TellsAHeadRequestByItsFirstOctets) {
  limits_.body_bytes_max = 4;
  for (const char* text :
       {"HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx"}) {
    SCOPED_TRACE(text);
    connects(text);
    ASSERT_FALSE(service_.offered.empty());
    EXPECT_TRUE(request().refused.has_value());
    EXPECT_TRUE(request().head_only);
    server_->cut();
    closed_ = false;
  }
}

TEST_F(ARefusal, OfASlowHeadRequestTellsThatToo) {
  limits_.header_timeout = kShort;
  connects("HEAD / HT");
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(request().refused, 408);
  EXPECT_TRUE(request().head_only);
}

class ASilentClient : public AServer {};

TEST_F(ASilentClient, IsToldNothingWhenItsTimeIsOver) {
  limits_.header_timeout = kShort;
  connects();
  ASSERT_TRUE(is_closed());
  EXPECT_TRUE(client_sees_eof());
  EXPECT_EQ(client_.received(), "");
  EXPECT_EQ(service_.offered.size(), 0U);
}

TEST_F(ASilentClient, IsToldNothingWhenItLeaves) {
  connects();
  client_.closes();
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(service_.offered.size(), 0U);
}

TEST_F(ASilentClient, IsToldNothingWhenItLeavesWithinAHead) {
  connects("GET / HT");
  client_.half_closes();
  ASSERT_TRUE(is_closed());
  EXPECT_TRUE(client_sees_eof());
  EXPECT_EQ(client_.received(), "");
  EXPECT_EQ(service_.offered.size(), 0U);
}

// ---- within the body

class ABrokenRequest : public AServer {
 protected:
  void SetUp() override {
    limits_.client_timeout = milliseconds(250);
    limits_.body_bytes_max = 20;
    connects("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    ASSERT_TRUE(is_offered(1));
  }
  [[nodiscard]] bool fails(ErrorCode code) {
    return test::run_until(reactor_, [&] { return request().failure.has_value(); }) &&
           request().failure == code;
  }
};

TEST_F(ABrokenRequest, IsAnsweredWhereItsFramingBreaks) {
  client_.sends("nonsense\r\n");
  ASSERT_TRUE(fails(ErrorCode::kMalformed));
  EXPECT_TRUE(client_hears("HTTP/1.1 400 X\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad"));
  EXPECT_TRUE(client_sees_eof());
}

TEST_F(ABrokenRequest, IsAnsweredWhereItGrowsTooLarge) {
  client_.sends("1\r\n!\r\n");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().body == "hello!"; }));
  client_.sends("f\r\n0123456789abcde\r\n");
  ASSERT_TRUE(fails(ErrorCode::kTooLarge));
  EXPECT_TRUE(client_hears("HTTP/1.1 413 X\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch"));
}

TEST_F(ABrokenRequest, IsAnsweredWhereTheClientIsTooSlow) {
  ASSERT_TRUE(fails(ErrorCode::kTimedOut));
  EXPECT_TRUE(client_hears("HTTP/1.1 408 X\r\nContent-Length: 4\r\nConnection: close\r\n\r\nslow"));
}

TEST_F(ABrokenRequest, IsNotTooSlowWhileItGoesOn) {
  for (int i = 0; i < 6; ++i) {
    test::run_for(reactor_, milliseconds(60));
    ASSERT_FALSE(request().failure.has_value()) << i;
    client_.sends("1\r\nx\r\n");
  }
}

TEST_F(ABrokenRequest, IsNotTooSlowWhileTheServiceHoldsItUp) {
  request().stream->pause_request();
  test::run_for(reactor_, milliseconds(600));
  EXPECT_FALSE(request().failure.has_value());
}

class AnExpectation : public AServer {
 protected:
  void SetUp() override {
    limits_.client_timeout = kShort;
    connects("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    ASSERT_TRUE(is_offered(1));
  }
};

TEST_F(AnExpectation, IsNotTooSlowWhileItWaitsForItsAnswer) {
  test::run_for(reactor_, 5 * kShort);
  EXPECT_FALSE(request().failure.has_value());
}

TEST_F(AnExpectation, IsTooSlowOnceItIsMet) {
  request().stream->send_interim(ScriptedService::response_head(100));
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().failure.has_value(); }));
  EXPECT_EQ(request().failure, ErrorCode::kTimedOut);
}

// The time for the 100 is over when the body begins.
TEST_F(AnExpectation, IsTooSlowOnceTheClientHasBegunWithoutItsAnswer) {
  test::run_for(reactor_, 5 * kShort);
  client_.sends("h");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().failure.has_value(); }));
  EXPECT_EQ(request().failure, ErrorCode::kTimedOut);
}

TEST_F(ABrokenRequest, IsToldWhereTheClientEndsEarly) {
  client_.half_closes();
  EXPECT_TRUE(fails(ErrorCode::kClosed));
  EXPECT_TRUE(is_closed());
}

TEST_F(ABrokenRequest, IsToldWhereTheClientIsGone) {
  client_.resets();
  EXPECT_TRUE(fails(ErrorCode::kReset));
  EXPECT_TRUE(is_closed());
}

TEST_F(ABrokenRequest, IsToldWhereTheClientIsGoneWhileItIsHeldUp) {
  request().stream->pause_request();
  client_.resets();
  EXPECT_TRUE(fails(ErrorCode::kReset));
}

}  // namespace
}  // namespace lb::downstream
