// Trial 6: thousands of slow clients beside those that are not.

#include "tests/e2e/trials/rival.h"
#include "tests/e2e/trials/slow_clients.h"
#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;

struct Kind {
  const char* name;
  Slowness slowness;
  milliseconds gone_after;  // at the latest, with the defaults

  friend std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }
};

class Slow : public Trial, public testing::WithParamInterface<Kind> {
 protected:
  static constexpr const char* kLarge = "--body-bytes=67108864";

  void SetUp() override {
    const std::size_t descriptors = raise_descriptor_limit();
    if (descriptors < by_size<std::size_t>(500, 10'000)) GTEST_SKIP() << "too few descriptors";
  }

  // At the small size those that must not be waited for so long move nothing at all: a client that
  // moves a little is judged over 20 s (--min-rate).
  [[nodiscard]] SlowPlan plan(std::uint16_t port) const {
    const milliseconds never{0};
    const bool head = GetParam().slowness == Slowness::kHead;
    return {.port = port,
            .clients = by_size<std::size_t>(50, 2000),
            .slowness = GetParam().slowness,
            .drips_every = is_full_trial() ? milliseconds{1000}
                           : head          ? milliseconds{100}
                                           : never};
  }
  [[nodiscard]] static LoadPlan normal(std::uint16_t port) {
    return {.port = port, .clients = 4, .pause = milliseconds{2}};
  }
};

TEST_P(Slow, ClientsDisturbNobodyAndAreGoneInTime) {
  const Kind& kind = GetParam();
  starts_backends(3, {{kLarge}, {kLarge}, {kLarge}});
  starts(is_full_trial() ? Arguments{}
                         : Arguments{"--header-timeout", "1s", "--client-timeout", "1s"});
  const auto load = loads(normal(balancer().port()));
  load->waits_for_answers(20);
  const SlowClients slow(plan(balancer().port()), ledger);
  slow.waits_until_gone(by_size(Deadline(), Deadline(kind.gone_after + milliseconds{30'000})));
  const std::size_t descriptors = balancer().process().descriptor_count();
  const Tally& tally = load->ends();
  EXPECT_TRUE(tally.is_spotless());
  EXPECT_EQ(tally.refused, 0U);
  EXPECT_EQ(slow.gone(), plan(0).clients);
  EXPECT_LE(slow.longest(), kind.gone_after);
  figure(6, kind.name, ": ", slow.gone(), " slow ones gone, the last after ",
         slow.longest().count(), " ms, lb holds ", descriptors,
         " descriptors; normal clients: ", tally.text());
  if (!is_full_trial()) return;
  ends_balancer();
  if (!Rival::is_installed()) return figure(6, "HAProxy is not installed");
  const Rival rival(names_of(backends), "  timeout server 60s\n  timeout http-request 10s\n");
  const auto rival_load = loads(normal(rival.port()));
  rival_load->waits_for_answers(20);
  const SlowClients rival_slow(plan(rival.port()), ledger);
  goes_on_for(slow.longest());
  const Tally& rival_tally = rival_load->ends();
  EXPECT_LE(tally.percentile(0.99), 2 * rival_tally.percentile(0.99));
  figure(6, kind.name, ", HAProxy: ", rival_slow.gone(), " slow ones gone in the same time, ",
         rival_tally.text());
}

INSTANTIATE_TEST_SUITE_P(OfEachKind, Slow,
                         testing::Values(Kind{"Heads", Slowness::kHead, milliseconds{12'000}},
                                         Kind{"Uploads", Slowness::kUpload, milliseconds{25'000}},
                                         Kind{"Readers", Slowness::kReading, milliseconds{25'000}}),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace lb::e2e
