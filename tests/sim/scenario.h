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
#include "tests/sim/kernel/process.h"

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

inline constexpr const char* kTakeoverPath = "/run/takeover.sock";

// Another process is to take over.
struct HandoverPlan {
  Duration after{};      // the one before, or the start of the run
  bool by_path = false;  // it comes by itself (--takeover); else it is started by SIGUSR2
  Duration loading{};    // until it makes its first call
  Process::Fate fate;
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
  std::vector<HandoverPlan> handovers;
  bool lines_are_sound = true;
  bool one_trouble = false;  // see World
};

enum class Handovers : std::uint8_t { kNone, kSome };
// With handovers it is otherwise the same.
[[nodiscard]] Scenario draw_scenario(std::uint64_t seed, Profile profile,
                                     Handovers handovers = Handovers::kNone);

}  // namespace lb::sim
