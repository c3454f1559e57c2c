#include "tests/sim/draw.h"

namespace lb::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kCallsMax = 70;  // about as many as one makes until it is ready

// Nearer to the last the more often: in the midst of its drain, or before it is ready.
Duration draw_rest(Dice& dice) {
  constexpr Duration kRests[] = {100us, 3ms, 50ms, 300ms, 2s};
  return dice.between(Duration(0), dice.one_of(kRests));
}

Process::Fate draw_fate(Dice& dice) {
  using Kind = Process::Fate::Kind;
  constexpr Duration kHangs[] = {1ms, 100ms, 2s, 9s, 11s, 30s};
  Process::Fate fate;
  fate.kind = dice.percent(40) ? Kind::kDies : Kind::kHangs;
  fate.at_call = dice.between<std::uint64_t>(1, kCallsMax);
  fate.lasts = dice.one_of(kHangs);
  return fate;
}

}  // namespace

void draw_handovers(Dice& dice, Scenario& scenario) {
  constexpr Duration kLoading[] = {0ms, 1ms, 20ms, 500ms};
  const bool by_path = dice.percent(50);
  if (by_path) {
    scenario.settings.arguments.insert(scenario.settings.arguments.end(),
                                       {"--takeover", kTakeoverPath});
  }
  const auto count = dice.between<std::size_t>(1, 4);
  for (std::size_t i = 0; i < count; ++i) {
    HandoverPlan plan;
    plan.after = i == 0 ? dice.between(Duration(50ms), Duration(2s)) : draw_rest(dice);
    plan.by_path = by_path && dice.percent(60);
    plan.loading = dice.between(Duration(0), dice.one_of(kLoading));
    if (dice.percent(25)) plan.fate = draw_fate(dice);
    scenario.handovers.push_back(plan);
  }
}

}  // namespace lb::sim
