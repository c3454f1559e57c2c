// Many connections, and nothing left behind.

#include <sys/resource.h>

#include <algorithm>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

Script answers_after(const Event& event) {
  return [event](Exchange& exchange) {
    event.waits(Deadline(2 * kPatience));
    exchange.answers(200, "");
  };
}

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

// Every connection to the slow server is busy, many to the quick one are idle: they must give way,
// because their descriptors are the last ones.
TEST_F(Resources, IdleConnectionsGiveWayWhenDescriptorsRunOut) {
  // UBSan asks a pipe whether the memory of an object may be read: with no descriptor left for one
  // it takes every first virtual call for a wild one.
  if (kSanitized) GTEST_SKIP() << "a sanitized build needs descriptors of its own";
  if (!may_open(2000)) GTEST_SKIP() << "too few descriptors are allowed here";
  constexpr std::size_t kDescriptors = 256;
  constexpr std::size_t kClients = 110;
  Surroundings few;
  few.descriptors_hard_max = kDescriptors;
  Origin quick;
  Lb lb(Balancing{.servers = names_of(origin, quick),
                  .options = {"--max-connections", std::to_string(kClients),
                              "--upstream-keepalive-timeout", "10m"}},
        few);
  std::vector<Client> clients;
  clients.reserve(kClients);
  while (clients.size() < kClients) clients.emplace_back(lb.port());

  // A first round makes as many connections to each server as it has requests at once.
  Event all_there("all requests of the first round are there");
  for (Origin* one : {&origin, &quick}) one->plays(answers_after(all_there));
  for (Client& one : clients) one.sends(get("/"));
  origin.waits_for_requests(kClients / 2);
  quick.waits_for_requests(kClients / 2);
  all_there.happens();
  for (Client& one : clients) EXPECT_EQ(one.reads_response().status, 200);

  // Then each client asks until it waits for the slow server.
  Event go("the slow server may answer");
  origin.plays(answers_after(go));
  quick.plays(tells("quick"));
  for (Client& one : clients) {
    for (;;) {
      const std::size_t slow_before = origin.request_count();
      const std::size_t quick_before = quick.request_count();
      one.sends(get("/"));
      waits_until("a server has the request", [&] {
        return origin.request_count() > slow_before || quick.request_count() > quick_before;
      });
      if (origin.request_count() > slow_before) break;
      EXPECT_EQ(one.reads_response().status, 200);
    }
  }
  go.happens();
  for (Client& one : clients) EXPECT_EQ(one.reads_response().status, 200);
}

// Clients hold all descriptors; none is left to ask a server with.
TEST_F(Resources, ARequestThatFindsNoDescriptorIsAnswered503) {
  if (kSanitized) GTEST_SKIP() << "a sanitized build needs descriptors of its own";
  if (!may_open(500)) GTEST_SKIP() << "too few descriptors are allowed here";
  Surroundings few;
  few.descriptors_hard_max = 64;
  Lb lb(Balancing{.servers = names_of(origin),
                  .options = {"--max-connections", "1000", "--upstream-keepalive", "0",
                              "--health-interval", "10m"}},
        few);
  std::vector<Client> clients;
  while (clients.size() < 100) clients.emplace_back(lb.port());
  lb.waits_for_log("cannot accept connections for now");
  for (int i = 0; i < 3; ++i) {
    const Response response = clients.front().gets("/");
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.body.contains("lb is out of file descriptors")) << response.body;
  }
  lb.waits_for_log("a request was answered with 503: out of file descriptors");
  EXPECT_EQ(origin.request_count(), 0U);
  clients.erase(clients.begin() + 1, clients.end());
  waits_until("requests are served again", [&] { return clients.front().gets("/").status == 200; });
}

}  // namespace
}  // namespace lb::e2e
