#pragma once

// What may go wrong, and how often. Probabilities are per million of the calls, or of the
// deliveries, that they can hit; 0 is never. The first group is what a program must bear without
// anybody noticing; each hit of the second may cost somebody a request, and is written down, so
// that an error without a fault can be told.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lb/os/os.h"
#include "tests/sim/kernel/dice.h"

namespace lb::sim {

struct Faults {
  // Harmless.
  std::uint32_t short_read = 0;
  std::uint32_t short_write = 0;
  std::uint32_t would_block = 0;    // EAGAIN although there is something; of receives not twice
  std::uint32_t interrupted = 0;    // EINTR of wait
  std::uint32_t partial_batch = 0;  // wait tells of some of what is ready
  std::uint32_t connect_at_once = 0;
  Duration latency_min = std::chrono::microseconds(20);
  Duration latency_max = std::chrono::microseconds(500);
  Duration lateness_max = std::chrono::microseconds(50);  // of timers
  std::uint32_t stall = 0;  // the process is not run for up to stall_max
  Duration stall_max = std::chrono::milliseconds(5);
  std::uint32_t wall_jump = 0;

  // Harmful.
  std::uint32_t accept_exhausted = 0;
  std::uint32_t socket_exhausted = 0;
  std::uint32_t poller_exhausted = 0;
  std::uint32_t connect_refused = 0;
  std::uint32_t connect_silent = 0;
  std::uint32_t connect_unreachable = 0;
  std::uint32_t connection_reset = 0;  // by something between the two
  std::uint32_t log_write = 0;
  Duration
      felt{};  // how long a hit may cost requests: until every server is known to be well again
};

// When the run was hurt, and for how long it may still be felt.
class Injuries {
 public:
  void add(os::Time at, Duration felt, std::string_view what) {
    all_.push_back({at, at + felt, what});
  }
  // The first that was felt within these times, but for those called `harmless`; empty if none was.
  [[nodiscard]] std::string_view between(os::Time from, os::Time until,
                                         std::span<const std::string_view> harmless = {}) const {
    for (const Injury& injury : all_) {
      const bool felt = injury.at <= until && injury.until >= from;
      if (felt && std::ranges::find(harmless, injury.what) == harmless.end()) return injury.what;
    }
    return {};
  }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  struct Injury {
    os::Time at;
    os::Time until;
    std::string_view what;
  };
  std::vector<Injury> all_;
};

}  // namespace lb::sim
