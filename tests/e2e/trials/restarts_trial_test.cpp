// Trial 2: all servers are restarted one after the other, under GET and POST.

#include "tests/e2e/trials/losses.h"
#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

class Restarts : public Trial {
 protected:
  // A load of GET and POST while each server in turn is stopped and started again.
  void rolls(const std::string& name, const std::vector<std::string>& options) {
    starts_backends(3, {options, options, options});
    starts();
    const auto load = loads_gently({.post_percent = 50});
    std::size_t stops = 0;
    for (int round = 0; round < by_size(1, 10); ++round) {
      for (const auto& backend : backends) {
        load->waits_for_answers(300);
        const std::size_t from = balancer().log_size();
        backend->is_told_to_stop();
        balancer().waits_for_log("the following host is down " + backend->name(), from);
        backend->starts();
        waits_until_up(*backend, from);
        ++stops;
      }
    }
    const Tally& tally = load->ends();
    const Losses losses(ledger, tally);
    EXPECT_EQ(tally.failed_gets(), 0U);
    EXPECT_EQ(tally.hung + tally.cut + tally.mixed_up + tally.refused, 0U);
    EXPECT_EQ(ledger.applied_twice(), 0U);
    EXPECT_EQ(ledger.malformed(), 0U);
    // A client has one request in flight: a stop costs each of them one at most, and those at the
    // other servers none.
    EXPECT_LE(tally.failed_posts.size(), stops * 16);
    EXPECT_EQ(losses.applied_and_untold(), 0U);
    EXPECT_LE(losses.untold(), stops);
    figure(2, stops, ' ', name, ": ", tally.text(), "; failed POST: ", losses.text(),
           "; applied twice ", ledger.applied_twice());
  }
};

TEST_F(Restarts, ServersThatStopInOrderCostNoGet) {
  rolls("stops in order", {"--delay=2"});
}

TEST_F(Restarts, ServersThatStopAbruptlyCostNoGet) {
  rolls("abrupt stops", {"--delay=2", "--stops-abruptly=1"});
}

}  // namespace
}  // namespace lb::e2e
