// Many connections, and nothing left behind.

#include <sys/resource.h>

#include <algorithm>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

class Resources : public Balanced {
 protected:
  void SetUp() override {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    descriptors_max_ = limit.rlim_max;
  }
  [[nodiscard]] bool may_open(std::size_t count) const { return descriptors_max_ >= count; }

 private:
  std::size_t descriptors_max_ = 0;
};

TEST_F(Resources, AThousandConnectionsAreServedAtOnce) {
  if (!may_open(5000)) GTEST_SKIP() << "too few descriptors are allowed here";
  Origin second;
  Origin third;
  Lb lb(Balancing{.servers = names_of(origin, second, third), .options = {}});
  std::vector<Client> clients;
  clients.reserve(1000);
  for (int i = 0; i < 1000; ++i) clients.emplace_back(lb.port());
  for (int round = 0; round < 3; ++round) {
    for (Client& client : clients) client.sends(get("/"));
    for (Client& client : clients) EXPECT_EQ(client.reads_response().body, "hello");
  }
  EXPECT_EQ(origin.request_count(), 1000U);
  EXPECT_EQ(second.request_count(), 1000U);
  EXPECT_EQ(third.request_count(), 1000U);
}

TEST_F(Resources, DescriptorsReturnToTheirBaseLine) {
  starts({"--upstream-keepalive", "0", "--keepalive-timeout", "5m"});
  Process& process = balancer().process();
  EXPECT_EQ(client().gets("/").status, 200);
  const std::size_t base = process.descriptor_count();
  for (int i = 0; i < 50; ++i) {
    Client polite = client();
    EXPECT_EQ(polite.gets("/", "Connection: close\r\n").status, 200);
    Client rude = client();
    rude.sends(get("/"));
    rude.resets();
    Client broken = client();
    broken.sends("bro ken\r\n\r\n");
    EXPECT_EQ(broken.reads_response().status, 400);
    Client half = client();
    half.sends("GET / HT");
  }
  waits_until("the descriptors are closed", [&] { return process.descriptor_count() <= base; });
}

TEST_F(Resources, ConnectionsLeftInTheMiddleOfBodiesAreClosed) {
  starts({"--upstream-keepalive", "0"});
  Process& process = balancer().process();
  EXPECT_EQ(client().gets("/").status, 200);
  const std::size_t base = process.descriptor_count();
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    for (int i = 0; i < 1000; ++i) exchange.sends(pattern(0, kPatternPeriod));
  });
  for (int i = 0; i < 20; ++i) {
    Client down = client();
    down.sends(get("/"));
    EXPECT_EQ(down.reads_head().status, 200);
    down.resets();
    Client up = client();
    up.sends(post_head("/", 1000) + "the first part");
  }
  waits_until("the descriptors are closed", [&] { return process.descriptor_count() <= base; });
}

TEST_F(Resources, IdleConnectionsCostLittleMemory) {
  if (kSanitized) GTEST_SKIP() << "a sanitized build has other figures";
  if (!may_open(3000)) GTEST_SKIP() << "too few descriptors are allowed here";
  constexpr std::size_t kConnections = 1000;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < 100; ++i) {
    clients.push_back(client());
    EXPECT_EQ(clients.back().gets("/").status, 200);
  }
  const std::size_t before = balancer().process().rss_bytes();
  while (clients.size() < 100 + kConnections) {
    clients.push_back(client());
    EXPECT_EQ(clients.back().gets("/").status, 200);
  }
  const std::size_t after = balancer().process().rss_bytes();
  EXPECT_LT(after - std::min(before, after), kConnections * 4096);
}

// The idle connections to a server that gets no more requests stand in the way of those to another.
TEST_F(Resources, IdleConnectionsGiveWayWhenDescriptorsRunOut) {
  if (!may_open(2000)) GTEST_SKIP() << "too few descriptors are allowed here";
  constexpr std::size_t kDescriptors = 256;
  constexpr std::size_t kClients = 110;
  Event first_go("the first round may be answered");
  Event second_go("the second round may be answered");
  const auto answers_after = [](const Event& go) {
    return [go](Exchange& exchange) {
      go.waits(Deadline(2 * kPatience));
      exchange.answers(200, "");
    };
  };
  Origin leaving;
  for (Origin* one : {&origin, &leaving}) one->plays(answers_after(first_go));
  Surroundings few;
  few.descriptors_hard_max = kDescriptors;
  Lb lb(Balancing{.servers = names_of(origin, leaving),
                  .options = {"--max-connections", std::to_string(kClients),
                              "--upstream-keepalive-timeout", "10m", "--health-interval", "200ms"}},
        few);
  const auto serve_all = [&](const Event& go, std::size_t at_origin) {
    std::vector<Client> clients;
    clients.reserve(kClients);
    for (std::size_t i = 0; i < kClients; ++i) {
      clients.emplace_back(lb.port());
      clients.back().sends(get("/"));
    }
    origin.waits_for_requests(at_origin);
    go.happens();
    for (Client& one : clients) EXPECT_EQ(one.reads_response().status, 200);
  };
  serve_all(first_go, kClients / 2);
  leaving.answers_health_checks(answers(500, ""));
  lb.waits_until_down(leaving.name());
  origin.plays(answers_after(second_go));
  serve_all(second_go, kClients / 2 + kClients);
}

}  // namespace
}  // namespace lb::e2e
