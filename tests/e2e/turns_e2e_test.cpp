// The reactor sleeps while nothing can be done: peers that are half-closed, paused or gone do not
// make it spin. Two witnesses: the number of its turns, which it tells at the end, and the
// processor time of the process while nothing happens.

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

constexpr std::chrono::seconds kWatched{1};
// A spinning reactor takes nearly all of a second, or half of it where two share a processor.
constexpr std::chrono::milliseconds kCpuMax{100};
// Starting, one check, a handful of requests, leaving, and a few timers a second. A spinning
// reactor makes tens of thousands in the time that is watched, even in a sanitized build.
constexpr std::size_t kTurnsMax = 300;
// The same after some tens of MiB went through at a few tens of KiB a turn.
constexpr std::size_t kBusyTurnsMax = 6000;

// Who can send nothing for so long is held back.
Deadline stuck_after() {
  return Deadline(std::chrono::milliseconds{500});
}

class Turns : public Balanced {
 protected:
  void SetUp() override { starts({"--log-level", "debug"}); }

  void expect_quiet() {
    const auto before = balancer().process().cpu_time();
    watches_for(kWatched);
    EXPECT_LT(balancer().process().cpu_time() - before, kCpuMax);
  }
  void expect_few_turns(std::size_t max = kTurnsMax) {
    const std::size_t turns = turns_made_by(balancer());
    EXPECT_GT(turns, 0U);
    EXPECT_LT(turns, max);
  }

  Event go{"the origin may go on"};
};

TEST_F(Turns, AreFewWhileIdle) {
  Client one = client();
  EXPECT_EQ(one.gets("/").status, 200);
  expect_quiet();
  expect_few_turns();
}

TEST_F(Turns, AreFewWhileAHalfClosedClientWaits) {
  origin.plays([event = go](Exchange& exchange) {
    event.waits();
    exchange.answers(200, "late");
  });
  Client one = client();
  one.sends(get("/"));
  one.half_closes();
  origin.waits_for_requests(1);
  expect_quiet();
  go.happens();
  EXPECT_EQ(one.reads_response().body, "late");
  expect_few_turns();
}

TEST_F(Turns, AreFewWhileAServerHalfClosedBeforeItsRequestIsWhole) {
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly");
    exchange.half_closes();
    exchange.waits_for_close();
    exchange.closes();
  });
  Client one = client();
  one.sends(post_head("/", 1000) + "the first part");
  EXPECT_EQ(one.reads_response("POST").body, "early");
  expect_quiet();
  one.closes();
  expect_few_turns();
}

TEST_F(Turns, AreFewWhileAServerWaitsForTheRestOfAnUpload) {
  Client one = client();
  one.sends(post_head("/", 1000) + "the first part");
  origin.waits_for_requests(1);
  expect_quiet();
  one.resets();
  expect_few_turns();
}

TEST_F(Turns, AreFewWhilePipelinedRequestsWait) {
  origin.plays([event = go](Exchange& exchange) {
    event.waits();
    exchange.answers(200, "late");
  });
  Client one = client();
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += get("/", "X-Filler: " + std::string(4000, 'x') + "\r\n");
  one.sends(requests);
  one.half_closes();
  origin.waits_for_requests(1);
  expect_quiet();
  go.happens();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(one.reads_response().body, "late");
  expect_few_turns();
}

class PausedTurns : public Turns {
 protected:
  // Sends without end; `stuck` happens when nothing more is taken, `gone` when it is cut.
  [[nodiscard]] Script endless() const {
    return [stuck = stuck, gone = gone](Exchange& exchange) {
      exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n");
      try {
        for (;;) {
          if (exchange.wire().sends_some(pattern(0, kPatternPeriod), stuck_after()) == 0) {
            stuck.happens();
          }
        }
      } catch (const WireError&) {
        gone.happens();
        throw;
      }
    };
  }

  Event stuck{"the origin can send no more"};
  Event gone{"the origin's connection is cut"};
};

TEST_F(PausedTurns, AreFewWhileAClientDoesNotRead) {
  origin.plays(endless());
  Client one = client();
  one.sends(get("/"));
  stuck.waits();
  expect_quiet();
  one.resets();
  gone.waits();
  expect_few_turns(kBusyTurnsMax);
}

TEST_F(PausedTurns, AreFewAfterAPausedClientHalfClosed) {
  origin.plays(endless());
  Client one = client();
  one.sends(get("/"));
  stuck.waits();
  one.half_closes();
  expect_quiet();
  one.resets();
  gone.waits();
  expect_few_turns(kBusyTurnsMax);
}

TEST_F(PausedTurns, AreFewAfterAPausedClientWasReset) {
  origin.plays(endless());
  Client one = client();
  one.sends(get("/"));
  stuck.waits();
  one.resets();
  gone.waits();
  expect_quiet();
  expect_few_turns(kBusyTurnsMax);
}

TEST_F(PausedTurns, AreFewAfterAServerWasResetBehindAPausedClient) {
  origin.plays([event = stuck](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n");
    std::size_t taken = 1;
    while (taken > 0) {
      taken = exchange.wire().sends_some(pattern(0, kPatternPeriod), stuck_after());
    }
    exchange.resets();
    event.happens();
  });
  Client one = client();
  one.sends(get("/"));
  stuck.waits();
  expect_quiet();
  one.resets();
  expect_few_turns(kBusyTurnsMax);
}

TEST_F(PausedTurns, AreFewWhileAServerDoesNotReadAnUpload) {
  origin.plays([event = go](Exchange& exchange) {
    event.waits(Deadline(2 * kPatience));
    exchange.resets();
  });
  Client one = client();
  one.sends(post_head("/", 100'000'000'000));
  std::size_t taken = 1;
  while (taken > 0) {
    taken = one.wire().sends_some(pattern(0, kPatternPeriod), stuck_after());
  }
  expect_quiet();
  one.resets();
  expect_quiet();
  go.happens();
  expect_few_turns(kBusyTurnsMax);
}

}  // namespace
}  // namespace lb::e2e
