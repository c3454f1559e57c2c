// Trial 4: servers that close each connection after a random idle time.

#include "tests/e2e/trials/access_file.h"
#include "tests/e2e/trials/losses.h"
#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using IdleCloses = Trial;

// Some of the servers' ways to end a connection are no proof (cases B to E); a POST that meets one
// fails. Case A is proof, and has to be repeated. A server cannot tell it from a request that came
// between its last look at the connection and the close, a moment of a microsecond: so few of those
// may fail beside many that are repeated.
TEST_F(IdleCloses, APostFailsOnlyWhereNothingProvesThatItWasNotApplied) {
  const std::vector<std::string> options{"--mode=closes-idle", "--idle-max=4"};
  starts_backends(3, {options, options, options});
  const AccessFile access;
  Arguments flags = kFlags;
  flags.insert(flags.end(), {"--access-log", access.path()});
  starts(flags);
  const auto load =
      loads({.post_percent = 50, .requests_max = by_size<std::uint64_t>(40'000, 1'000'000)});
  const Tally& tally = load->waits_for_end();
  ends_balancer();
  const Losses losses(ledger, tally);
  const std::size_t repeated = access.repeated("POST");
  EXPECT_EQ(tally.failed_gets(), 0U);
  EXPECT_EQ(tally.hung + tally.cut + tally.mixed_up + tally.refused, 0U);
  EXPECT_EQ(ledger.applied_twice(), 0U);
  EXPECT_EQ(ledger.malformed(), 0U);
  EXPECT_EQ(losses.applied_and_untold(), 0U);
  EXPECT_LE(losses.untold(), 3 + repeated / 100);
  figure(4, tally.text(), "; failed POST: ", losses.text(), "; POST repeated and answered ",
         repeated, ", GET ", access.repeated("GET"), "; applied twice ", ledger.applied_twice());
}

}  // namespace
}  // namespace lb::e2e
