// Trial 9: lb is told to end under load.

#include <csignal>

#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;
using Leaving = Trial;

TEST_F(Leaving, RequestsInFlightComplete) {
  const int count = by_size(50, 200);
  const std::string delay = "--delay=" + std::to_string(by_size(700, 2000));
  starts_backends(2, {{delay}, {delay}});
  starts();
  const auto load = loads(
      {.clients = count, .requests_max = static_cast<std::uint64_t>(count), .stays_away = true});
  waits_until("all requests are with the servers", [&] {
    return ledger.requests(0) + ledger.requests(1) >= static_cast<std::uint64_t>(count);
  });
  EXPECT_EQ(load->answered_so_far(), 0U);
  balancer().signal(SIGTERM);
  const Tally& tally = load->waits_for_end();
  const Stopwatch since_last;
  EXPECT_EQ(balancer().waits_for_exit(), 0);
  const auto took = since_last.reads();
  EXPECT_LE(took, bound_of_time(milliseconds{50}));
  EXPECT_TRUE(tally.is_spotless());
  EXPECT_EQ(tally.answered_in_all(), static_cast<std::uint64_t>(count));
  figure(9, tally.text(), "; exit ", milliseconds_text(took), " after the last");
}

TEST_F(Leaving, NoRequestOfAClosedLoopIsCut) {
  const int rounds = by_size(3, 20);
  starts_backends(2);
  Tally::Microseconds longest{};
  std::uint64_t answered = 0;
  for (int round = 0; round < rounds; ++round) {
    starts();
    const auto load = loads({.stays_away = true});
    load->waits_for_answers(500);
    const Stopwatch since_signal;
    balancer().signal(SIGTERM);
    const Tally& tally = load->waits_for_end();
    EXPECT_EQ(balancer().waits_for_exit(), 0);
    longest = std::max(longest, since_signal.reads());
    EXPECT_TRUE(tally.is_spotless()) << tally.text();
    EXPECT_EQ(tally.refused, 0U) << tally.text();
    answered += tally.answered_in_all();
  }
  figure(9, rounds, " signals under a closed loop: ", answered,
         " requests answered, none cut unless told above; exit after at most ",
         milliseconds_text(longest));
}

}  // namespace
}  // namespace lb::e2e
