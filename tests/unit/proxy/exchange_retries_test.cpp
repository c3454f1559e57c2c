// Servers that cannot be reached: the next one, or an answer made here.

#include "tests/unit/proxy/exchange_fixture.h"

namespace lb::proxy {
namespace {

using std::chrono::milliseconds;

class ARetry : public AnExchange {};

TEST_F(ARetry, GoesToTheNextServerWhenTheFirstRefuses) {
  has({refusing_.address(), origin_listens_.address()});
  is_asked();
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
  EXPECT_EQ(context_->counters.replies, 0U);
  expect_logged(" b:80 2 ");
}

TEST_F(ARetry, GoesToTheNextServerWhenTheFirstIsSilent) {
  const test::Silent silent;
  limits_.connect_timeout = milliseconds(20);
  has({silent.address(), origin_listens_.address()});
  is_asked();
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect_logged(" b:80 2 ");
}

TEST_F(ARetry, BringsTheWholeRequestToTheNextServer) {
  has({refusing_.address(), refusing_.address(), origin_listens_.address()});
  requests(std::string(kPost), "hello", false);
  connects();
  EXPECT_TRUE(origin_hears("POST /p HTTP/1.1\r\nHost: h\r\n" + std::string(kAdded) +
                           "Content-Length: 10\r\n\r\nhello"));
  EXPECT_EQ(stream_.pauses, 1);
  EXPECT_EQ(stream_.resumes, 1);
}

TEST_F(ARetry, UsesAnIdleConnectionOfTheNextServer) {
  has({origin_listens_.address(), refusing_.address()});
  is_asked();
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ASSERT_EQ(server(0).pool.size(), 1U);
  origin_.forget();
  requests(std::string(kGet));  // the turn is the second server's
  EXPECT_TRUE(origin_hears("GET /p HTTP/1.1\r\nHost: h\r\n" + std::string(kAdded) + "\r\n"));
  EXPECT_EQ(server(0).pool.size(), 0U);
}

TEST_F(ARetry, TriesEachServerOnceAndThenAnswers502) {
  has({refusing_.address(), refusing_.address()});
  requests(std::string(kGet));
  expect_reply(502, "502 Bad Gateway: cannot connect to b:80: connection refused\n");
  expect_logged(" 502 60 \"-\" \"-\" b:80 2 - - ");
}

TEST_F(ARetry, DoesNotGoToAServerThatIsDown) {
  has({refusing_.address(), origin_listens_.address()});
  const upstream::HealthThresholds thresholds;
  static_cast<void>(group_->observe(server(0), upstream::Health::Verdict::kPassed, thresholds));
  static_cast<void>(group_->observe(server(1), upstream::Health::Verdict::kRefused, thresholds));
  requests(std::string(kGet));
  expect_reply(502, "502 Bad Gateway: cannot connect to a:80: connection refused\n");
}

// It answers nothing but its checks, and is better than nobody.
TEST_F(ARetry, GoesToABenchedServerWhereNoOtherTakesIt) {
  has({origin_listens_.address(), refusing_.address()});
  const upstream::HealthThresholds thresholds;
  for (std::size_t i = 0; i < 2; ++i) {
    static_cast<void>(group_->observe(server(i), upstream::Health::Verdict::kPassed, thresholds));
  }
  for (int i = 0; i < 2; ++i) {
    static_cast<void>(server(0).probation.failed({}, false, reactor_.now(), true));
  }
  ASSERT_EQ(server(0).probation.state(), upstream::Probation::State::kBenched);
  is_asked();
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
  expect_logged(" a:80 2 ");
}

class ARepeat : public AnExchange {
 protected:
  ARepeat() { retries_ = {}; }

  void has_two() { has({origin_listens_.address(), other_.address()}); }
  // The server that was asked ends its connection; the other one is asked.
  void moves_on(std::string_view head) {
    origin_.closes();
    connects(other_);
    ASSERT_TRUE(origin_hears(head));
  }
  // A connection of the first server rests in its pool; the next request is for it.
  void has_idle() {
    has({origin_listens_.address()});
    is_asked();
    answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    ASSERT_EQ(server(0).pool.size(), 1U);
    origin_.forget();
  }

  const std::string get_ = "GET /p HTTP/1.1\r\nHost: h\r\n" + std::string(kAdded) + "\r\n";
  const std::string post_ = "POST /p HTTP/1.1\r\nHost: h\r\n" + std::string(kAdded) +
                            "Content-Length: 10\r\n\r\nhelloworld";
  test::Listening other_;
};

TEST_F(ARepeat, GoesToAnotherServer) {
  has_two();
  is_asked();
  moves_on(get_);
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
  EXPECT_EQ(context_->counters.repeats, 1U);
  expect_logged(" b:80 2 ");
}

TEST_F(ARepeat, GoesToTheSameServerIfThereIsNoOther) {
  is_asked();
  origin_.closes();
  connects();
  ASSERT_TRUE(origin_hears(get_));
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect_logged(" a:80 2 ");
}

TEST_F(ARepeat, IsMadeAsOftenAsAllowed) {
  is_asked();
  for (int i = 0; i < 2; ++i) {
    origin_.closes();
    connects();
    ASSERT_TRUE(origin_hears(get_));
  }
  origin_.closes();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection closed\n");
  EXPECT_EQ(context_->counters.repeats, 2U);
}

TEST_F(ARepeat, BringsABodyThatIsHeldAndTheRestOfIt) {
  has_two();
  const std::string head =
      "PUT /p HTTP/1.1\r\nHost: h\r\n" + std::string(kAdded) + "Content-Length: 10\r\n\r\n";
  requests("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n", "he", false);
  connects();
  ASSERT_TRUE(origin_hears(head + "he"));
  sends_body("ll");
  ASSERT_TRUE(origin_hears(head + "hell"));
  moves_on(head + "hell");
  sends_body("oworld", true);
  ASSERT_TRUE(origin_hears(head + "helloworld"));
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
}

TEST_F(ARepeat, IsNotMadeOfABodyThatIsTooLargeToHold) {
  retries_.held_bytes_max = 1000;
  has_two();
  requests("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n", std::string(800, 'x'),
           false);
  connects();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return origin_.received().size() > 800; }));
  sends_body(std::string(1200, 'x'), true);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return origin_.received().size() > 2000; }));
  origin_.closes();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection closed\n");
}

TEST_F(ARepeat, NeedsNoRoomForAHead) {
  retries_.held_bytes_max = 0;
  has_two();
  is_asked();
  moves_on(get_);
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
}

TEST_F(ARepeat, IsNotMadeOfAPost) {
  has_two();
  requests(std::string(kPost), "helloworld");
  connects();
  ASSERT_TRUE(test::run_until(
      reactor_, [&] { return origin_.received().find("world") != std::string::npos; }));
  origin_.closes();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection closed\n");
  EXPECT_FALSE(other_.accept_now().is_open());
}

TEST_F(ARepeat, IsNotMadeOnceTheResponseHasBegun) {
  has_two();
  is_asked();
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.status.has_value(); }));
  origin_.closes();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(stream_.resets, 1);
  EXPECT_FALSE(other_.accept_now().is_open());
}

TEST_F(ARepeat, IsMadeOfHalfAHeadThatNobodyHasSeen) {
  has_two();
  is_asked();
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Le");
  moves_on(get_);
  answers("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(stream_.status, 204);
}

TEST_F(ARepeat, GoesElsewhereIfAServerSpeaksNonsense) {
  has_two();
  is_asked();
  origin_.sends("220 mail.example ESMTP\r\n\r\n");
  connects(other_);
  ASSERT_TRUE(origin_hears(get_));
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
}

TEST_F(ARepeat, IsNotMadeToTheSameServerIfItSpeaksNonsense) {
  is_asked();
  origin_.sends("220 mail.example ESMTP\r\n\r\n");
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: malformed message\n");
}

TEST_F(ARepeat, IsRefusedWhenTheBudgetIsUsedUp) {
  retries_.budget_percent = 0;
  has_two();
  is_asked();
  origin_.closes();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection closed\n");
  EXPECT_EQ(context_->counters.repeats_refused, 1U);
  EXPECT_EQ(context_->counters.repeats, 0U);
}

TEST_F(ARepeat, OfAStaleConnectionCostsNothing) {
  retries_ = {.repeats_max = 0, .budget_percent = 0};
  has_idle();
  requests(std::string(kGet));
  ASSERT_TRUE(origin_hears(get_));
  origin_.closes();  // without a byte: it was about to, anyway
  connects();
  ASSERT_TRUE(origin_hears(get_));
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
  EXPECT_EQ(context_->counters.repeats, 0U);
}

TEST_F(ARepeat, OfAStaleConnectionIsMadeOnce) {
  retries_ = {.repeats_max = 0};
  has_idle();
  requests(std::string(kGet));
  ASSERT_TRUE(origin_hears(get_));
  origin_.closes();
  connects();
  ASSERT_TRUE(origin_hears(get_));
  origin_.closes();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection closed\n");
}

TEST_F(ARepeat, OfAStaleConnectionIsNotMadeAfterAByteOfAnAnswer) {
  retries_ = {.repeats_max = 0};
  has_idle();
  requests(std::string(kGet));
  ASSERT_TRUE(origin_hears(get_));
  origin_.sends("H");
  origin_.closes();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection closed\n");
}

TEST_F(ARetry, LetsGoOfAClientThatLeavesMeanwhile) {
  const test::Silent silent;
  has({silent.address(), origin_listens_.address()});
  requests(std::string(kGet));
  exchange_->on_client_failed({.code = ErrorCode::kReset, .side = Side::kDownstream});
  EXPECT_EQ(stream_.resets, 1);
  test::run_for(reactor_, milliseconds(20));
  EXPECT_FALSE(stream_.status.has_value());
  EXPECT_EQ(context_->counters.cut, 1U);
}

class NobodyUp : public AnExchange {
 protected:
  void SetUp() override {
    has({refusing_.address()});
    server().down_reason = "connection refused";
    const bool flipped = group_->observe(server(), upstream::Health::Verdict::kRefused, {});
    ASSERT_TRUE(flipped);
  }
};

TEST_F(ARepeat, FindsNobodyWhenAllWentDownMeanwhile) {
  is_asked();
  server().down_reason = "connection refused";
  origin_.closes();
  origin_listens_.closes();
  // In the turn that would tell of the end: the request is moved before.
  ASSERT_TRUE(group_->observe(server(), upstream::Health::Verdict::kRefused, {}));
  expect_reply(503, "503 Service Unavailable: no server is up\na:80: connection refused\n");
}

TEST_F(NobodyUp, IsAnsweredAtOnceWithEachServersReason) {
  requests(std::string(kGet));
  EXPECT_TRUE(stream_.over()) << "no turn was needed";
  expect_reply(503, "503 Service Unavailable: no server is up\na:80: connection refused\n");
  EXPECT_NE(stream_.fields.find("Retry-After: 1\r\n"), std::string::npos);
  expect_logged(" 503 66 \"-\" \"-\" - 0 - - ");
}

TEST_F(NobodyUp, IsAnsweredWithoutABodyToAHeadRequest) {
  requests("HEAD /p HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(stream_.status, 503);
  EXPECT_EQ(stream_.body, "");
  EXPECT_EQ(stream_.content_length, 66U);
}

TEST_F(NobodyUp, IsAnsweredWhateverIsStillToComeOfTheRequest) {
  requests(std::string(kPost), "hello", false);
  EXPECT_EQ(stream_.status, 503);
  EXPECT_EQ(stream_.finishes, 1);
}

TEST_F(ARepeat, IsMadeOfAPostWithProofThatItWasNotSeen) {
  has_idle();
  requests(std::string(kGet));  // takes the connection, and gives it back
  ASSERT_TRUE(origin_hears(get_));
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ASSERT_EQ(server(0).pool.size(), 1U);
  origin_.closes();  // and no turn tells it before the next request is sent
  requests(std::string(kPost), "helloworld");
  connects();
  ASSERT_TRUE(origin_hears(post_));
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
  EXPECT_EQ(context_->counters.repeats, 0U) << "at no cost";
}

TEST_F(ARepeat, IsNotMadeOfAPostThatWasRead) {
  has_idle();
  requests(std::string(kPost), "helloworld");
  ASSERT_TRUE(origin_hears(post_));
  origin_.closes();
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: connection closed\n");
}

// ---- servers that go down

class AServerThatGoesDown : public ARepeat {
 protected:
  // Two that are up; the first is asked.
  void is_asked_of_two(std::string_view head = kGet) {
    has_two();
    for (std::size_t i = 0; i < 2; ++i) observe(i, upstream::Health::Verdict::kPassed);
    requests(std::string(head), head == kPost ? "helloworld" : "");
    connects();
    ASSERT_TRUE(test::run_until(
        reactor_, [&] { return origin_.received().find("\r\n\r\n") != std::string::npos; }));
  }
  void observe(std::size_t index, upstream::Health::Verdict verdict) {
    static_cast<void>(group_->observe(server(index), verdict, {}));
  }
  void goes_down(std::size_t index) {
    observe(index, upstream::Health::Verdict::kRefused);
    test::turn(reactor_);
  }
};

TEST_F(AServerThatGoesDown, LosesWhatCanBeAskedElsewhere) {
  is_asked_of_two();
  goes_down(0);
  EXPECT_TRUE(origin_sees_end());
  connects(other_);
  ASSERT_TRUE(origin_hears(get_));
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(context_->counters.repeats, 1U);
  expect_logged(" b:80 2 ");
}

TEST_F(AServerThatGoesDown, KeepsAPost) {
  is_asked_of_two(kPost);
  goes_down(0);
  EXPECT_FALSE(stream_.over());
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect_logged(" a:80 1 ");
}

TEST_F(AServerThatGoesDown, KeepsWhatHasNowhereElseToGo) {
  is_asked_of_two();
  goes_down(1);
  goes_down(0);
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect_logged(" a:80 1 ");
}

TEST_F(AServerThatGoesDown, KeepsWhatTheBudgetDoesNotCover) {
  retries_.budget_percent = 0;
  is_asked_of_two();
  goes_down(0);
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(context_->counters.repeats_refused, 1U);
  expect_logged(" a:80 1 ");
}

TEST_F(AServerThatGoesDown, KeepsWhatStreams) {
  is_asked_of_two();
  origin_.sends("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.body == "ab"; }));
  goes_down(0);
  answers("cd");
  EXPECT_EQ(stream_.body, "abcd");
}

TEST_F(AServerThatGoesDown, LosesWhatStillConnectsWhateverItsMethod) {
  const test::Silent silent;
  has({silent.address(), other_.address()});
  for (std::size_t i = 0; i < 2; ++i) observe(i, upstream::Health::Verdict::kPassed);
  requests(std::string(kPost), "helloworld");
  goes_down(0);
  connects(other_);
  ASSERT_TRUE(origin_hears(post_));
  EXPECT_EQ(context_->counters.repeats, 0U) << "at no cost";
}

}  // namespace
}  // namespace lb::proxy
