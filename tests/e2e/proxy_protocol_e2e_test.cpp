// A balancer in front that passes connections on unread, and says by the PROXY protocol whose they
// are.

#include <chrono>

#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/fresh_path.h"
#include "tests/e2e/support/test_server.h"
#include "tests/unit/support/proxy_headers.h"

namespace lb::e2e {
namespace {

using test::binary;
using test::kProxied;
using test::kTcp4;
using test::kTcp6;
using test::summed;
using test::tlv;

const std::string kLine(test::kLineOfIpv4);

// Connections of this machine begin with a header.
class ProxyProtocol : public Balanced {
 protected:
  Lb& starts_behind(const std::string& peers, Arguments options = {}) {
    options.insert(options.end(), {"--proxy-protocol-from", peers});
    return starts(options);
  }
  void SetUp() override { starts_behind("127.0.0.0/8"); }

  // A request behind these bytes, in one piece; the head in which it reaches the origin.
  RequestHead forwarded(const std::string& header, std::string_view fields = {}) {
    Client one = client();
    one.sends(header + get("/x", fields));
    EXPECT_EQ(one.reads_response().status, 200);
    return origin.requests().back().head;
  }
  std::string forwarded_for(const std::string& header) {
    return forwarded(header).value("X-Forwarded-For");
  }
  // The end of a connection that begins so, before which nothing was said.
  void expect_closed(const std::string& bytes) {
    Client one = client();
    one.sends(bytes);
    EXPECT_NE(one.reads_end(), End::kNotAfterBytes) << testing::PrintToString(bytes);
    EXPECT_EQ(origin.request_count(), 0U);
  }
};

TEST_F(ProxyProtocol, TheClientIsWhoTheHeaderNames) {
  EXPECT_EQ(forwarded_for(kLine), "192.0.2.7");
  EXPECT_EQ(forwarded_for(std::string(test::kLineOfIpv6)), "2001:db8::7");
  EXPECT_EQ(forwarded_for(binary(kProxied, kTcp4, test::ipv4_addresses())), "192.0.2.7");
  EXPECT_EQ(forwarded_for(binary(kProxied, kTcp6, test::ipv6_addresses())), "2001:db8::7");
  EXPECT_EQ(forwarded_for(binary(kProxied, test::kUnixStream, test::unix_addresses())), "unix:");
}

TEST_F(ProxyProtocol, WhoNamesNobodyIsTheClientItself) {
  EXPECT_EQ(forwarded_for("PROXY UNKNOWN\r\n"), "127.0.0.1");
  EXPECT_EQ(forwarded_for(binary(test::kLocal, test::kUnspecified, "")), "127.0.0.1");
  EXPECT_EQ(forwarded_for(binary(kProxied, test::kUnspecified, "")), "127.0.0.1");
}

TEST_F(ProxyProtocol, MoreThanAddressesIsSkippedAndItsChecksumVerified) {
  const std::string block = test::ipv6_addresses() + tlv(1, "http/1.1") + tlv(0xee, "own");
  EXPECT_EQ(forwarded_for(binary(kProxied, kTcp6, block)), "2001:db8::7");
  EXPECT_EQ(forwarded_for(summed(kProxied, kTcp6, block)), "2001:db8::7");
}

TEST_F(ProxyProtocol, EveryFieldAndTheAccessLogTellTheNamedAddress) {
  starts_behind("127.0.0.1", {"--forwarded", "both", "--access-log", "-"});
  const RequestHead head = forwarded(binary(kProxied, kTcp6, test::ipv6_addresses()));
  EXPECT_EQ(head.value("X-Forwarded-For"), "2001:db8::7");
  EXPECT_TRUE(head.value("Forwarded").starts_with("for=\"[2001:db8::7]\";")) << head.raw;
  EXPECT_TRUE(balancer().waits_for_output("/x").starts_with("2001:db8::7 - - ["));
}

TEST_F(ProxyProtocol, AHeaderComesOnceForAConnection) {
  Client one = client();
  one.sends(kLine + get("/1"));
  EXPECT_EQ(one.reads_response().status, 200);
  EXPECT_EQ(one.gets("/2").status, 200);
  EXPECT_EQ(one.gets("/3").status, 200);
  for (const auto& request : origin.requests()) {
    EXPECT_EQ(request.head.value("X-Forwarded-For"), "192.0.2.7");
  }
  one.sends(kLine + get("/4"));
  EXPECT_EQ(one.reads_response().status, 400);
  EXPECT_EQ(origin.request_count(), 3U);
}

TEST_F(ProxyProtocol, AHeaderMayComeInSingleOctets) {
  for (const std::string& header : {kLine, summed(kProxied, kTcp4, test::ipv4_addresses())}) {
    Client one = client();
    one.drips(header + get("/"));
    EXPECT_EQ(one.reads_response().status, 200);
    EXPECT_EQ(origin.requests().back().head.value("X-Forwarded-For"), "192.0.2.7");
  }
}

TEST_F(ProxyProtocol, AHeaderDoesNotCountIntoTheRequestHead) {
  starts_behind("127.0.0.1", {"--max-header-size", "1k"});
  const std::string padding(4 * 1024 - test::ipv4_addresses().size() - 3, 'x');
  EXPECT_EQ(forwarded_for(binary(kProxied, kTcp4, test::ipv4_addresses() + tlv(4, padding))),
            "192.0.2.7");
}

TEST_F(ProxyProtocol, ABalancerOverIpv6IsTheSame) {
  if (!has_ipv6()) GTEST_SKIP() << "no ::1 here";
  Lb lb({"--servers", origin.name(), "--listen", "[::1]:0", "--proxy-protocol-from", "::1"},
        Start::kAsGiven);
  lb.waits_until_up(origin.name());
  Client one(lb.port(), {.ip = "::1"});
  one.sends(std::string(test::kLineOfIpv6) + get("/"));
  EXPECT_EQ(one.reads_response().status, 200);
  EXPECT_EQ(origin.request().head.value("X-Forwarded-For"), "2001:db8::7");
}

TEST_F(ProxyProtocol, OnlyThePeersThatAreListedNeedAHeader) {
  if (!has_ipv6()) GTEST_SKIP() << "no ::1 here";
  Lb lb({"--servers", origin.name(), "--listen", ":0", "--proxy-protocol-from", "127.0.0.1"},
        Start::kAsGiven);
  lb.waits_until_up(origin.name());
  Client one(lb.port());
  one.sends(kLine + get("/"));
  EXPECT_EQ(one.reads_response().status, 200);
  Client other(lb.port(), {.ip = "::1"});
  EXPECT_EQ(other.gets("/").status, 200);
  EXPECT_EQ(origin.requests().back().head.value("X-Forwarded-For"), "::1");
}

TEST_F(ProxyProtocol, ABalancerOnAUnixSocketIsTheSame) {
  const std::string path = fresh_path("proxied");
  Lb lb({"--servers", origin.name(), "--listen", "unix:" + path, "--proxy-protocol-from", "unix:"},
        Start::kAsGiven);
  lb.waits_until_up(origin.name());
  Client one(0, {.unix_path = path});
  one.sends(kLine + get("/"));
  EXPECT_EQ(one.reads_response().status, 200);
  EXPECT_EQ(origin.request().head.value("X-Forwarded-For"), "192.0.2.7");
  Client other(0, {.unix_path = path});
  other.sends(get("/"));
  EXPECT_NE(other.reads_end(), End::kNotAfterBytes);
}

// ---- who is believed

TEST_F(ProxyProtocol, TrustIsOfTheNamedAddress) {
  constexpr std::string_view kClaim = "X-Forwarded-For: 6.6.6.6\r\n";
  starts_behind("127.0.0.1", {"--trusted-proxies", "127.0.0.1"});
  EXPECT_EQ(forwarded(kLine, kClaim).values("X-Forwarded-For"),
            std::vector<std::string>{"192.0.2.7"});
  starts_behind("127.0.0.1", {"--trusted-proxies", "192.0.2.0/24"});
  EXPECT_EQ(forwarded(kLine, kClaim).values("X-Forwarded-For"),
            (std::vector<std::string>{"6.6.6.6", "192.0.2.7"}));
}

TEST_F(ProxyProtocol, AForgedHeaderIsABadRequest) {
  starts_behind("10.0.0.0/8");
  for (const std::string& forged :
       {kLine, std::string("PROXY UNKNOWN\r\n"), binary(kProxied, kTcp4, test::ipv4_addresses()),
        binary(test::kLocal, test::kUnspecified, "")}) {
    Client one = client();
    one.sends(forged + get("/"));
    EXPECT_EQ(one.reads_response().status, 400) << testing::PrintToString(forged);
    EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
  }
  EXPECT_EQ(origin.request_count(), 0U);
  EXPECT_EQ(client().gets("/").status, 200) << "others are served as ever";
}

TEST_F(ProxyProtocol, WithoutTheFlagNobodyIsBelieved) {
  starts();
  Client one = client();
  one.sends(kLine + get("/"));
  EXPECT_EQ(one.reads_response().status, 400);
}

// ---- what is no header

TEST_F(ProxyProtocol, WhatIsNoHeaderIsClosedWithoutAWord) {
  expect_closed(get("/"));
  expect_closed("PROXY TCP4 192.0.2.7 198.51.100.1 5123 80\n" + get("/"));
  expect_closed("PROXY TCP6 192.0.2.7 198.51.100.1 5123 80\r\n" + get("/"));
  expect_closed("PROXY UNKNOWN " + std::string(94, 'x') + "\r\n" + get("/"));
  expect_closed(binary(kProxied, 0x12, test::ipv4_addresses()) + get("/"));
  expect_closed(binary(kProxied, kTcp4, test::ipv4_addresses() + "\x04") + get("/"));
  expect_closed(summed(kProxied, kTcp4, test::ipv4_addresses(), 1) + get("/"));
  expect_closed(test::fixed_part(kProxied, kTcp4, 4097));
}

TEST_F(ProxyProtocol, AHeaderThatIsCutIsClosedWithoutAWord) {
  const std::string header = binary(kProxied, kTcp6, test::ipv6_addresses());
  for (const std::string& cut : {kLine.substr(0, 20), header.substr(0, 40)}) {
    Client one = client();
    one.sends(cut);
    one.half_closes();
    EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
  }
  EXPECT_EQ(origin.request_count(), 0U);
}

TEST_F(ProxyProtocol, AHeaderThatStopsIsClosedInTime) {
  starts_behind("127.0.0.1", {"--header-timeout", "300ms"});
  const auto begin = std::chrono::steady_clock::now();
  expect_closed(binary(kProxied, kTcp6, test::ipv6_addresses()).substr(0, 40));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(290));
}

TEST_F(ProxyProtocol, TheLogTellsWhyButNotOfEach) {
  constexpr int kMany = 50;
  constexpr std::string_view kSays = "closed a connection of 127.0.0.1 over its PROXY header: ";
  starts_behind("127.0.0.1", {"--verbose"});
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kMany; ++i) expect_closed(get("/"));
  const std::string line = balancer().waits_for_log(kSays);
  EXPECT_TRUE(line.contains(" - DEBUG - ")) << line;
  EXPECT_TRUE(line.ends_with("there is none (1 so far)")) << line;
  EXPECT_EQ(balancer().shuts_down(), 0);
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
  EXPECT_LE(balancer().count_of_logged(kSays), static_cast<std::size_t>(seconds.count()));
}

// ---- the drain

TEST_F(ProxyProtocol, AConnectionThatBroughtOnlyAHeaderDoesNotHoldUpTheDrain) {
  starts_behind("127.0.0.1", {"--drain-timeout", "2m"});
  Client silent = client();
  silent.sends(kLine);
  EXPECT_EQ(forwarded_for(kLine), "192.0.2.7");  // behind the other one in the same backlog
  EXPECT_EQ(balancer().shuts_down(), 0);
  EXPECT_NE(silent.reads_end(), End::kNotAfterBytes);
}

}  // namespace
}  // namespace lb::e2e
