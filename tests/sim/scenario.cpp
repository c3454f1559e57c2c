#include "tests/sim/scenario.h"

#include <algorithm>
#include <array>

#include "tests/sim/draw.h"

namespace lb::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> kNames = {"calm", "faulty", "hostile"};

// The second and the third stream of a seed.
constexpr std::uint64_t kMore = 0x5'07'f5'e1'a1'1e'd0'5dULL;
constexpr std::uint64_t kThird = 0x3'ab'ac'c0'ff'ee'11'7bULL;

Swarm without_harm(const Swarm& swarm) {
  return {.profile = swarm.profile,
          .short_calls = swarm.short_calls,
          .slow_readers = swarm.slow_readers,
          .slow_lines = swarm.slow_lines};
}

// What the product holds, at the pace of the client.
Duration time_to_read(const ClientPlan& client) {
  constexpr std::int64_t kHeldBytesMax = 64 * 1024;
  const auto piece = static_cast<std::int64_t>(std::min(client.reading.piece, client.receive_max));
  return piece == 0 ? Duration{} : client.reading.gap * (kHeldBytesMax / piece);
}

}  // namespace

std::string_view name_of(Profile profile) {
  return kNames[static_cast<std::size_t>(profile)];
}

std::optional<Profile> profile_of(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Profile>(i);
  }
  return std::nullopt;
}

Scenario draw_scenario(std::uint64_t seed, Profile profile, Handovers handovers) {
  Scenario scenario;
  scenario.seed = seed;
  scenario.profile = profile;
  Dice dice(seed * 3 + static_cast<std::uint64_t>(profile));
  scenario.kernel.seed = dice.next();
  Dice more((seed * 3 + static_cast<std::uint64_t>(profile)) ^ kMore);
  const Trouble trouble = draw_trouble(more, profile);
  Swarm swarm = draw_swarm(dice, profile);
  if (trouble.alone) swarm = without_harm(swarm);
  draw_origins(dice, swarm, scenario);
  draw_settings(dice, swarm, scenario);
  draw_faults(dice, swarm, scenario);
  draw_clients(dice, swarm, scenario);
  draw_signals(dice, swarm, scenario);
  add_trouble(more, trouble, scenario);
  for (const ClientPlan& client : scenario.clients) {
    Duration& longest = scenario.settings.longest_reading;
    longest = std::max(longest, time_to_read(client));
  }
  constexpr std::size_t kCrowds[] = {1, 4, 256};
  scenario.settings.crowd_min = more.one_of(kCrowds);
  if (handovers == Handovers::kSome) {
    Dice third((seed * 3 + static_cast<std::uint64_t>(profile)) ^ kThird);
    draw_handovers(third, scenario);
  }
  return scenario;
}

Swarm draw_swarm(Dice& dice, Profile profile) {
  Swarm swarm{.profile = profile};
  swarm.short_calls = dice.percent(70);
  swarm.slow_lines = dice.percent(25);
  swarm.slow_readers = !swarm.slow_lines && dice.percent(15);
  if (profile == Profile::kCalm) return swarm;
  const bool hostile = profile == Profile::kHostile;
  const std::uint32_t often = hostile ? 50 : 25;
  swarm.system_errors = dice.percent(often);
  swarm.connect_errors = dice.percent(often);
  swarm.resets = dice.percent(often);
  swarm.client_ends = dice.percent(often);
  swarm.origin_ends = dice.percent(often);
  swarm.sickness = dice.percent(often);
  swarm.crashes = dice.percent(often);
  swarm.cut_offs = dice.percent(often);
  swarm.flaws = hostile && dice.percent(40);
  swarm.slow_clients = hostile && dice.percent(30);
  swarm.tight_limits = hostile && dice.percent(40);
  swarm.tight_timeouts = dice.percent(often);
  return swarm;
}

void draw_faults(Dice& dice, const Swarm& swarm, Scenario& scenario) {
  Faults& faults = scenario.faults;
  if (swarm.short_calls) {
    faults.short_read = dice.between(0U, 300'000U);
    faults.short_write = dice.between(0U, 300'000U);
    faults.would_block = dice.between(0U, 50'000U);
  }
  faults.interrupted = dice.between(0U, 20'000U);
  faults.partial_batch = dice.between(0U, 300'000U);
  faults.connect_at_once = dice.percent(20) ? 300'000 : 0;
  constexpr std::uint32_t kStalls[] = {2'000, 50'000, 300'000};
  faults.stall = dice.percent(30) ? dice.one_of(kStalls) : 0;
  const bool patient = swarm.profile == Profile::kCalm;  // no timeout is tight
  if (faults.stall == kStalls[2] && !patient) faults.stall_max = 300us;
  faults.wall_jump = dice.percent(20) ? 1'000 : 0;
  constexpr Duration kLatencies[] = {50us, 500us, 5ms};
  faults.latency_max = swarm.slow_lines ? Duration(40ms) : dice.one_of(kLatencies);
  faults.latency_min = dice.percent(50) ? faults.latency_max / 2 : Duration(1us);
  if (swarm.system_errors) {
    faults.accept_exhausted = dice.between(0U, 100'000U);
    faults.socket_exhausted = dice.between(0U, 50'000U);
    faults.poller_exhausted = dice.between(0U, 20'000U);
    faults.log_write = dice.between(0U, 200'000U);
  }
  if (swarm.connect_errors) {
    faults.connect_refused = dice.between(0U, 100'000U);
    faults.connect_silent = dice.between(0U, 100'000U);
    faults.connect_unreachable = dice.between(0U, 50'000U);
  }
  if (swarm.resets) faults.connection_reset = dice.between(100U, 5'000U);
  scenario.lines_are_sound =
      !swarm.system_errors && !swarm.connect_errors && !swarm.resets && !swarm.cut_offs;
  const Settings& settings = scenario.settings;
  faults.felt = settings.connect_timeout + settings.health_timeout * 2 +
                settings.health_interval * 2 + settings.recovery;
}

void draw_signals(Dice& dice, const Swarm& swarm, Scenario& scenario) {
  SignalPlan& signals = scenario.signals;
  if (dice.percent(25)) signals.early = dice.between(Duration(300ms), Duration(4s));
  constexpr Duration kRests[] = {0ms, 100ms, 2s, 90s};
  signals.rest = dice.one_of(kRests);
  if (swarm.profile == Profile::kHostile && dice.percent(20)) {
    signals.second_after = dice.between(Duration(0ms), Duration(1s));
  }
  while (dice.percent(10)) {
    signals.hangups.push_back(dice.between(Duration(0ms), Duration(3s)));
  }
}

}  // namespace lb::sim
