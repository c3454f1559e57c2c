// Restarts under load: by a process that takes over, and by one that the service manager starts
// anew on sockets that it keeps open.

#include <sys/socket.h>

#include <csignal>

#include "tests/e2e/support/address.h"
#include "tests/e2e/support/successors.h"
#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;

class Followed : public Trial {
 protected:
  // Clients with keep-alive connections, and clients with a new one for each request.
  void begins_load(std::uint16_t port) {
    keeping_ = loads({.port = port});
    // Each connection rests in TIME_WAIT at lb's side for a minute: more of them would meet their
    // own ports again, and wait for a second SYN.
    coming_ =
        loads({.port = port, .clients = 8, .pause = milliseconds(20), .old = true, .seed = 2});
  }
  void waits_for_progress() const {
    keeping_->waits_for_answers(200);
    coming_->waits_for_answers(50);
  }
  // None was refused, reset or failed; the figures.
  std::string ends_load() {
    std::string text;
    for (const auto& load : {std::cref(keeping_), std::cref(coming_)}) {
      const Tally& tally = load.get()->ends();
      EXPECT_TRUE(tally.is_spotless()) << tally.text();
      EXPECT_EQ(tally.refused, 0U) << tally.text();
      text += "; " + tally.text();
    }
    return text;
  }

 private:
  std::unique_ptr<Load> keeping_;
  std::unique_ptr<Load> coming_;
};

TEST_F(Followed, ByTakeoverLoseNothing) {
  const int rounds = by_size(5, 50);
  starts_backends(3);
  Lb& lb = starts();
  Successors next(lb);
  begins_load(lb.port());
  for (int round = 0; round < rounds; ++round) {
    waits_for_progress();
    next.take_over();
  }
  waits_for_progress();
  const std::string text = ends_load();
  EXPECT_EQ(lb.count_of_logged("takeover failed"), 0U);
  figure(1, rounds, " takeovers", text);
}

TEST_F(Followed, OnSocketsOfTheServiceManagerLoseNothing) {
  const int rounds = by_size(5, 50);
  starts_backends(3);
  const Fd socket = bound_socket(ip_address("127.0.0.1", 0));
  ASSERT_EQ(::listen(socket.number(), 1024), 0);
  Surroundings surroundings;
  surroundings.sockets = {socket.number()};
  starts(kFlags, surroundings);
  begins_load(port_of(socket));
  for (int round = 0; round < rounds; ++round) {
    waits_for_progress();
    balancer().signal(SIGTERM);
    EXPECT_EQ(balancer().waits_for_exit(), 0);
    ends_balancer();
    starts(kFlags, surroundings);
  }
  waits_for_progress();
  figure(2, rounds, " restarts on a socket that stays open", ends_load());
}

}  // namespace
}  // namespace lb::e2e
