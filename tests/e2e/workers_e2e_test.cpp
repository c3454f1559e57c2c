// Several processes behind one port: --workers.

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/fresh_path.h"
#include "tests/e2e/support/service_manager.h"
#include "tests/e2e/support/successors.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;

// What ps(1) and top(1) call it.
std::string name_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

class Workers : public Balanced {
 protected:
  static constexpr std::size_t kWorkers = 2;
  // As many connections that each worker has some of them, but for one time in a million.
  static constexpr std::size_t kConnections = 20;

  Workers() { always = {"--workers", std::to_string(kWorkers), "--health-interval", "100ms"}; }

  [[nodiscard]] std::vector<pid_t> workers() { return balancer().process().children(); }
  void waits_for_workers() {
    waits_until("all workers are there", [this] { return workers().size() == kWorkers; });
  }
  // Connections to all workers.
  [[nodiscard]] std::vector<std::unique_ptr<Client>> connects() {
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < kConnections; ++i) {
      clients.push_back(std::make_unique<Client>(port()));
    }
    return clients;
  }
  // Until each worker goes round the origin and this one; the log tells of the first who knows.
  void waits_until_all_ask(const Origin& other) {
    const std::vector<std::unique_ptr<Client>> clients = connects();
    waits_until("all know that it is up", [&] {
      const std::size_t before = other.request_count();
      for (int i = 0; i < 2; ++i) {
        for (const auto& client : clients) EXPECT_EQ(client->gets("/").status, 200);
      }
      return other.request_count() == before + kConnections;
    });
  }
};

TEST_F(Workers, ServeAndLogAsOne) {
  Lb& lb = starts();
  for (const auto& client : connects()) EXPECT_EQ(client->gets("/").status, 200);
  EXPECT_EQ(workers().size(), kWorkers);
  EXPECT_EQ(lb.shuts_down(), 0);
  for (const std::string line :
       {"server listening on localhost:", "performing health check on the following server ",
        "the following host is up ", "gracefully shutting down server",
        "server shutdown complete"}) {
    EXPECT_EQ(lb.count_of_logged(line), 1U) << line;
  }
}

TEST_F(Workers, AreCalledAsTheirParentIs) {
  Lb& lb = starts();
  EXPECT_EQ(name_of(lb.process().id()), "lb");
  for (const pid_t worker : workers()) EXPECT_EQ(name_of(worker), "lb");
}

TEST_F(Workers, GoRoundExactlyEach) {
  Origin second;
  starts_with(names_of(origin, second));
  waits_until_all_ask(second);
  const std::size_t before = origin.request_count();
  const std::size_t second_before = second.request_count();
  // An even number on each connection, and so by each worker.
  for (const auto& client : connects()) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(client->gets("/").status, 200);
  }
  EXPECT_EQ(origin.request_count() - before, 2 * kConnections);
  EXPECT_EQ(second.request_count() - second_before, 2 * kConnections);
}

TEST_F(Workers, AllKnowThatAServerIsDown) {
  Origin dies;
  Lb& lb = starts_with(names_of(origin, dies), {"--retries", "0", "--health-interval", "20ms"});
  dies.dies();
  lb.waits_until_down(dies.name());
  // What one finds out is with the others as soon as they turn.
  waits_until("no request fails", [&] {
    for (const auto& client : connects()) {
      if (client->gets("/").status != 200) return false;
    }
    return true;
  });
  dies.is_reborn();
  const std::size_t from = lb.log_size();
  lb.waits_for_log("the following host is up " + dies.name(), from);
  const std::size_t before = dies.request_count();
  for (const auto& client : connects()) EXPECT_EQ(client->gets("/").status, 200);
  EXPECT_GT(dies.request_count(), before);
}

// Also in the processes that do not check it themselves.
TEST_F(Workers, RequestsThatWaitForAServerThatGoesDownMoveOn) {
  Origin stuck;
  Lb& lb = starts_with(names_of(origin, stuck));
  waits_until_all_ask(stuck);
  stuck.plays(hangs());
  const std::size_t before = stuck.request_count();
  const std::vector<std::unique_ptr<Client>> clients = connects();
  for (const auto& client : clients) client->sends(get("/"));
  stuck.waits_for_requests(before + kConnections / 2 - 1);  // each of two goes round by itself
  stuck.answers_health_checks(answers(500, "stuck"));
  lb.waits_until_down(stuck.name());
  for (const auto& client : clients) EXPECT_EQ(client->reads_response().status, 200);
}

TEST_F(Workers, WithoutChecksCheckNothing) {
  Origin second;
  for (Origin* each : {&origin, &second}) each->answers_health_checks(answers(404, "no such page"));
  Lb lb(Arguments{"--servers", list_of(names_of(origin, second)), "--workers", "2", "--no-health"});
  for (std::size_t i = 0; i < kConnections; ++i) EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_GT(second.request_count(), 0U);
  EXPECT_EQ(lb.shuts_down(), 0);
  EXPECT_EQ(lb.count_of_logged("performing health check"), 0U);
}

// A request that fails tells the one who checks, in whichever process it was.
TEST_F(Workers, AServerIsCheckedAtOnceWhenARequestFailsAnywhere) {
  Origin dies;
  Lb& lb = starts_with(names_of(origin, dies), {"--health-interval", "1h"});
  dies.dies();
  for (const auto& client : connects()) EXPECT_EQ(client->gets("/").status, 200);
  lb.waits_until_down(dies.name());
}

TEST_F(Workers, OneThatIsKilledIsReplacedAndTheOthersGoOn) {
  Lb& lb = starts();
  const std::vector<pid_t> before = workers();
  ASSERT_EQ(before.size(), kWorkers);
  std::vector<std::unique_ptr<Client>> clients = connects();
  for (const auto& client : clients) EXPECT_EQ(client->gets("/").status, 200);
  ::kill(before.front(), SIGKILL);
  lb.waits_for_log("worker 1 (process " + std::to_string(before.front()) +
                   ") was killed by signal 9; another one takes its place");
  std::size_t kept = 0;
  std::size_t lost = 0;  // clients of the one that was killed
  for (const auto& client : clients) {
    client->sends(get("/"));
    try {
      kept += client->reads_response().status == 200 ? 1 : 0;
    } catch (const Failure&) {
      ++lost;
    }
  }
  EXPECT_GT(kept, 0U);
  EXPECT_EQ(kept + lost, kConnections);
  waits_for_workers();
  for (const auto& client : connects()) EXPECT_EQ(client->gets("/").status, 200);
}

// The parent keeps the sockets: who waits in the queue of one that dies is served by the next.
TEST_F(Workers, NobodyInTheQueueOfOneThatIsKilledIsLost) {
  Lb& lb = starts();
  const std::vector<pid_t> before = workers();
  for (const pid_t worker : before) ::kill(worker, SIGSTOP);
  std::vector<std::unique_ptr<Client>> clients = connects();
  for (const auto& client : clients) client->sends(get("/"));
  for (const pid_t worker : before) ::kill(worker, SIGKILL);
  for (const auto& client : clients) EXPECT_EQ(client->reads_response().status, 200);
  EXPECT_EQ(lb.count_of_logged("another one takes its place"), kWorkers);
}

TEST_F(Workers, WhenTheOneWhoChecksIsKilledAnotherOneDoes) {
  Origin dies;
  Lb& lb = starts_with(names_of(origin, dies));
  const std::size_t from = lb.log_size();
  ::kill(workers().front(), SIGKILL);
  lb.waits_for_log("performing health check on the following server " + dies.name(), from);
  dies.dies();
  lb.waits_until_down(dies.name());
}

TEST_F(Workers, FinishWhatIsInFlight) {
  origin.plays(when_let_go);
  Lb& lb = starts();
  Client client(lb.port());
  client.sends(get("/"));
  origin.waits_for_requests(1);
  lb.signal(SIGTERM);
  lb.waits_for_log("gracefully shutting down server");
  let_go.happens();
  EXPECT_EQ(client.reads_response().status, 200);
  client.closes();
  EXPECT_EQ(lb.waits_for_exit(), 0);
}

TEST_F(Workers, ASecondSignalCutsAll) {
  origin.plays(hangs());
  Lb& lb = starts();
  std::vector<std::unique_ptr<Client>> clients = connects();
  for (const auto& client : clients) client->sends(get("/"));
  origin.waits_for_requests(kConnections);
  lb.signal(SIGTERM);
  lb.waits_for_log("gracefully shutting down server");
  lb.signal(SIGTERM);
  EXPECT_EQ(lb.waits_for_exit(), 3);
}

TEST_F(Workers, LeaveWithAParentThatIsKilled) {
  Process parent(LB_BINARY, {"--servers", origin.name(), "--workers", "2", "--port", "0"}, {});
  ASSERT_TRUE(parent.errors().waits_for("the following host is up", 0, {}));
  const std::vector<pid_t> orphans = parent.children();
  EXPECT_EQ(orphans.size(), 2U);
  parent.signal(SIGKILL);
  EXPECT_EQ(parent.waits_for_exit(), -SIGKILL);  // when nobody holds its outputs any more
  EXPECT_EQ(std::ranges::count(
                parent.errors().all(), true,
                [](const std::string& line) { return line.ends_with("the supervisor is gone"); }),
            2);
}

TEST_F(Workers, ASecondStartAtTheSamePortIsRefused) {
  const std::uint16_t port = starts().port();
  Lb second({"--servers", origin.name(), "--workers", "2", "--port", std::to_string(port)},
            Start::kAsGiven);
  EXPECT_EQ(second.waits_for_exit(), 1);
  EXPECT_EQ(second.log_size(), 1U);
  second.waits_for_log("lb: cannot listen on localhost:" + std::to_string(port) +
                       ": Address already in use");
}

TEST_F(Workers, WhatIsWrongAtTheStartIsToldOnce) {
  Lb lb({"--servers", origin.name(), "--workers", "2", "--access-log", "/nonexistent/log"});
  EXPECT_EQ(lb.waits_for_exit(), 1);
  EXPECT_EQ(lb.log_size(), 1U);
  lb.waits_for_log("lb: cannot open the access log /nonexistent/log");
}

TEST_F(Workers, TheServiceManagerHearsOfTheParentAlone) {
  ServiceManager manager;
  Surroundings surroundings;
  surroundings.environment = {manager.variable()};
  Lb& lb = starts({}, surroundings);
  manager.hears("READY=1");
  manager.hears("STATUS=1/1 servers up, 2 workers");
  lb.signal(SIGTERM);
  manager.hears("STOPPING=1");
  for (const std::string& line : manager.heard()) EXPECT_NE(line, "READY=1");
}

TEST_F(Workers, AreFollowedByOthersOnTheSameSockets) {
  Lb& lb = starts();
  Successors next(lb);
  for (int round = 0; round < 3; ++round) {
    next.take_over();
    for (const auto& client : connects()) EXPECT_EQ(client->gets("/").status, 200);
  }
  EXPECT_EQ(lb.count_of_logged("server listening on localhost:"), 4U);
}

TEST_F(Workers, EachHaveDemoBackendsOfTheirOwn) {
  Lb lb({"--demo", "--workers", "2"});
  lb.waits_for_log("the following host is up ");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

// ---- between one process and several

class Resized : public testing::TestWithParam<std::pair<std::string, std::string>> {
 protected:
  ~Resized() override { std::filesystem::remove(path); }
  Origin origin;
  const std::string path = fresh_path("resized");
};

TEST_P(Resized, TheNewOnesServeAllSockets) {
  const auto& [few, many] = GetParam();
  Lb first(Arguments{"--servers", origin.name(), "--takeover", path, "--workers", few});
  first.waits_until_up(origin.name());
  Lb second(Arguments{"--servers", origin.name(), "--takeover", path, "--workers", many});
  EXPECT_EQ(first.waits_for_exit(), 0);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(Client(second.port()).gets("/").status, 200);
}

INSTANTIATE_TEST_SUITE_P(To, Resized,
                         testing::Values(std::pair("1", "2"), std::pair("2", "1"),
                                         std::pair("2", "3"), std::pair("3", "2")),
                         [](const auto& tested) {
                           return tested.param.second + "From" + tested.param.first;
                         });

}  // namespace
}  // namespace lb::e2e
