#pragma once

// One run from its seed: the world is made, the real Server is started in it, perhaps followed by
// another one, told to end, and judged.

#include <cstdint>
#include <optional>

#include "tests/sim/kernel/kernel.h"
#include "tests/sim/scenario.h"

namespace lb::sim {

struct RunResult {
  std::optional<Breach> breach;
  std::uint64_t requests = 0;  // that were answered by an origin
  std::uint64_t turns = 0;
  std::uint64_t handovers = 0;
  std::uint64_t handovers_failed = 0;
  Duration virtual_time{};
};

struct RunOptions {
  bool trace = false;
  Handovers handovers = Handovers::kNone;
  bool log = false;  // the product's own, to standard error
};

[[nodiscard]] RunResult run(std::uint64_t seed, Profile profile, const RunOptions& options);

}  // namespace lb::sim
