// Connections to servers are kept, the newest is used first, and only a clean one is kept.

#include <atomic>
#include <memory>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

class Pool : public Balanced {
 protected:
  // The connection on which the origin saw the request for this target.
  [[nodiscard]] int connection_of(std::string_view target) const {
    for (const Received& request : origin.requests()) {
      if (request.head.target == target) return request.connection;
    }
    throw Failure("the origin never saw " + std::string(target));
  }

  // Has the first request answered in this way; the next must come on another connection.
  void expect_not_kept_after(const Script& script) {
    origin.plays(in_turn({script, tells("fresh")}));
    Client first = client();
    first.sends(get("/first"));
    EXPECT_EQ(first.reads_response().body, "ok");
    EXPECT_EQ(client().gets("/second").body, "fresh");
    EXPECT_NE(connection_of("/first"), connection_of("/second"));
  }
};

TEST_F(Pool, OneConnectionServesRequestsOfManyClients) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client().gets("/").status, 200);
  const std::vector<Received> requests = origin.requests();
  ASSERT_EQ(requests.size(), 5U);
  for (int i = 0; i < 5; ++i) {
    const Received& request = requests[static_cast<std::size_t>(i)];
    EXPECT_EQ(request.connection, requests.front().connection) << i;
    EXPECT_EQ(request.index, i + 1);
  }
}

TEST_F(Pool, ARequestWithABodyLeavesTheConnectionUsable) {
  origin.plays(echoes());
  Client one = client();
  one.sends(post_chunked("/", "some body", 3));
  EXPECT_EQ(one.reads_response("POST").body, "some body");
  EXPECT_EQ(one.gets("/").status, 200);
  EXPECT_EQ(origin.requests()[0].connection, origin.requests()[1].connection);
}

TEST_F(Pool, TheNewestIdleConnectionIsUsedFirst) {
  for (const bool in_order : {true, false}) {
    Event go_a("the answer to a is let go");
    Event go_b("the answer to b is let go");
    origin.plays([=](Exchange& exchange) {
      if (exchange.head().target.starts_with("/a")) go_a.waits();
      if (exchange.head().target.starts_with("/b")) go_b.waits();
      exchange.answers(200, "");
    });
    starts();
    const std::string round = in_order ? "1" : "2";
    Client a = client();
    a.sends(get("/a" + round));
    origin.waits_for_requests(in_order ? 1 : 4);
    Client b = client();
    b.sends(get("/b" + round));
    origin.waits_for_requests(in_order ? 2 : 5);
    (in_order ? go_a : go_b).happens();
    EXPECT_EQ((in_order ? a : b).reads_response().status, 200);
    (in_order ? go_b : go_a).happens();
    EXPECT_EQ((in_order ? b : a).reads_response().status, 200);
    EXPECT_EQ(client().gets("/next" + round).status, 200);
    EXPECT_EQ(connection_of("/next" + round), connection_of((in_order ? "/b" : "/a") + round));
  }
}

TEST_F(Pool, NotKeptAfterConnectionClose) {
  expect_not_kept_after(answers(200, "ok", "Connection: close\r\n"));
}

TEST_F(Pool, NotKeptAfterBytesBeyondTheResponse) {
  expect_not_kept_after(
      sends_and_stays("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
                      "Content-Length: 4\r\n\r\nevil"));
}

TEST_F(Pool, NotKeptAfterAnOldServersResponse) {
  expect_not_kept_after(sends_and_stays("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"));
}

TEST_F(Pool, NotKeptAfterAResponseThatEndsByClosing) {
  expect_not_kept_after(sends_and_closes("HTTP/1.1 200 OK\r\n\r\nok"));
}

TEST_F(Pool, BytesOnAnIdleConnectionEndIt) {
  Event go("the client has its response");
  Event gone("lb has closed the connection");
  origin.plays([=](Exchange& exchange) {
    exchange.answers(200, "ok");
    go.waits();
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    exchange.waits_for_close();
    gone.happens();
    exchange.closes();
  });
  EXPECT_EQ(client().gets("/first").body, "ok");
  go.happens();
  gone.waits();
  origin.plays(tells("fresh"));
  EXPECT_EQ(client().gets("/second").body, "fresh");
  EXPECT_NE(connection_of("/first"), connection_of("/second"));
}

TEST_F(Pool, ACloseOfAnIdleConnectionIsNoticed) {
  Event gone("lb has closed its side");
  origin.plays([=](Exchange& exchange) {
    exchange.answers(200, "ok");
    exchange.half_closes();
    exchange.waits_for_close();
    gone.happens();
    exchange.closes();
  });
  EXPECT_EQ(client().gets("/first").body, "ok");
  gone.waits();
  origin.plays(tells("fresh"));
  EXPECT_EQ(client().gets("/second").body, "fresh");
  EXPECT_NE(connection_of("/first"), connection_of("/second"));
}

TEST_F(Pool, IdleConnectionsAreClosedInTime) {
  starts({"--upstream-keepalive-timeout", "200ms"});
  Event gone("lb has closed the connection");
  origin.plays([=](Exchange& exchange) {
    exchange.answers(200, "ok");
    exchange.waits_for_close();
    gone.happens();
    exchange.closes();
  });
  EXPECT_EQ(client().gets("/").body, "ok");
  gone.waits();
}

TEST_F(Pool, NoneAreKeptWhereNoneMayBe) {
  starts({"--upstream-keepalive", "0"});
  Client one = client();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(one.gets("/").status, 200);
  for (const Received& request : origin.requests()) EXPECT_EQ(request.index, 1);
}

TEST_F(Pool, NoMoreAreKeptThanAllowed) {
  starts({"--upstream-keepalive", "1", "--upstream-keepalive-timeout", "5m"});
  Event go("all three are in flight");
  Event two_gone("lb has closed two of three");
  const auto closed = std::make_shared<std::atomic<int>>(0);
  origin.plays([=](Exchange& exchange) {
    go.waits();
    exchange.answers(200, "ok");
    exchange.waits_for_close();
    if (++*closed == 2) two_gone.happens();
    exchange.closes();
  });
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(client());
    clients.back().sends(get("/"));
  }
  origin.waits_for_requests(3);
  go.happens();
  for (Client& one : clients) EXPECT_EQ(one.reads_response().body, "ok");
  two_gone.waits();
}

}  // namespace
}  // namespace lb::e2e
