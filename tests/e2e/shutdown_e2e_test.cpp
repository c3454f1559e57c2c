// How the balancer leaves: what is in flight finishes, what is idle is told, nothing waits for
// ever.

#include <algorithm>
#include <csignal>

#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/text.h"

namespace lb::e2e {
namespace {

constexpr const char* kLeaving = "gracefully shutting down server";

class Shutdown : public Balanced {
 protected:
  void begins_to_leave() {
    balancer().signal(SIGINT);
    balancer().waits_for_log(kLeaving);
  }
  // Whether a line that was logged while leaving has this number in it.
  [[nodiscard]] bool leaving_log_tells(int number) {
    const std::string form = "(^|[^0-9])" + std::to_string(number) + "([^0-9]|$)";
    const std::vector<std::string> lines = balancer().log();
    const auto leaving = std::ranges::find_if(
        lines, [](const std::string& line) { return line.contains(kLeaving); });
    return std::any_of(leaving, lines.end(), [&](const std::string& line) {
      const std::size_t message = line.find(" - ", line.find(" - ") + 1);
      return message != std::string::npos && contains_match(line.substr(message), form);
    });
  }
};

TEST_F(Shutdown, SigintAndSigtermEndAnIdleBalancerWithZero) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Lb& lb = starts();
    EXPECT_EQ(client().gets("/").status, 200);
    lb.signal(signal);
    EXPECT_EQ(lb.waits_for_exit(), 0);
    EXPECT_EQ(lb.count_of_logged(kLeaving), 1U);
    EXPECT_TRUE(lb.log().back().ends_with(" - INFO - server shutdown complete"));
  }
}

TEST_F(Shutdown, ARequestInFlightIsFinished) {
  origin.plays(when_let_go);
  Client one = client();
  one.sends(get("/"));
  origin.waits_for_requests(1);
  begins_to_leave();
  let_go.happens();
  const Response response = one.reads_response();
  EXPECT_EQ(response.body, "finished");
  EXPECT_TRUE(response.lists("Connection", "close"));
  EXPECT_EQ(one.reads_end(), End::kClosed);
  EXPECT_EQ(balancer().waits_for_exit(), 0);
}

TEST_F(Shutdown, AnUploadInFlightIsFinished) {
  origin.plays(echoes());
  Client one = client();
  one.sends(post_head("/", 6) + "one");
  origin.waits_for_requests(1);
  begins_to_leave();
  one.sends("two");
  EXPECT_EQ(one.reads_response("POST").body, "onetwo");
  EXPECT_EQ(balancer().waits_for_exit(), 0);
}

TEST_F(Shutdown, NewConnectionsAreRefusedMeanwhile) {
  origin.plays(when_let_go);
  Client one = client();
  one.sends(get("/"));
  origin.waits_for_requests(1);
  begins_to_leave();
  waits_until("connects are refused", [this] { return is_refused(port()); });
  let_go.happens();
  EXPECT_EQ(one.reads_response().status, 200);
  EXPECT_EQ(balancer().waits_for_exit(), 0);
}

TEST_F(Shutdown, ARequestOnAnIdleConnectionIsStillServedForAWhile) {
  starts({"--drain-idle", "1m", "--drain-timeout", "2m"});
  Client one = client();
  EXPECT_EQ(one.gets("/").status, 200);
  begins_to_leave();
  const Response response = one.gets("/late");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.lists("Connection", "close"));
  EXPECT_EQ(one.reads_end(), End::kClosed);
  EXPECT_EQ(balancer().waits_for_exit(), 0) << "the last one out ends it";
}

TEST_F(Shutdown, AnIdleConnectionDoesNotHoldItUp) {
  Client one = client();
  EXPECT_EQ(one.gets("/").status, 200);
  begins_to_leave();
  EXPECT_EQ(one.reads_end(), End::kClosed);
  EXPECT_EQ(balancer().waits_for_exit(), 0);
}

TEST_F(Shutdown, TheFirstRequestOfAConnectionIsStillServedForAWhile) {
  starts({"--drain-idle", "1m", "--drain-timeout", "2m"});
  Client silent = client();
  EXPECT_EQ(client().gets("/").status, 200);
  begins_to_leave();
  const Response response = silent.gets("/late");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.lists("Connection", "close"));
  EXPECT_EQ(balancer().waits_for_exit(), 0);
}

TEST_F(Shutdown, AConnectionThatNeverAskedDoesNotHoldItUp) {
  Client silent = client();
  EXPECT_EQ(client().gets("/").status, 200);
  begins_to_leave();
  EXPECT_EQ(silent.reads_end(), End::kClosed);
  EXPECT_EQ(balancer().waits_for_exit(), 0);
}

TEST_F(Shutdown, ARequestSentBeforeTheSignalIsServed) {
  starts({"--drain-idle", "1m", "--drain-timeout", "2m"});
  for (int i = 0; i < 20; ++i) {
    Client one = client();
    one.sends(get("/"));
    if (i == 19) balancer().signal(SIGINT);
    EXPECT_EQ(one.reads_response().status, 200) << i;
  }
  EXPECT_EQ(balancer().waits_for_exit(), 0);
}

TEST_F(Shutdown, WhatTakesTooLongIsCutAndCounted) {
  starts({"--drain-timeout", "300ms"});
  origin.plays(hangs());
  Client first = client();
  Client second = client();
  first.sends(get("/"));
  second.sends(get("/"));
  origin.waits_for_requests(2);
  begins_to_leave();
  EXPECT_EQ(balancer().waits_for_exit(), 3);
  EXPECT_TRUE(leaving_log_tells(2));
  EXPECT_NE(first.reads_end(), End::kNotAfterBytes);
}

TEST_F(Shutdown, ASecondSignalCutsTheRest) {
  for (const int signal : {SIGINT, SIGTERM}) {
    starts({"--drain-timeout", "10m"});
    origin.plays(hangs());
    Client one = client();
    const std::size_t before = origin.request_count();
    one.sends(get("/"));
    origin.waits_for_requests(before + 1);
    begins_to_leave();
    balancer().signal(signal);
    EXPECT_EQ(balancer().waits_for_exit(), 3);
    EXPECT_TRUE(leaving_log_tells(1));
  }
}

// Servers are checked to the end.
TEST_F(Shutdown, ARequestLeavesAServerThatDiesMeanwhile) {
  Origin other(tells("from the other"));
  origin.plays(hangs());
  Lb lb(Balancing{.servers = names_of(origin, other),
                  .options = {"--health-interval", "100ms", "--health-timeout", "100ms",
                              "--health-fast-interval", "50ms"}});
  Client one(lb.port());
  Client two(lb.port());
  one.sends(get("/"));
  two.sends(get("/"));
  origin.waits_for_requests(1);
  lb.signal(SIGTERM);
  lb.waits_for_log(kLeaving);
  origin.answers_health_checks(hangs());
  EXPECT_EQ(one.reads_response().body, "from the other");
  EXPECT_EQ(two.reads_response().body, "from the other");
  EXPECT_EQ(lb.waits_for_exit(), 0);
}

TEST_F(Shutdown, SighupAndSigpipeDoNotEndIt) {
  Lb& lb = starts();
  lb.signal(SIGHUP);
  lb.signal(SIGPIPE);
  EXPECT_EQ(client().gets("/").status, 200);
  EXPECT_EQ(lb.shuts_down(), 0);
}

TEST_F(Shutdown, ItLeavesWhileServersHangInTheirChecks) {
  origin.answers_health_checks(hangs());
  Lb lb({"--servers", origin.name(), "--health-timeout", "10m"});
  origin.waits_for_health_checks(1);
  EXPECT_EQ(lb.shuts_down(), 0);
}

}  // namespace
}  // namespace lb::e2e
