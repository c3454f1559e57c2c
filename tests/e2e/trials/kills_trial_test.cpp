// Trial 1: servers that are killed under load, and come back.

#include <algorithm>
#include <vector>

#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;
using Kills = Trial;

// At the small size checks come so rarely that only one that a failed request has called for can
// see the death in time: the server is killed when it has just been checked.
TEST_F(Kills, AKilledServerCostsNoRequestAndIsOutAtOnce) {
  // Each works on a request for a while, so that a death meets some.
  starts_backends(3, {{"--delay=2"}, {"--delay=2"}, {"--delay=2"}});
  Arguments flags = kFlags;
  flags[1] = by_size("1500ms", "1s");
  starts(flags);
  const milliseconds interval(by_size(1500, 1000));
  const auto load = loads_gently();
  std::vector<milliseconds> out;
  std::vector<milliseconds> back;
  for (std::size_t round = 0; round < by_size(1U, 10U); ++round) {
    BackendProcess& victim = *backends[round % backends.size()];
    load->waits_for_answers(100);
    victim.waits_for_check();
    std::size_t from = balancer().log_size();
    const Stopwatch since_death;
    victim.is_killed();
    balancer().waits_for_log("the following host is down " + victim.name(), from);
    out.push_back(std::chrono::ceil<milliseconds>(since_death.reads()));
    EXPECT_LE(out.back(), milliseconds(by_size(750, 50))) << "round " << round;
    goes_on_for(milliseconds(by_size(100, 5000)));
    from = balancer().log_size();
    const Stopwatch since_birth;
    victim.starts();
    waits_until_up(victim, from);
    back.push_back(std::chrono::ceil<milliseconds>(since_birth.reads()));
    EXPECT_LE(back.back(), bound_of_time(interval + milliseconds{200})) << "round " << round;
    const std::uint64_t before = ledger.requests(victim.index());
    victim.waits_for_requests(before + 1);
  }
  const Tally& tally = load->ends();
  EXPECT_TRUE(tally.is_spotless());
  EXPECT_EQ(tally.refused, 0U);
  EXPECT_EQ(ledger.malformed(), 0U);
  figure(1, out.size(), " kills: ", tally.text(), "; out after at most ",
         std::ranges::max(out).count(), " ms, back after at most ", std::ranges::max(back).count(),
         " ms");
}

}  // namespace
}  // namespace lb::e2e
