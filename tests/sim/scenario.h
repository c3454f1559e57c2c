#pragma once

// One run, drawn from a seed: what the product is told, who the actors are, what each will do, and
// what may go wrong. Each class of faults is in or out of a run as a whole, so that some runs are
// rich in one kind and free of the others (swarm testing).

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/sim/actors/plan.h"
#include "tests/sim/actors/world.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::sim {

enum class Profile : std::uint8_t {
  kCalm,     // nothing goes wrong; buffers are small, reads and writes short, orders shuffled
  kFaulty,   // some things go wrong
  kHostile,  // anything does, and limits and timeouts are tight
};

[[nodiscard]] std::string_view name_of(Profile profile);
[[nodiscard]] std::optional<Profile> profile_of(std::string_view name);

struct SignalPlan {
  // None: after the last client is done.
  std::optional<Duration> early;
  Duration rest{};  // else: how long after
  std::optional<Duration> second_after;
  std::vector<Duration> hangups;  // SIGHUP, which is ignored
};

struct Scenario {
  std::uint64_t seed = 0;
  Profile profile = Profile::kCalm;
  Kernel::Config kernel;
  Faults faults;
  Settings settings;
  std::vector<Plan> plans;
  std::vector<ClientPlan> clients;
  std::vector<OriginPlan> origins;
  SignalPlan signals;
  bool lines_are_sound = true;
  bool one_trouble = false;  // see World
};

[[nodiscard]] Scenario draw_scenario(std::uint64_t seed, Profile profile);

}  // namespace lb::sim
