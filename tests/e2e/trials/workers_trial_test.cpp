// Workers that are killed under load, again and again.

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>

#include "tests/e2e/support/client.h"
#include "tests/e2e/trials/accepted.h"
#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;

class KilledWorkers : public Trial {
 protected:
  static constexpr std::size_t kWorkers = 2;
  // As many that some of them are in the queue of either, but for one time in 65,536.
  static constexpr std::size_t kQueuing = 16;
  // One that lives shorter than a second twice is not replaced at once.
  static constexpr milliseconds kLife{1100};

  [[nodiscard]] std::vector<pid_t> workers() { return balancer().process().children(); }
  // From here on it accepts and answers nothing: what it has is what it will be killed with.
  static void stops(pid_t worker) {
    ::kill(worker, SIGSTOP);
    waits_until("the worker has stopped", [worker] {
      std::ifstream file("/proc/" + std::to_string(worker) + "/stat");
      const std::string stat((std::istreambuf_iterator<char>(file)), {});
      return stat.substr(stat.rfind(')')).starts_with(") T");
    });
  }
  // Clients that have asked, and wait in the queues of the workers.
  [[nodiscard]] std::vector<std::unique_ptr<Client>> queue() {
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < kQueuing; ++i) {
      clients.push_back(std::make_unique<Client>(balancer().port()));
      clients.back()->sends(get(std::string(kTrialPath) + std::to_string(ledger.next_id())));
    }
    return clients;
  }
  // The oldest, so that it is the turn of each. Whoever took its place serves when the last one
  // that waited in its queue has the answer.
  void kills_one() {
    const pid_t victim = workers().front();
    stops(victim);
    const auto clients = queue();
    const Accepted its = accepted_by(victim, balancer().port());
    served_by_killed_.insert(its.clients.begin(), its.clients.end());
    connections_killed_ += its.clients.size();
    queued_ += its.waiting;
    EXPECT_GT(its.waiting, 0U);
    const Stopwatch since_death;
    ::kill(victim, SIGKILL);
    for (const auto& client : clients) EXPECT_EQ(client->reads_response().status, 200);
    replaced_after_.push_back(since_death.reads());
    EXPECT_LE(replaced_after_.back(), bound_of_time(milliseconds(100)));
    EXPECT_EQ(workers().size(), kWorkers);
  }
  // Nobody has lost anything who was not with one that was killed; the figures.
  std::string judges(Load& load) {
    const Tally& tally = load.ends();
    EXPECT_EQ(tally.refused + tally.hung + tally.mixed_up, 0U) << tally.text();
    EXPECT_EQ(tally.failed_gets() + tally.cut, tally.lost_at.size()) << tally.text();
    lost_ += tally.lost_at.size();
    for (const std::uint16_t port : tally.lost_at) {
      EXPECT_TRUE(served_by_killed_.contains(port)) << "the client at port " << port;
    }
    return "\n    " + tally.text();
  }

  std::vector<std::chrono::microseconds> replaced_after_;
  std::set<std::uint16_t> served_by_killed_;
  std::size_t connections_killed_ = 0;
  std::size_t queued_ = 0;
  std::size_t lost_ = 0;
};

TEST_F(KilledWorkers, AreReplacedAndCostTheirOwnConnectionsAlone) {
  const std::size_t rounds = by_size<std::size_t>(3, 20);
  starts_backends(3);
  Arguments flags = kFlags;
  flags.insert(flags.end(), {"--workers", std::to_string(kWorkers)});
  Lb& lb = starts(flags);
  const auto keeping = loads_gently();
  const auto coming = loads({.clients = 8, .pause = milliseconds(20), .old = true, .seed = 2});
  for (std::size_t round = 0; round < rounds; ++round) {
    goes_on_for(kLife);
    kills_one();
    keeping->waits_for_answers(100);
    coming->waits_for_answers(20);
  }
  const std::string loads = judges(*keeping) + judges(*coming);
  EXPECT_EQ(lb.count_of_logged("was killed by signal 9; another one takes its place"), rounds);
  EXPECT_LE(lost_, connections_killed_);
  std::ranges::sort(replaced_after_);
  figure(4, rounds, " workers killed: all ", queued_, " in their queues answered after ",
         milliseconds_text(replaced_after_[rounds / 2]), " (median), ",
         milliseconds_text(replaced_after_.back()), " (longest); lost ", lost_,
         " requests, all on the ", connections_killed_, " connections with them", loads);
}

}  // namespace
}  // namespace lb::e2e
