// After a 101: bytes in both directions, each until its end.

#include "tests/unit/downstream/server_fixture.h"

namespace lb::downstream {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kOffer =
    "GET /p HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
constexpr std::string_view kSwitched = "HTTP/1.1 101 X\r\nConnection: Upgrade\r\n\r\n";

class ATunnel : public AServer {
 protected:
  void SetUp() override { limits_.client_timeout = milliseconds(10'000); }

  // `early` comes behind the head, before the answer.
  void opens(std::string_view early = {}) {
    connects(std::string(kOffer) + std::string(early));
    ASSERT_TRUE(is_offered(1));
    ScriptedService::switch_protocols(request());
    ASSERT_TRUE(client_hears(kSwitched));
    client_.forget();
  }
  [[nodiscard]] bool service_hears(std::string_view text) {
    return test::run_until(reactor_, [&] { return request().body == text; });
  }
};

TEST_F(ATunnel, CarriesBytesBothWays) {
  opens();
  client_.sends("\x01\x02hello");
  EXPECT_TRUE(service_hears("\x01\x02hello"));
  ScriptedService::go_on(request(), "\r\n\r\nworld");
  EXPECT_TRUE(client_hears("\r\n\r\nworld"));
}

TEST_F(ATunnel, CarriesWhatTheClientSentBeforeTheAnswer) {
  opens("too early");
  EXPECT_TRUE(service_hears("too early"));
}

TEST_F(ATunnel, TakesNoRequestForOne) {
  opens();
  client_.sends(kGet);
  EXPECT_TRUE(service_hears(kGet));
  EXPECT_EQ(service_.offered.size(), 1U);
}

TEST_F(ATunnel, EndsInOneDirectionAfterTheOther) {
  opens();
  client_.sends("last words");
  client_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().whole; }));
  EXPECT_EQ(request().body, "last words");
  EXPECT_FALSE(closed_);
  ScriptedService::go_on(request(), "answer", true);
  ASSERT_TRUE(client_sees_eof());
  EXPECT_EQ(client_.received(), "answer");
  EXPECT_TRUE(is_closed());
}

TEST_F(ATunnel, HalfClosesWhenTheServerEndsFirst) {
  opens();
  static_cast<void>(request().stream->send_body({.bytes = {}, .end = true}));
  ASSERT_TRUE(client_sees_eof());
  client_.sends("still here");
  EXPECT_TRUE(service_hears("still here"));
}

TEST_F(ATunnel, IsResetWhereItIsCut) {
  opens();
  request().stream->reset();
  EXPECT_TRUE(test::run_until(reactor_, [&] { return client_.saw_reset(); }));
}

class ASilentTunnel : public ATunnel {
 protected:
  void SetUp() override {
    limits_.client_timeout = milliseconds(10);
    limits_.tunnel_timeout = milliseconds(250);
  }
};

TEST_F(ASilentTunnel, IsGivenUpAfterATimeOfItsOwn) {
  opens();
  const os::Time begin = reactor_.now();
  ASSERT_TRUE(is_closed());
  EXPECT_EQ(request().failure, ErrorCode::kTimedOut);
  EXPECT_GE(reactor_.now() - begin, milliseconds(200));
}

TEST_F(ASilentTunnel, IsNotSilentWhileBytesGoEitherWay) {
  opens();
  for (int i = 0; i < 6; ++i) {
    test::run_for(reactor_, milliseconds(70));
    ASSERT_FALSE(request().failure.has_value()) << i;
    if (i % 2 == 0) {
      client_.sends("x");
    } else {
      ScriptedService::go_on(request(), "y");
    }
  }
}

// It takes nothing of what the client has sent, so that nothing is wanted of the client.
class ATunnelToASlowServer : public ATunnel {
 protected:
  void SetUp() override {
    limits_.client_timeout = milliseconds(40);
    limits_.tunnel_timeout = milliseconds(40);
  }
  void expect_patience() {
    test::run_for(reactor_, milliseconds(200));
    EXPECT_FALSE(request().failure.has_value());
  }
};

TEST_F(ATunnelToASlowServer, DoesNotBlameAClientThatIsPaused) {
  opens();
  request().stream->pause_request();
  expect_patience();
  request().stream->resume_request();
  ASSERT_TRUE(is_closed());
  EXPECT_EQ(request().failure, ErrorCode::kTimedOut);
}

TEST_F(ATunnelToASlowServer, DoesNotBlameAClientThatHasSaidAll) {
  opens();
  client_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return request().whole; }));
  static_cast<void>(request().stream->send_body({.bytes = {}, .end = true}));
  expect_patience();
}

}  // namespace
}  // namespace lb::downstream
