// Trial 3: servers that do not answer: frozen, out of reach, or lying to the checks.

#include <functional>

#include "tests/e2e/trials/rival.h"
#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;

// Whoever waits longer than this has met the server that hangs.
constexpr milliseconds kStuck{250};
// It moves no request off a server that has gone down; its own way out is a short timeout.
constexpr const char* kRivalSettings =
    "  timeout server 3s\n  timeout check 500ms\n  option redispatch 1\n  retries 3\n"
    "  retry-on all-retryable-errors\n";

class Hangs : public Trial {
 protected:
  // A load while that befalls the first server, until after it is known to be down.
  const Tally& goes_through(const std::function<void()>& misfortune) {
    load_ = loads_gently();
    load_->waits_for_answers(300);
    backends[0]->waits_for_check();
    misfortune();
    balancer().waits_until_down(backends[0]->name());
    load_->waits_for_answers(300);
    goes_on_for(milliseconds(by_size(0, 5000)));
    return load_->ends();
  }

  // The same in front of the same servers, at the size at which it is judged.
  void judges_beside_rival(const Tally& own, const std::function<void()>& misfortune) {
    if (!is_full_trial()) return;
    if (!Rival::is_installed()) return figure(3, "HAProxy is not installed");
    ends_balancer();
    const Rival rival(names_of(backends), kRivalSettings);
    const auto load = loads({.port = rival.port()});
    load->waits_for_answers(300);
    misfortune();
    goes_on_for(milliseconds{10'000});
    const Tally& tally = load->ends();
    EXPECT_LE(own.percentile_below(0.99, kStuck), 2 * tally.percentile_below(0.99, kStuck));
    figure(3, "HAProxy: ", tally.text(), "; ", tally.slower_than(kStuck),
           " stuck, p99 of the others ", milliseconds_text(tally.percentile_below(0.99, kStuck)));
  }

  void judges(const Tally& tally, milliseconds longest, const std::string& name) {
    EXPECT_TRUE(tally.is_spotless());
    EXPECT_EQ(tally.refused, 0U);
    EXPECT_LE(tally.percentile(1), bound_of_time(longest));
    figure(3, name, ": ", tally.text(), "; ", tally.slower_than(kStuck),
           " stuck, p99 of the others ", milliseconds_text(tally.percentile_below(0.99, kStuck)));
  }

 private:
  std::unique_ptr<Load> load_;
};

TEST_F(Hangs, AFrozenServerCostsNoGet) {
  starts_backends(3);
  starts();
  const Tally& tally = goes_through([this] { backends[0]->freezes(); });
  judges(tally, milliseconds{2500}, "frozen");
  backends[0]->thaws();
  judges_beside_rival(tally, [this] { backends[0]->freezes(); });
}

TEST_F(Hangs, AServerOutOfReachCostsNoGet) {
  starts_backends(3, {{"--mode=answers-no-connect", "--mode-from-signal=1"}});
  starts();
  const Tally& tally = goes_through([this] { backends[0]->begins_mode(); });
  judges(tally, milliseconds{1200}, "out of reach");
}

// Of the throughput that all three servers gave, two of them give most once the liar is out.
TEST_F(Hangs, ALiarIsTakenOut) {
  starts_backends(3, {{"--mode=never-answers", "--mode-from-signal=1"}});
  const milliseconds calm(by_size(500, 5000));
  const milliseconds settling(by_size(1500, 5000));
  const milliseconds span(by_size(3000, 60'000));
  Arguments flags = kFlags;
  flags.insert(flags.end(), {"--server-timeout", by_size("200ms", "1s")});
  starts(flags);
  const auto load = loads_gently();
  load->waits_for_answers(100);
  const milliseconds calm_from = load->age();
  goes_on_for(calm);
  const milliseconds lies_from = load->age();
  backends[0]->begins_mode();
  goes_on_for(span);
  const milliseconds end = load->age();
  const Tally& tally = load->ends();
  const double before = tally.rate_between(calm_from, lies_from);
  const double after = tally.rate_between(lies_from + settling, end);
  EXPECT_EQ(tally.hung + tally.mixed_up + tally.cut, 0U);
  EXPECT_GE(after, before * by_size(0.5, 0.8));
  figure(3, "liar: ", static_cast<int>(before), " requests/s in calm, ", static_cast<int>(after),
         " later; ", ledger.misdeeds(), " requests went to it; ", tally.text());
}

}  // namespace
}  // namespace lb::e2e
