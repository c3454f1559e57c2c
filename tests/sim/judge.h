#pragma once

// The oracles that look back on a whole run. Those that can be seen to break at once are where it
// is seen: at clients and origins (actors/), and in the kernel.

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/sim/actors/origin.h"
#include "tests/sim/actors/world.h"
#include "tests/sim/scenario.h"

namespace lb::sim {

// How the run ended, and the process that led last.
struct Verdict {
  Profile profile;
  int exit_code = 0;
  os::Time exited_at{};
  std::optional<os::Time> second_signal_at;
  Duration exit_slack{};
  std::size_t bytes_left = 0;  // in buffers
  std::vector<std::vector<Origin::Pick>> picks_by_origin{};
  std::vector<MessageId> from_slow_clients{};
  std::vector<MessageId> from_late_readers{};  // of the last response, while the connection idles
};

// Tells the kernel of the first oracle that broke.
void judge(World& world, const Verdict& verdict);

}  // namespace lb::sim
