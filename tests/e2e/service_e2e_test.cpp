// What passes between the balancer and a service manager: READY and the like, and sockets that are
// opened for it.

#include <csignal>

#include "tests/e2e/support/address.h"
#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/service_manager.h"

namespace lb::e2e {
namespace {

class Service : public Balanced {
 protected:
  Service() { always = {"--health-interval", "50ms"}; }
  // With the manager and further variables, and waits until it serves.
  Lb& starts(const std::vector<std::string>& variables = {}) {
    Surroundings surroundings = managed();
    surroundings.environment.insert(surroundings.environment.end(), variables.begin(),
                                    variables.end());
    return starts_in(surroundings);
  }
  Lb& starts_in(const Surroundings& surroundings) { return Balanced::starts({}, surroundings); }
  [[nodiscard]] Surroundings managed() const {
    Surroundings surroundings;
    surroundings.environment = {manager.variable()};
    return surroundings;
  }

  ServiceManager manager;
};

TEST_F(Service, IsReadyOnceItListens) {
  Lb& lb = starts();
  manager.hears("READY=1");
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

TEST_F(Service, TellsHowManyServersAreUp) {
  starts();
  manager.hears("STATUS=0/1 servers up");
  manager.hears("STATUS=1/1 servers up");
  origin.dies();
  manager.hears("STATUS=0/1 servers up");
}

TEST_F(Service, TellsThatItIsStopping) {
  Lb& lb = starts();
  manager.hears("READY=1");
  lb.signal(SIGTERM);
  manager.hears("STOPPING=1");
  EXPECT_EQ(lb.waits_for_exit(), 0);
}

TEST_F(Service, GivesSignsOfLifeInHalfTheTime) {
  using std::chrono::milliseconds;
  starts({"WATCHDOG_USEC=200000"});
  (void)manager.heard();  // some may have waited
  manager.hears("WATCHDOG=1");
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) manager.hears("WATCHDOG=1");
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(450));  // the first may have waited to be heard
  EXPECT_LE(took, milliseconds(200) * 5);
}

TEST_F(Service, GivesNoSignsOfLifeMeantForAnother) {
  Lb& lb = starts({"WATCHDOG_USEC=20000", "WATCHDOG_PID=1"});
  manager.hears("STATUS=1/1 servers up");
  lb.signal(SIGTERM);
  lb.waits_for_exit();
  for (const std::string& line : manager.heard()) EXPECT_FALSE(line.starts_with("WATCHDOG"));
}

TEST_F(Service, ReachesAManagerInTheAbstractNamespace) {
  ServiceManager abstract(ServiceManager::Kind::kAbstract);
  Surroundings surroundings;
  surroundings.environment = {abstract.variable()};
  starts_in(surroundings);
  abstract.hears("READY=1");
}

TEST_F(Service, ServesWithoutTheManagerThatItWasTold) {
  Surroundings surroundings;
  surroundings.environment = {"NOTIFY_SOCKET=/nonexistent/notify"};
  Lb& lb = starts_in(surroundings);
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  lb.waits_for_log("cannot tell the service manager: No such file or directory");
}

// ---- sockets that somebody else has opened

class Opened {
 public:
  explicit Opened(const std::string& ip = "127.0.0.1") : socket_(bound_socket(ip_address(ip, 0))) {
    if (::listen(socket_.number(), 16) != 0) throw Failure("listen");
  }
  [[nodiscard]] int number() const { return socket_.number(); }
  [[nodiscard]] std::uint16_t port() const { return port_of(socket_); }

 private:
  Fd socket_;
};

class Activated : public Service {
 protected:
  // As a service manager starts it that has opened these.
  [[nodiscard]] Surroundings with(const std::vector<int>& sockets) const {
    Surroundings surroundings = managed();
    surroundings.sockets = sockets;
    return surroundings;
  }
  Lb& starts_on(const std::vector<int>& sockets) { return starts_in(with(sockets)); }

  const Opened tcp;
};

TEST_F(Activated, ServesOnTheSocketThatItWasGiven) {
  Lb& lb = starts_on({tcp.number()});
  lb.waits_for_log("server listening on 127.0.0.1:" + std::to_string(tcp.port()));
  EXPECT_EQ(Client(tcp.port()).gets("/").status, 200);
  EXPECT_EQ(lb.count_of_logged("server listening on"), 1U) << "and on no other";
}

TEST_F(Activated, ServesOnAllOfThem) {
  const Opened other("127.0.0.2");
  starts_on({tcp.number(), other.number()});
  EXPECT_EQ(Client(tcp.port()).gets("/").status, 200);
  EXPECT_EQ(Client(other.port(), {.ip = "127.0.0.2"}).gets("/").status, 200);
}

// Whoever comes between two processes waits in the socket, which the manager keeps open.
TEST_F(Activated, LosesNobodyBetweenTwoProcesses) {
  Lb& first = starts_on({tcp.number()});
  EXPECT_EQ(Client(tcp.port()).gets("/").status, 200);
  EXPECT_EQ(first.shuts_down(), 0);
  Client between(tcp.port());
  between.sends(get("/between"));
  starts_on({tcp.number()});
  EXPECT_EQ(between.reads_response().status, 200);
}

TEST_F(Activated, DoesNotTakeWhatIsMeantForAnother) {
  Surroundings surroundings;
  surroundings.environment = {"LISTEN_PID=1", "LISTEN_FDS=1"};
  Lb& lb = starts_in(surroundings);
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

TEST_F(Activated, RefusesWhatIsNoListeningSocket) {
  const Fd datagram(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Lb lb({"--servers", origin.name()}, Start::kAtPortZero, with({datagram.number()}));
  EXPECT_EQ(lb.waits_for_exit(), 1);
  lb.waits_for_log("LISTEN_FDS: descriptor 3 is no listening stream socket");
}

}  // namespace
}  // namespace lb::e2e
