// After a 101: two relays without framing, each until its end.

#include "tests/unit/proxy/exchange_fixture.h"

namespace lb::proxy {
namespace {

constexpr std::string_view kOffer =
    "GET /p HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";

class ATunnel : public AnExchange {
 protected:
  void opens(std::string_view early = {}) {
    is_asked(kOffer);
    origin_.forget();
    origin_.sends(std::string(kSwitch) + std::string(early));
    ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.status.has_value(); }));
  }
  [[nodiscard]] bool client_hears(std::string_view text) {
    return test::run_until(reactor_, [&] { return stream_.body == text; });
  }
};

TEST_F(ATunnel, IsOfferedToTheServer) {
  is_asked(kOffer);
  EXPECT_NE(origin_.received().find("\r\nUpgrade: x\r\n"), std::string::npos);
  EXPECT_NE(origin_.received().find("\r\nConnection: Upgrade\r\n"), std::string::npos);
}

TEST_F(ATunnel, OpensWithTheAnswer) {
  opens();
  EXPECT_EQ(stream_.status, 101);
  EXPECT_EQ(stream_.framing.kind, http::Framing::Kind::kTunnel);
  EXPECT_EQ(stream_.fields, "Upgrade: x\r\n") << "and no date: it is not the final word";
  EXPECT_FALSE(stream_.over());
}

TEST_F(ATunnel, CarriesBytesBothWays) {
  opens("early");
  EXPECT_TRUE(client_hears("early"));
  sends_body("hello");
  EXPECT_TRUE(origin_hears("hello"));
  origin_.sends("bird");
  EXPECT_TRUE(client_hears("earlybird"));
}

TEST_F(ATunnel, EndsWithBothSidesTheClientFirst) {
  opens();
  sends_body("bye", true);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return origin_.saw_eof(); }));
  EXPECT_EQ(origin_.received(), "bye");
  EXPECT_FALSE(stream_.over());
  origin_.sends("answer");
  origin_.half_closes();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(stream_.body, "answer");
  EXPECT_EQ(stream_.finishes, 1);
  EXPECT_EQ(server().pool.size(), 0U) << "it is never used for HTTP again";
}

TEST_F(ATunnel, EndsWithBothSidesTheServerFirst) {
  opens();
  origin_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return stream_.ended; }));
  EXPECT_FALSE(stream_.over());
  sends_body("bye", true);
  ASSERT_TRUE(is_over());
  EXPECT_EQ(stream_.finishes, 1);
  ASSERT_TRUE(origin_sees_end());
  EXPECT_EQ(origin_.received(), "bye");
}

TEST_F(ATunnel, IsCutWhereTheServerResets) {
  opens();
  origin_.resets();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(stream_.resets, 1);
  EXPECT_EQ(context_->counters.cut, 1U);
}

TEST_F(ATunnel, IsCutWhereTheClientLeaves) {
  opens();
  exchange_->on_client_failed({.code = ErrorCode::kReset, .side = Side::kDownstream});
  EXPECT_EQ(stream_.resets, 1);
  EXPECT_TRUE(origin_sees_end());
}

TEST_F(ATunnel, IsNotOpenedToAnotherProtocolThanWasOffered) {
  is_asked(kOffer);
  origin_.sends("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: y\r\n\r\n");
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: malformed message\n");
}

TEST_F(ATunnel, IsNotOpenedBeforeTheWholeRequest) {
  requests(
      "POST /p HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n"
      "Content-Length: 10\r\n\r\n",
      "hello", false);
  is_asked();
  origin_.sends(kSwitch);
  expect_reply(502, "502 Bad Gateway: no valid response from a:80: malformed message\n");
}

TEST_F(ATunnel, IsNotOpenedWhereTheServerDeclines) {
  is_asked(kOffer);
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(stream_.status, 200);
  EXPECT_EQ(stream_.finishes, 1);
}

}  // namespace
}  // namespace lb::proxy
