// One process follows another on its sockets: by SIGUSR2, or by --takeover.

#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/e2e/support/address.h"
#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/fresh_path.h"
#include "tests/e2e/support/service_manager.h"
#include "tests/e2e/support/successors.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;

class Takeover : public Balanced {
 protected:
  [[nodiscard]] Successors& next() { return *next_; }
  // The next process takes over while a server has a request of the client. Returns where the log
  // was before that.
  std::size_t takes_over_during_a_request_of(Client& client, const Lb& lb) {
    client.sends(get("/"));
    origin.waits_for_requests(1);
    const std::size_t from = lb.log_size();
    next().signal(SIGUSR2);
    next().waits_for_takeover(from);
    return from;
  }
  void ends() {
    next_.reset();
    Balanced::ends();
  }

 private:
  void has_started(Lb& lb) override { next_ = std::make_unique<Successors>(lb); }

  std::unique_ptr<Successors> next_;  // goes first
};

TEST_F(Takeover, TheNextProcessServesAtTheSamePort) {
  Lb& lb = starts();
  const std::uint16_t port = lb.port();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Client(port).gets("/").status, 200);
    next().take_over();
  }
  EXPECT_EQ(Client(port).gets("/").status, 200);
  EXPECT_EQ(lb.count_of_logged("server listening on localhost:" + std::to_string(port)), 4U);
}

TEST_F(Takeover, ARequestInHandIsFinishedByTheProcessThatHasIt) {
  origin.plays(when_let_go);
  Lb& lb = starts();
  Client client(lb.port());
  takes_over_during_a_request_of(client, lb);
  let_go.happens();
  const Response response = client.reads_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "finished");
  EXPECT_EQ(lb.waits_for_exit(), 0);
}

// As when all processes of a service, or of a terminal, get the same signal.
TEST_F(Takeover, TheProcessBeforeFinishesItsRequestsAlsoWhenItIsToldToGo) {
  origin.plays(when_let_go);
  Lb& lb = starts();
  Client client(lb.port());
  const std::size_t from = takes_over_during_a_request_of(client, lb);
  lb.signal(SIGTERM);
  lb.waits_for_log("already shutting down; the next signal cuts the requests in hand", from);
  let_go.happens();
  EXPECT_EQ(client.reads_response().body, "finished");
  EXPECT_EQ(lb.waits_for_exit(), 0);
}

TEST_F(Takeover, TheSecondSignalCutsTheRequestsOfTheProcessBefore) {
  origin.plays(hangs());
  Lb& lb = starts();
  Client client(lb.port());
  const std::size_t from = takes_over_during_a_request_of(client, lb);
  lb.signal(SIGTERM);
  lb.waits_for_log("the next signal cuts the requests in hand", from);
  lb.signal(SIGTERM);
  EXPECT_EQ(lb.waits_for_exit(), 3);
}

// The checks of the new process get no answer: all that it knows was left to it.
TEST_F(Takeover, AServerThatIsDownStaysOutFromTheFirstRequestOn) {
  Origin dead;
  Lb& lb = starts_with(names_of(origin, dead), {"--health-timeout", "20s", "--retries", "0"});
  dead.dies();
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  for (int i = 0; i < 2; ++i) static_cast<void>(Client(lb.port()).gets("/"));
  lb.waits_until_down(dead.name());
  origin.answers_health_checks(hangs());
  dead.is_reborn();
  dead.answers_health_checks(hangs());
  next().take_over();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_EQ(dead.request_count(), 0U);
}

TEST_F(Takeover, RoundRobinGoesOn) {
  Origin second;
  Origin third;
  Lb& lb = starts_with(names_of(origin, second, third));
  for (std::size_t round = 1; round <= 4; ++round) {
    EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
    next().take_over();
  }
  EXPECT_EQ(origin.request_count(), 2U);
  EXPECT_EQ(second.request_count(), 1U);
  EXPECT_EQ(third.request_count(), 1U);
}

TEST_F(Takeover, TheFileOfAUnixSocketGoesWithTheLastProcess) {
  const std::string path = fresh_path("takeover_listen");
  Arguments arguments{"--servers", origin.name(), "--listen", "unix:" + path};
  Lb lb(arguments, Start::kAsGiven);
  lb.waits_until_up(origin.name());
  {
    Successors next(lb);
    next.take_over();
    EXPECT_EQ(Client(0, {.unix_path = path}).gets("/").status, 200);
    next.take_over();
    EXPECT_EQ(Client(0, {.unix_path = path}).gets("/").status, 200);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Takeover, AnotherSignalMeanwhileIsIgnored) {
  Lb& lb = starts();
  const std::size_t from = lb.log_size();
  lb.process().stops();  // both signals are there when it goes on
  lb.signal(SIGUSR2);
  lb.signal(SIGUSR2);
  lb.signal(SIGCONT);
  next().waits_for_takeover(from);
  EXPECT_EQ(lb.waits_for_exit(), 0);
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

TEST_F(Takeover, TheServiceManagerIsToldWhoIsTheMainProcess) {
  ServiceManager manager;
  Surroundings surroundings;
  surroundings.environment = {manager.variable()};
  Lb& lb = starts({}, surroundings);
  manager.hears("READY=1");
  const std::size_t from = lb.log_size();
  next().signal(SIGUSR2);
  manager.hears("RELOADING=1");
  next().waits_for_takeover(from);
  EXPECT_EQ(lb.waits_for_exit(), 0);
  const std::string line = lb.waits_for_log(" has taken over", from);
  const std::size_t begin = line.find("process ") + 8;
  manager.hears("MAINPID=" + line.substr(begin, line.find(' ', begin) - begin));
  manager.hears("READY=1");
  for (const std::string& later : manager.heard()) EXPECT_NE(later, "STOPPING=1");
}

// ---- a new binary that is no good

class BadTakeover : public Takeover {
 protected:
  BadTakeover() {
    std::filesystem::copy_file(LB_BINARY, path_);
    surroundings_.binary = path_;
  }
  ~BadTakeover() override {
    ends();
    std::filesystem::remove(path_);
  }

  Lb& starts() { return Balanced::starts({}, surroundings_); }
  // From now on the file of lb holds that shell script; as an upgrade does it, by a new file.
  void installs(const std::string& script) {
    const std::string next = path_ + ".new";
    std::ofstream(next) << "#!/bin/sh\n" << script << "\n";
    ::chmod(next.c_str(), 0755);
    std::filesystem::rename(next, path_);
  }
  void installs_lb() {
    const std::string next = path_ + ".new";
    std::filesystem::copy_file(LB_BINARY, next);
    std::filesystem::rename(next, path_);
  }
  // The old process says why it goes on, serves, and is followed when the binary is good again.
  void expect_failure(Lb& lb, const std::string& why) {
    next().signal(SIGUSR2);
    lb.waits_for_log("takeover failed: " + why + "; this process serves on", 0,
                     Deadline(kPatience * 3));
    EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
    EXPECT_FALSE(lb.process().has_exited());
    installs_lb();
    next().take_over();
    EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  }

  Surroundings surroundings_;
  const std::string path_ = fresh_path("binary");
};

TEST_F(BadTakeover, ABinaryThatFailsLeavesTheOldProcessServing) {
  Lb& lb = starts();
  installs("exit 7");
  expect_failure(lb, "the new process exited with code 7");
}

TEST_F(BadTakeover, ABinaryThatCrashesLeavesTheOldProcessServing) {
  Lb& lb = starts();
  installs("kill -SEGV $$");
  expect_failure(lb, "the new process was killed by signal 11");
}

TEST_F(BadTakeover, ABinaryThatRefusesTheFlagsLeavesTheOldProcessServing) {
  Lb& lb = starts();
  installs(std::string("exec ") + LB_BINARY + " --no-such-flag \"$@\"");
  expect_failure(lb, "the new process exited with code 2");
  lb.waits_for_log("lb: unknown option --no-such-flag");
}

TEST_F(BadTakeover, ABinaryThatCannotListenLeavesTheOldProcessServing) {
  Lb& lb = starts();
  installs(std::string("exec ") + LB_BINARY + " \"$@\" --listen unix:/nonexistent/socket");
  next().signal(SIGUSR2);
  lb.waits_for_log("takeover failed: the new process exited with code 2; this process serves on");
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

TEST_F(BadTakeover, ABinaryThatHangsLeavesTheOldProcessServing) {
  Lb& lb = starts();
  installs("exec sleep 1000");
  expect_failure(lb, "the new process was not ready within 10s");
}

TEST_F(BadTakeover, ABinaryThatIsGoneLeavesTheOldProcessServing) {
  Lb& lb = starts();
  std::filesystem::remove(path_);
  next().signal(SIGUSR2);
  lb.waits_for_log("takeover failed: cannot start " + path_ + ": No such file or directory");
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

// It is not ready at once; meanwhile a server dies, and others are asked.
TEST_F(BadTakeover, ANewProcessKnowsWhatHappenedWhileItStarted) {
  Origin dead;
  Origin third;
  Lb& lb = starts_with(names_of(origin, dead, third), {"--health-timeout", "20s"}, surroundings_);
  const std::string gate = fresh_path("gate");
  ASSERT_EQ(::mkfifo(gate.c_str(), 0600), 0);
  installs("read go <" + gate + "; exec " + LB_BINARY + " \"$@\"");
  const std::size_t from = lb.log_size();
  next().signal(SIGUSR2);
  lb.waits_for_log(" to take over", from);
  dead.dies();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  lb.waits_until_down(dead.name());
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_EQ(origin.request_count(), 2U);
  EXPECT_EQ(third.request_count(), 1U);
  for (Origin* each : {&origin, &dead, &third}) each->answers_health_checks(hangs());
  dead.is_reborn();
  std::ofstream(gate) << "go\n";
  next().waits_for_takeover(from);
  std::filesystem::remove(gate);
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_EQ(third.request_count(), 2U);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_EQ(third.request_count(), 3U);
  EXPECT_EQ(dead.request_count(), 0U);
}

TEST_F(BadTakeover, TheServiceManagerHearsThatTheOldProcessIsReadyAgain) {
  ServiceManager manager;
  surroundings_.environment = {manager.variable()};
  Lb& lb = starts();
  manager.hears("READY=1");
  installs("exit 7");
  next().signal(SIGUSR2);
  manager.hears("RELOADING=1");
  manager.hears("READY=1");
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

// An end in order does not wait for a successor, and takes it along.
TEST_F(BadTakeover, ASuccessorThatIsAwaitedGoesWithTheOldProcess) {
  Lb& lb = starts();
  installs("exec sleep 1000");
  next().signal(SIGUSR2);
  lb.waits_for_log("to take over");
  lb.signal(SIGTERM);
  EXPECT_EQ(lb.waits_for_exit(), 0);
}

// ---- --takeover

class ByPath : public Takeover {
 protected:
  ~ByPath() override { std::filesystem::remove(path); }
  const std::string path = fresh_path("takeover");
};

TEST_F(ByPath, ANewProcessWithOtherFlagsTakesOver) {
  Origin other;
  Lb first(Arguments{"--servers", origin.name(), "--takeover", path});
  first.waits_until_up(origin.name());
  const std::uint16_t port = first.port();
  Lb second(Arguments{"--servers", other.name(), "--takeover", path});
  second.waits_until_up(other.name());
  EXPECT_EQ(first.waits_for_exit(), 0);
  EXPECT_EQ(second.port(), port);
  EXPECT_EQ(Client(port).gets("/").status, 200);
  EXPECT_EQ(other.request_count(), 1U);
  Lb third(Arguments{"--servers", origin.name(), "--takeover", path});
  third.waits_until_up(origin.name());
  EXPECT_EQ(second.waits_for_exit(), 0);
  EXPECT_EQ(Client(port).gets("/").status, 200);
}

TEST_F(ByPath, TheFirstProcessStartsAloneAndLeavesNoFile) {
  {
    Lb lb(Arguments{"--servers", origin.name(), "--takeover", path});
    lb.waits_until_up(origin.name());
    struct stat file{};
    ASSERT_EQ(::lstat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600U);
    EXPECT_EQ(lb.shuts_down(), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ByPath, AFileThatWasLeftBehindIsReplaced) {
  {
    const SocketAddress address = unix_address(path);
    const Fd left_behind(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    ASSERT_GE(left_behind.number(), 0);
    ASSERT_EQ(::bind(left_behind.number(), address.get(), address.size), 0);
  }
  ASSERT_TRUE(std::filesystem::is_socket(path));
  Lb lb(Arguments{"--servers", origin.name(), "--takeover", path});
  lb.waits_until_up(origin.name());
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

TEST_F(ByPath, OneThatCannotServeLeavesTheOtherServing) {
  Lb first(Arguments{"--servers", origin.name(), "--takeover", path});
  first.waits_until_up(origin.name());
  Lb second(Arguments{"--servers", origin.name(), "--takeover", path, "--listen",
                      "unix:/nonexistent/socket"},
            Start::kAsGiven);
  EXPECT_EQ(second.waits_for_exit(), 1);
  first.waits_for_log("takeover failed: the new process gave up; this process serves on");
  EXPECT_EQ(Client(first.port()).gets("/").status, 200);
}

TEST_F(ByPath, SomethingElseAtThePathIsAReasonNotToStart) {
  std::ofstream(path) << "no socket";
  Lb lb(Arguments{"--servers", origin.name(), "--takeover", path});
  EXPECT_EQ(lb.waits_for_exit(), 1);
  lb.waits_for_log("lb: cannot listen on --takeover " + path + ": ");
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

}  // namespace
}  // namespace lb::e2e
