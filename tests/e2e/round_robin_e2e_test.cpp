// Round robin per request, and exact: over any window in which the set of up servers does not
// change, counts differ by at most one.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "tests/e2e/support/client.h"
#include "tests/e2e/support/event.h"
#include "tests/e2e/support/lb.h"
#include "tests/e2e/support/origin.h"
#include "tests/e2e/support/parallel.h"

namespace lb::e2e {
namespace {

class RoundRobin : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> all() const { return names_of(a, b, c); }
  [[nodiscard]] Origin& by_name(const std::string& name) {
    return name == "a" ? a : name == "b" ? b : c;
  }

  Origin a{tells("a")};
  Origin b{tells("b")};
  Origin c{tells("c")};
};

TEST_F(RoundRobin, ThreeRequestsOnOneConnectionReachThreeServers) {
  Lb lb(Balancing{.servers = all(), .options = {}});
  Client client(lb.port());
  std::vector<std::string> told;
  told.reserve(3);
  for (int i = 0; i < 3; ++i) told.push_back(client.gets("/").body);
  const std::vector<std::string> first_round = told;
  std::ranges::sort(told);
  EXPECT_EQ(told, (std::vector<std::string>{"a", "b", "c"}));
  for (const std::string& server : first_round) EXPECT_EQ(client.gets("/").body, server);
}

TEST_F(RoundRobin, OneCursorServesAllConnections) {
  Lb lb(Balancing{.servers = all(), .options = {}});
  for (int i = 0; i < 30; ++i) EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_EQ(a.request_count(), 10U);
  EXPECT_EQ(b.request_count(), 10U);
  EXPECT_EQ(c.request_count(), 10U);
}

TEST_F(RoundRobin, CountsAreEqualUnderConcurrencyToo) {
  Lb lb(Balancing{.servers = all(), .options = {}});
  const std::uint16_t port = lb.port();
  in_parallel(8, [port] {
    Client client(port);
    for (int n = 0; n < 30; ++n) EXPECT_EQ(client.gets("/").status, 200);
  });
  EXPECT_EQ(a.request_count(), 80U);
  EXPECT_EQ(b.request_count(), 80U);
  EXPECT_EQ(c.request_count(), 80U);
}

TEST_F(RoundRobin, ABusyServerKeepsItsTurn) {
  Event go("the slow answers are let go");
  a.plays([=](Exchange& exchange) {
    go.waits();
    exchange.answers(200, "a");
  });
  Lb lb(Balancing{.servers = all(), .options = {}});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 9; ++i) {
    clients.push_back(std::make_unique<Client>(lb.port()));
    clients.back()->sends(get("/"));
  }
  a.waits_for_requests(3);
  b.waits_for_requests(3);
  c.waits_for_requests(3);
  go.happens();
  for (const auto& client : clients) EXPECT_EQ(client->reads_response().status, 200);
  EXPECT_EQ(a.request_count(), 3U);
}

TEST_F(RoundRobin, AServerThatIsDownIsSkipped) {
  b.answers_health_checks(answers(404, ""));
  Lb lb({"--servers", list_of(all())});
  lb.waits_until_up(a.name());
  lb.waits_until_up(c.name());
  lb.waits_until_down(b.name());
  Client client(lb.port());
  for (int i = 0; i < 30; ++i) EXPECT_EQ(client.gets("/").status, 200);
  EXPECT_EQ(a.request_count(), 15U);
  EXPECT_EQ(b.request_count(), 0U);
  EXPECT_EQ(c.request_count(), 15U);
}

TEST_F(RoundRobin, ARepeatAdvancesTheCursorToo) {
  Lb lb(Balancing{.servers = all(), .options = {}});
  Client client(lb.port());
  std::vector<std::string> order;
  order.reserve(3);
  for (int i = 0; i < 3; ++i) order.push_back(client.gets("/").body);
  // The next turn is that of the first in order. It refuses, so the second serves in its place,
  // and the request after that belongs to the third.
  by_name(order[0]).dies();
  EXPECT_EQ(client.gets("/").body, order[1]);
  EXPECT_EQ(client.gets("/").body, order[2]);
}

TEST_F(RoundRobin, WithNobodyUpTheAnswerIs503AtOnceAndTellsTheCure) {
  for (Origin* origin : {&a, &b, &c}) origin->answers_health_checks(answers(404, ""));
  Lb lb({"--servers", list_of(all())});
  for (const std::string& name : all()) lb.waits_until_down(name);
  Client client(lb.port());
  const Response response = client.gets("/");
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.complete);
  EXPECT_TRUE(response.body.contains("--health-path")) << response.body;
  EXPECT_LT(response.body.size(), 1024U);
  EXPECT_EQ(a.request_count() + b.request_count() + c.request_count(), 0U);
}

TEST_F(RoundRobin, A503ToHeadHasNoBody) {
  for (Origin* origin : {&a, &b, &c}) origin->answers_health_checks(answers(404, ""));
  Lb lb({"--servers", list_of(all())});
  for (const std::string& name : all()) lb.waits_until_down(name);
  Client client(lb.port());
  client.sends("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.reads_response("HEAD").status, 503);
  EXPECT_EQ(client.reads_end(), End::kClosed);
}

}  // namespace
}  // namespace lb::e2e
