// Trial 5: a server that resets in each phase of an exchange, or talks nonsense.

#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

struct Phase {
  const char* name;  // of the test
  const char* mode;
  bool behind_the_head;  // then the client sees a cut
  bool reused = true;    // connections to servers
  bool old = false;      // HTTP/1.0, where only a reset tells a cut

  friend std::ostream& operator<<(std::ostream& out, const Phase& phase) {
    return out << phase.name;
  }
};

class Resets : public Trial, public testing::WithParamInterface<Phase> {};

// One server of three fails at every other request: so few that --retry-budget allows to repeat
// them all.
TEST_P(Resets, FailNoGetBeforeTheHeadAndAreVisibleAfterIt) {
  const Phase& phase = GetParam();
  starts_backends(3, {{std::string("--mode=") + phase.mode, "--mode-from-signal=1", "--every=2"}});
  // Its checks may be reset too; they shall not take it out.
  Arguments flags = kFlags;
  flags.insert(flags.end(), {"--health-fall", "10000"});
  if (!phase.reused) flags.insert(flags.end(), {"--upstream-keepalive", "0"});
  starts(flags);
  backends[0]->begins_mode();
  const auto load =
      loads({.clients = 8, .requests_max = by_size<std::uint64_t>(600, 100'000), .old = phase.old});
  const Tally& tally = load->waits_for_end();
  EXPECT_GT(ledger.misdeeds(), 0U);
  EXPECT_EQ(tally.failed_gets(), 0U);
  EXPECT_EQ(tally.hung + tally.mixed_up + tally.refused, 0U);
  EXPECT_LE(tally.cut, phase.behind_the_head ? ledger.misdeeds() : 0U);
  if (phase.behind_the_head) {
    EXPECT_GT(tally.cut, 0U);
  }
  figure(5, phase.name, ", ", ledger.misdeeds(), " times: ", tally.text());
}

INSTANTIATE_TEST_SUITE_P(InEachPhase, Resets,
                         testing::Values(Phase{"OnAccept", "resets-on-accept", false, false},
                                         Phase{"OnRequest", "resets-on-request", false},
                                         Phase{"InHead", "resets-in-head", false},
                                         Phase{"Garbage", "talks-garbage", false},
                                         Phase{"InBody", "resets-in-body", true},
                                         Phase{"InBodyUntilClose", "resets-until-close", true},
                                         Phase{"InBodyOfOldClients", "resets-until-close", true,
                                               true, true}),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace lb::e2e
