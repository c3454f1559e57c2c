// Connections that begin with a PROXY header, and those that should.

#include <array>
#include <string>
#include <vector>

#include "downstream/proxy_protocol.h"
#include "tests/unit/downstream/server_fixture.h"
#include "tests/unit/support/proxy_headers.h"

namespace lb::downstream {
namespace {

using std::chrono::milliseconds;

const std::string kLine(test::kLineOfIpv4);
const std::string kRequest(kGet);

std::string local() {
  return test::binary(test::kLocal, test::kUnspecified, "");
}
std::string of_ipv6() {
  return test::summed(test::kProxied, test::kTcp6, test::ipv6_addresses() + test::tlv(5, "id"));
}

// The peer, 127.0.0.1, passes connections on.
class ABalancer : public AServer {
 protected:
  ABalancer() { proxy_protocol_from_ = {{.base = test::loopback(0).ip, .bits = 32}}; }

  void expect_closed_without_a_word() {
    ASSERT_TRUE(is_closed());
    EXPECT_TRUE(test::run_until(reactor_, [&] { return client_.saw_end(); }));
    EXPECT_EQ(client_.received(), "");
    EXPECT_EQ(service_.offered.size(), 0U) << "nothing of it is a request";
  }
};

TEST_F(ABalancer, NamesTheClient) {
  connects(kLine + kRequest);
  ASSERT_EQ(service_.offered.size(), 1U) << "no turn was needed";
  EXPECT_EQ(request().line, "GET /p 1");
  EXPECT_EQ(request().client_ip, "192.0.2.7");
}

TEST_F(ABalancer, NamesTheClientInOctets) {
  connects(of_ipv6() + kRequest);
  ASSERT_EQ(service_.offered.size(), 1U);
  EXPECT_EQ(request().client_ip, "2001:db8::7");
}

TEST_F(ABalancer, NamesAClientWithoutAnAddress) {
  connects(test::binary(test::kProxied, test::kUnixStream, test::unix_addresses()) + kRequest);
  ASSERT_EQ(service_.offered.size(), 1U);
  EXPECT_EQ(request().client_ip, "unix:");
}

TEST_F(ABalancer, ThatNamesNobodyIsTheClient) {
  connects(local() + kRequest);
  ASSERT_EQ(service_.offered.size(), 1U);
  EXPECT_EQ(request().client_ip, "127.0.0.1");
}

TEST_F(ABalancer, MayNotKnowItsClient) {
  connects("PROXY UNKNOWN\r\n" + kRequest);
  ASSERT_EQ(service_.offered.size(), 1U);
  EXPECT_EQ(request().client_ip, "127.0.0.1");
}

TEST_F(ABalancer, NamesTheClientOfAllRequestsOnce) {
  service_.at_once = true;
  connects(kLine + get("/1"));
  ASSERT_TRUE(client_hears(answered("at once")));
  client_.sends(get("/2") + get("/3"));
  ASSERT_TRUE(is_offered(3));
  for (const Offered& offered : service_.offered) EXPECT_EQ(offered.client_ip, "192.0.2.7");
}

TEST_F(ABalancer, MayNotNameAnother) {
  service_.at_once = true;
  for (const std::string& second : {kLine, of_ipv6(), local()}) {
    connects(kLine + get("/1"));
    ASSERT_EQ(service_.offered.size(), 1U);
    client_.sends(second + get("/2"));
    ASSERT_TRUE(is_offered(2));
    EXPECT_EQ(request().refused, 400);
    EXPECT_EQ(request().client_ip, "192.0.2.7");
    starts_over();
  }
}

// ---- in pieces

TEST_F(ABalancer, MaySendItsHeaderInSingleBytes) {
  const std::string header = of_ipv6();
  connects();
  for (const char c : header) {
    EXPECT_EQ(server_->state(), State::kProxyHeader);
    client_.sends({&c, 1});
    ASSERT_TRUE(test::wait_until_readable(near_));
    test::turn(reactor_);
  }
  EXPECT_EQ(server_->state(), State::kIdle) << "and nothing of a request yet";
  client_.sends(kRequest);
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(request().client_ip, "2001:db8::7");
}

TEST_F(ABalancer, MayBeCutAnywhere) {
  for (const std::string& header : {kLine, of_ipv6(), local()}) {
    const std::string all = header + kRequest;
    for (std::size_t cut = 1; cut < all.size(); ++cut) {
      connects(all.substr(0, cut));
      client_.sends(all.substr(cut));
      ASSERT_TRUE(is_offered(1)) << cut;
      EXPECT_EQ(request().client_ip == "127.0.0.1", header == local()) << cut;
      starts_over();
    }
  }
}

TEST_F(ABalancer, MayHalfCloseBehindTheRequest) {
  connects(kLine.substr(0, 10));
  client_.sends(kLine.substr(10) + kRequest);
  client_.half_closes();
  ASSERT_TRUE(is_offered(1));
  ScriptedService::answer(request(), 200, "x");
  EXPECT_TRUE(client_hears(answered("x", "close")));
}

// A header of the largest size is read whatever --max-header-size is, and takes nothing from it.
TEST_F(ABalancer, HasAHeaderBesideTheLimitOfTheRequestHead) {
  limits_.head.head_bytes_max = static_cast<std::uint32_t>(kRequest.size());
  const std::string padding(kProxyBlockBytesMax - test::ipv4_addresses().size() - 3, 'x');
  connects();
  client_.sends(
      test::binary(test::kProxied, test::kTcp4, test::ipv4_addresses() + test::tlv(4, padding)) +
      kRequest);
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(request().refused, std::nullopt);
  EXPECT_EQ(request().client_ip, "192.0.2.7");
}

// ---- what the client says of others

TEST_F(ABalancer, IsNotTheOneWhoIsTrusted) {
  trusted_ = {{.base = test::loopback(0).ip, .bits = 32}};
  connects(kLine + kRequest);
  EXPECT_FALSE(request().trusted);
}

TEST_F(ABalancer, IsTrustedWhereItNamesNobody) {
  trusted_ = {{.base = test::loopback(0).ip, .bits = 32}};
  connects(local() + kRequest);
  EXPECT_TRUE(request().trusted);
}

TEST_F(ABalancer, NamesAClientThatIsTrusted) {
  trusted_ = {{.base = os::parse_ip("192.0.2.0").value(), .bits = 24}};
  connects(kLine + kRequest);
  EXPECT_TRUE(request().trusted);
}

// ---- refused

TEST_F(ABalancer, WithoutAHeaderIsClosedWithoutAWord) {
  connects(kRequest);
  expect_closed_without_a_word();
}

TEST_F(ABalancer, WithABadHeaderIsClosedWithoutAWord) {
  const std::vector<std::string> bad = {
      "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n" + kRequest,
      "PROXY TCP4 ::1 ::1 1 2\r\n" + kRequest,
      "PROXY UNKNOWN " + std::string(kProxyLineBytesMax, 'x') + "\r\n" + kRequest,
      test::binary(test::kProxied, 0x12, test::ipv4_addresses()) + kRequest,
      test::summed(test::kProxied, test::kTcp4, test::ipv4_addresses(), 1) + kRequest,
      test::fixed_part(test::kProxied, test::kTcp4, kProxyBlockBytesMax + 1)};
  for (const std::string& first : bad) {
    connects(first);
    expect_closed_without_a_word();
    EXPECT_EQ(context_->proxy_refusals, 1U);
    starts_over();
  }
}

TEST_F(ABalancer, ThatEndsWithinItsHeaderIsClosed) {
  connects(kLine.substr(0, 20));
  EXPECT_EQ(server_->state(), State::kProxyHeader);
  client_.half_closes();
  expect_closed_without_a_word();
  EXPECT_EQ(context_->proxy_refusals, 1U);
}

TEST_F(ABalancer, ThatOnlyLooksWhetherSomebodyListensIsNotRefused) {
  connects();
  client_.half_closes();
  expect_closed_without_a_word();
  EXPECT_EQ(context_->proxy_refusals, 0U);
}

TEST_F(ABalancer, MayReset) {
  connects(kLine.substr(0, 20));
  client_.resets();
  EXPECT_TRUE(is_closed());
}

// ---- time

TEST_F(ABalancer, ThatStopsWithinItsHeaderIsClosedInTime) {
  limits_.header_timeout = milliseconds(60);
  const os::Time begin = os::now();
  connects(local().substr(0, 13));
  expect_closed_without_a_word();
  EXPECT_GE(os::now() - begin, limits_.header_timeout);
}

TEST_F(ABalancer, HasOneTimeForItsHeaderHoweverSteadilyItComes) {
  limits_.header_timeout = milliseconds(100);
  std::string header = test::fixed_part(test::kProxied, test::kUnspecified, kProxyBlockBytesMax);
  header.resize(kProxyHeaderBytesMax);
  connects();
  ASSERT_TRUE(test::run_until(
      reactor_,
      [&, at = std::size_t{0}]() mutable {
        if (!closed_ && at < header.size()) client_.sends({&header[at++], 1});
        test::run_for(reactor_, milliseconds(5));
        return closed_;
      },
      std::chrono::seconds(10)));
  EXPECT_EQ(service_.offered.size(), 0U);
}

TEST_F(ABalancer, WithNothingBehindItsHeaderIsClosedInTime) {
  limits_.header_timeout = milliseconds(60);
  connects(kLine);
  EXPECT_EQ(server_->state(), State::kIdle);
  expect_closed_without_a_word();
}

TEST_F(ABalancer, BringsAClientThatIsAnsweredWhereItsHeadTakesTooLong) {
  limits_.header_timeout = milliseconds(60);
  connects(kLine + "GET /");
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(request().refused, 408);
  EXPECT_EQ(request().client_ip, "192.0.2.7");
}

// ---- drained

class ADrainedBalancer : public ABalancer {
 protected:
  ADrainedBalancer() { limits_.drain_idle = milliseconds(30); }

  void drains() {
    context_->draining = true;
    server_->drain();
  }
  void expect_to_stay_for_a_while() {
    EXPECT_FALSE(closed_);
    EXPECT_TRUE(is_closed());
    EXPECT_EQ(context_->proxy_refusals, 0U) << "a drain is not the peer's fault";
  }
};

TEST_F(ADrainedBalancer, ThatBroughtOnlyAHeaderStaysForAWhile) {
  connects(kLine);
  EXPECT_EQ(server_->state(), State::kIdle);
  drains();
  expect_to_stay_for_a_while();
}

TEST_F(ADrainedBalancer, ThatBroughtAPartOfAHeaderStaysForAWhile) {
  connects(kLine.substr(0, 20));
  drains();
  expect_to_stay_for_a_while();
}

TEST_F(ADrainedBalancer, ThatWasSilentStaysForAWhile) {
  connects();
  EXPECT_EQ(server_->state(), State::kProxyHeader);
  drains();
  expect_to_stay_for_a_while();
}

TEST_F(ADrainedBalancer, WhoseHeaderNoTurnHasSeenYetStaysForAWhile) {
  connects();
  client_.sends(kLine);
  ASSERT_TRUE(test::wait_until_readable(near_));
  drains();
  EXPECT_EQ(server_->state(), State::kIdle);
  expect_to_stay_for_a_while();
}

TEST_F(ADrainedBalancer, WhoseHeaderWasOnItsWayIsServed) {
  limits_.drain_idle = milliseconds(10'000);
  connects();
  drains();
  client_.sends(kLine + kRequest);
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(request().client_ip, "192.0.2.7");
}

TEST_F(ADrainedBalancer, WhoseRequestNoTurnHasSeenYetIsServed) {
  connects();
  client_.sends(kLine + kRequest);
  ASSERT_TRUE(test::wait_until_readable(near_));
  drains();
  ASSERT_EQ(service_.offered.size(), 1U);
  EXPECT_EQ(request().client_ip, "192.0.2.7");
  ScriptedService::answer(request(), 200, "x");
  EXPECT_TRUE(client_hears(answered("x", "close")));
}

// ---- others

class AnyOtherPeer : public AServer {
 protected:
  AnyOtherPeer() { proxy_protocol_from_ = {{.base = test::loopback6(0).ip, .bits = 128}}; }
};

TEST_F(AnyOtherPeer, NeedsNoHeader) {
  connects(kRequest);
  ASSERT_EQ(service_.offered.size(), 1U);
  EXPECT_EQ(request().client_ip, "127.0.0.1");
}

TEST_F(AnyOtherPeer, IsNotBelieved) {
  for (const std::string& forged : {kLine, std::string("PROXY UNKNOWN\r\n"), of_ipv6(), local()}) {
    connects(forged + kRequest);
    ASSERT_TRUE(is_offered(1));
    EXPECT_EQ(request().refused, 400);
    EXPECT_EQ(request().client_ip, "127.0.0.1");
    starts_over();
  }
}

}  // namespace
}  // namespace lb::downstream
