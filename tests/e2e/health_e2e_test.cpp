// Health checks: what they ask, when, and what they need for a verdict.

#include <algorithm>
#include <atomic>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

// The first check of each server happens; the next is far away unless a test says otherwise.
const Arguments kRare{"--health-interval", "10m", "--health-fast-interval", "10m"};

Arguments with(Arguments options, const Arguments& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

TEST(Health, TheCheckIsAWholeRequest) {
  Origin origin;
  Lb lb(Balancing{.servers = names_of(origin), .options = kRare});
  const RequestHead head = origin.health_checks().front().head;
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/health-check");
  EXPECT_EQ(head.version, "HTTP/1.1");
  EXPECT_EQ(head.value("Host"), origin.name());
  EXPECT_FALSE(head.value("User-Agent").empty());
  EXPECT_EQ(head.value("Connection"), "close");
}

TEST(Health, AllServersAreCheckedAtOnceAtStart) {
  Origin a;
  Origin b;
  Origin c;
  for (Origin* origin : {&a, &b, &c}) {
    origin->answers_health_checks([&](Exchange& exchange) {
      for (const Origin* one : {&a, &b, &c}) one->waits_for_health_checks(1);
      exchange.answers(200, "");
    });
  }
  Lb lb(
      Balancing{.servers = names_of(a, b, c), .options = with(kRare, {"--health-timeout", "1m"})});
  EXPECT_EQ(a.health_check_count() + b.health_check_count() + c.health_check_count(), 3U);
}

TEST(Health, ChecksGoOnAtTheirInterval) {
  Origin origin;
  Lb lb(Balancing{.servers = names_of(origin), .options = {"--health-interval", "50ms"}});
  origin.waits_for_health_checks(10);
}

TEST(Health, ChecksAreFasterWhileNobodyIsUp) {
  Origin origin;
  origin.answers_health_checks(in_turn({answers(404, ""), answers(404, ""), answers(200, "")}));
  Lb lb(Balancing{.servers = names_of(origin),
                  .options = {"--health-interval", "10m", "--health-fast-interval", "50ms"}});
  EXPECT_EQ(origin.health_check_count(), 3U);
}

TEST(Health, ChecksAreFasterWhileAResultContradictsTheState) {
  Origin doubtful;
  Origin other;
  doubtful.answers_health_checks(in_turn({answers(200, ""), hangs()}));
  Lb lb(Balancing{.servers = names_of(doubtful, other),
                  .options = {"--health-interval", "3s", "--health-fast-interval", "50ms",
                              "--health-timeout", "300ms", "--health-fall", "1000"}});
  doubtful.waits_for_health_checks(2);
  const auto start = Deadline::Clock::now();
  doubtful.waits_for_health_checks(8);
  EXPECT_LT(Deadline::Clock::now() - start, std::chrono::seconds{10});
}

// The simple backend of the field: no length, and it never closes.
TEST(Health, TheVerdictFallsAtTheEndOfTheHead) {
  Event closed("lb has closed the probe's connection");
  Origin origin;
  origin.answers_health_checks([=](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    exchange.waits_for_close();
    closed.happens();
    exchange.closes();
  });
  Lb lb(Balancing{.servers = names_of(origin), .options = with(kRare, {"--health-timeout", "1m"})});
  closed.waits();
}

TEST(Health, OneCheckAtATimeForEachServer) {
  const auto running = std::make_shared<std::atomic<int>>(0);
  Event go("the slow check may end");
  Origin slow;
  Origin clock;
  slow.answers_health_checks([=](Exchange& exchange) {
    EXPECT_EQ(++*running, 1);
    go.waits();
    --*running;
    exchange.answers(200, "");
  });
  Lb lb({"--servers", list_of(names_of(slow, clock)), "--health-interval", "30ms",
         "--health-timeout", "1m"});
  clock.waits_for_health_checks(10);
  EXPECT_EQ(slow.health_check_count(), 1U);
  go.happens();
  slow.waits_for_health_checks(3);
}

TEST(Health, AServerWithoutAVerdictIsUsedOnlyIfNoneIsKnownToBeUp) {
  Event go("the slow check may end");
  Origin slow(tells("slow"));
  Origin quick(tells("quick"));
  slow.answers_health_checks([=](Exchange& exchange) {
    go.waits();
    exchange.answers(200, "");
  });
  Lb lb(with({"--servers", list_of(names_of(slow, quick)), "--health-timeout", "1m"}, kRare));
  lb.waits_until_up(quick.name());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Client(lb.port()).gets("/").body, "quick");
  go.happens();
  lb.waits_until_up(slow.name());
  const std::string first = Client(lb.port()).gets("/").body;
  EXPECT_NE(Client(lb.port()).gets("/").body, first);
}

TEST(Health, AServerWithoutAVerdictIsBetterThanNone) {
  Event go("the check may end");
  Origin slow(tells("slow"));
  slow.answers_health_checks([=](Exchange& exchange) {
    go.waits();
    exchange.answers(200, "");
  });
  Lb lb(with({"--servers", slow.name(), "--health-timeout", "1m"}, kRare));
  slow.waits_for_health_checks(1);
  EXPECT_EQ(Client(lb.port()).gets("/").body, "slow");
  go.happens();
}

TEST(Health, ThePathCanBeChosen) {
  Origin origin;
  origin.answers_health_checks(answers(404, ""));
  Lb lb(Balancing{.servers = names_of(origin),
                  .options = with(kRare, {"--health-path", "/ready?deep=1"})});
  EXPECT_EQ(origin.request().head.target, "/ready?deep=1");
}

TEST(Health, PathNoneMeansConnectOnly) {
  Origin origin;
  origin.answers_health_checks(hangs());
  Origin dead;
  dead.dies();
  Lb lb({"--servers", list_of(names_of(origin, dead)), "--health-path", "none"});
  lb.waits_until_up(origin.name());
  lb.waits_until_down(dead.name());
  EXPECT_EQ(origin.health_check_count() + origin.request_count(), 0U);
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

TEST(Health, OnlyAStatusThatWasChosenIsGood) {
  Origin moved;
  Origin other;
  moved.answers_health_checks(answers(302, "", "Location: /login\r\n"));
  {
    Lb lb(with({"--servers", list_of(names_of(moved, other))}, kRare));
    lb.waits_until_down(moved.name());
    lb.waits_until_up(other.name());
  }
  Lb lb(Balancing{.servers = names_of(moved, other),
                  .options = with(kRare, {"--health-status", "200-399"})});
}

TEST(Health, InterimResponsesAreNoVerdict) {
  Origin origin;
  origin.answers_health_checks([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 103 Early Hints\r\n\r\n");
    exchange.answers(200, "");
  });
  Lb lb(Balancing{.servers = names_of(origin), .options = kRare});
}

TEST(Health, ALargeResponseIsNotReadToItsEnd) {
  Event closed("lb has closed the probe's connection");
  Origin origin;
  origin.answers_health_checks([=](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    try {
      for (;;) exchange.sends(pattern(0, kPatternPeriod));
    } catch (const WireError& error) {
      if (error.kind() == WireError::Kind::kReset) closed.happens();
      throw;
    }
  });
  Lb lb(Balancing{.servers = names_of(origin), .options = kRare});
  closed.waits();
}

// ---- while all are down, and without checks

TEST(Health, WhileAllAreDownTheAnswerIs503OrThatOfAServerTriedAllTheSame) {
  Origin a(tells("a"));
  Origin b(tells("b"));
  for (Origin* origin : {&a, &b}) origin->answers_health_checks(answers(500, ""));
  const Arguments servers{"--servers", list_of(names_of(a, b))};
  {
    Lb lb(with(servers, kRare));
    for (const std::string& name : names_of(a, b)) lb.waits_until_down(name);
    const Response response = Client(lb.port()).gets("/");
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.body.contains("no server is up")) << response.body;
    EXPECT_EQ(a.request_count() + b.request_count(), 0U);
  }
  Lb lb(with(with(servers, kRare), {"--all-down", "try"}));
  for (const std::string& name : names_of(a, b)) lb.waits_until_down(name);
  Client one(lb.port());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(one.gets("/").status, 200);
  EXPECT_EQ(a.request_count(), 3U);
  EXPECT_EQ(b.request_count(), 3U);
}

TEST(Health, TryingWhileAllAreDownPassesOverWhoRefuses) {
  Origin dead;
  Origin sick(tells("sick"));
  dead.dies();
  sick.answers_health_checks(answers(500, ""));
  Lb lb(with({"--servers", list_of(names_of(dead, sick)), "--all-down", "try"}, kRare));
  for (const std::string& name : names_of(dead, sick)) lb.waits_until_down(name);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Client(lb.port()).gets("/").body, "sick");
  sick.dies();
  EXPECT_EQ(Client(lb.port()).gets("/").status, 502);
}

TEST(Health, WithoutChecksEveryServerCountsAsUp) {
  Origin a(tells("a"));
  Origin dead;
  Origin b(tells("b"));
  dead.dies();
  Lb lb({"--servers", list_of(names_of(a, dead, b)), "--no-health"});
  Client one(lb.port());
  for (int i = 0; i < 8; ++i) EXPECT_EQ(one.gets("/").status, 200) << i;
  EXPECT_GE(a.request_count(), 2U);
  EXPECT_GE(b.request_count(), 2U);
  EXPECT_EQ(a.health_check_count() + b.health_check_count(), 0U);
  EXPECT_EQ(lb.shuts_down(), 0);
  EXPECT_EQ(lb.count_of_logged("performing health check"), 0U);
  EXPECT_EQ(lb.count_of_logged("host is up"), 0U);
}

}  // namespace
}  // namespace lb::e2e
