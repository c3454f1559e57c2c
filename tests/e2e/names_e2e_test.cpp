// Servers by every kind of name, and the addresses at which the balancer itself listens.

#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/fresh_path.h"

namespace lb::e2e {
namespace {

// With both addresses of localhost, as on most machines; the one that runs the tests may have one
// only.
class Localhost : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_ipv6()) GTEST_SKIP() << "this machine has no ::1";
    if (!Process::can_have_hosts()) GTEST_SKIP() << "no user namespaces here";
    both_addresses.hosts = "127.0.0.1 localhost\n::1 localhost\n";
  }

  Surroundings both_addresses;
};

TEST_F(Localhost, ABackendOnIpv4OnlyIsUpAndServes) {
  Origin origin(tells("four"), Place::localhost_on_ipv4());
  Lb lb(Balancing{.servers = names_of(origin), .options = {}}, both_addresses);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Client(lb.port()).gets("/").body, "four");
  EXPECT_EQ(origin.health_check_count(), 1U);
}

TEST_F(Localhost, ABackendOnIpv6OnlyIsUpAndServes) {
  Origin origin(tells("six"), Place::localhost_on_ipv6());
  Lb lb(Balancing{.servers = names_of(origin), .options = {}}, both_addresses);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Client(lb.port()).gets("/").body, "six");
}

TEST_F(Localhost, TheAddressThatWorkedLastGoesFirst) {
  Origin four(answers(200, "four", "Connection: close\r\n"), Place::localhost_on_ipv4());
  Lb lb(Balancing{.servers = names_of(four), .options = {}}, both_addresses);
  EXPECT_EQ(Client(lb.port()).gets("/").body, "four");
  const Origin six(tells("six"), Place::on_ipv6(four.port()));
  EXPECT_EQ(Client(lb.port()).gets("/").body, "four");
  four.dies();
  EXPECT_EQ(Client(lb.port()).gets("/").body, "six") << "the other one serves when it fails";
  EXPECT_EQ(Client(lb.port()).gets("/").body, "six");
}

TEST_F(Localhost, ItIsOneServerInTheRound) {
  Origin four(tells("four"), Place::localhost_on_ipv4());
  Origin other(tells("other"));
  Lb lb(Balancing{.servers = names_of(four, other), .options = {}}, both_addresses);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_EQ(four.request_count(), 5U);
  EXPECT_EQ(other.request_count(), 5U);
}

TEST_F(Localhost, ItListensAtBothAddressesAtOnePort) {
  Origin origin;
  Lb lb(Balancing{.servers = names_of(origin), .options = {}}, both_addresses);
  EXPECT_EQ(Client(lb.port(), {.ip = "127.0.0.1"}).gets("/").status, 200);
  EXPECT_EQ(Client(lb.port(), {.ip = "::1"}).gets("/").status, 200);
  EXPECT_EQ(lb.count_of_logged("server listening on localhost:"), 1U);
  EXPECT_EQ(origin.requests()[1].head.value("X-Forwarded-For"), "::1");
}

TEST_F(Localhost, TheSameAddressTwiceIsMerged) {
  both_addresses.hosts = "127.0.0.1 twice.test\n127.0.0.1 twice.test\n";
  Origin origin;
  Lb lb(Balancing{.servers = names_of(origin), .options = {"--host", "twice.test"}},
        both_addresses);
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

TEST(Names, AnIpv4AddressIsAHostToListenOn) {
  Origin origin;
  Lb lb(Balancing{.servers = names_of(origin), .options = {"--host", "127.0.0.1"}});
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

TEST(Names, AnIpv6AddressIsAHostToListenOn) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no ::1";
  Origin origin;
  Lb lb(Balancing{.servers = names_of(origin), .options = {"--host", "::1"}});
  EXPECT_EQ(Client(lb.port(), {.ip = "::1"}).gets("/").status, 200);
}

TEST(Names, AnIpv6ServerStandsInBrackets) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no ::1";
  Origin origin(tells("six"), Place::on_ipv6());
  Lb lb(Balancing{.servers = names_of(origin), .options = {}});
  EXPECT_EQ(Client(lb.port()).gets("/").body, "six");
  EXPECT_EQ(origin.health_checks().front().head.value("Host"), origin.name());
}

TEST(Names, AUnixSocketIsAServer) {
  Origin origin(tells("unix"), Place::on_unix(fresh_path("server")));
  Lb lb(Balancing{.servers = names_of(origin), .options = {}});
  Client client(lb.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.gets("/").body, "unix");
  EXPECT_EQ(origin.requests().back().index, 3) << "its connection is kept like any other";
}

TEST(Names, AUnixSocketThatNobodyListensOnIsDown) {
  Lb lb({"--servers", "unix:" + fresh_path("server")});
  EXPECT_TRUE(lb.waits_for_log("the following host is down unix:").contains(": "));
}

TEST(Names, ARangeOfPortsIsThatManyServers) {
  const std::uint16_t first = first_of_free_ports(3);
  const auto at = [](int port) { return Place::on_ipv4(static_cast<std::uint16_t>(port)); };
  Origin a(tells("a"), at(first));
  Origin b(tells("b"), at(first + 1));
  Origin c(tells("c"), at(first + 2));
  Lb lb({"--servers", "127.0.0.1:" + std::to_string(first) + '-' + std::to_string(first + 2)});
  for (const std::string& name : names_of(a, b, c)) lb.waits_until_up(name);
  Client client(lb.port());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(client.gets("/").status, 200);
  EXPECT_EQ(a.request_count(), 2U);
  EXPECT_EQ(b.request_count(), 2U);
  EXPECT_EQ(c.request_count(), 2U);
}

TEST(Names, TheFlagMayBeRepeatedAndTheServersMayHaveAScheme) {
  Origin a(tells("a"));
  Origin b(tells("b"));
  Lb lb({"-s", "http://" + a.name(), "--servers=" + b.name()});
  lb.waits_until_up(a.name());
  lb.waits_until_up(b.name());
}

TEST(Names, ANameThatDoesNotResolveEndsTheStart) {
  Surroundings hasty;
  hasty.environment = {"RES_OPTIONS=timeout:1 attempts:1"};
  Lb lb({"--servers", "no-such-host.invalid:80"}, Start::kAtPortZero, hasty);
  EXPECT_EQ(lb.waits_for_exit(Deadline(2 * kPatience)), 1);
  EXPECT_EQ(lb.count_of_logged("no-such-host.invalid"), 1U);
}

TEST(Names, AServerMayBeDownAtStart) {
  Origin dead;
  Origin alive(tells("alive"));
  dead.dies();
  Lb lb({"--servers", list_of(names_of(dead, alive))});
  lb.waits_until_down(dead.name());
  lb.waits_until_up(alive.name());
  EXPECT_EQ(Client(lb.port()).gets("/").body, "alive");
}

}  // namespace
}  // namespace lb::e2e
