#pragma once

// What a server whose checks pass, and which answers nothing else, may be asked once the product
// has benched it (lb/upstream/probation.h): nothing in its pause, then one request at a time. Seen
// from that server, a way later than by the product.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/sim/kernel/socket.h"

namespace lb::sim {

class BenchOracle {
 public:
  // `fall`: timeouts in a row.
  explicit BenchOracle(std::uint64_t fall) : fall_(fall) {}

  // `by`, `asking`: the end of the product. The first byte of an answer is sent.
  void on_answers(const Socket& by, os::Time now);
  // The product gave up a request that came whole; `way`: in which an answer would have reached it.
  void on_timed_out(const Socket& by, os::Time now, Duration way);
  // What is wrong with that; empty if nothing is.
  [[nodiscard]] std::string_view on_asked(const Socket& asking, os::Time picked_at, Duration slack);

 private:
  struct Trial {
    const Socket* asking;
    os::Time began_at;
  };

  [[nodiscard]] bool is_trial(const Socket& asking) const;

  const std::uint64_t fall_;
  std::uint64_t timeouts_ = 0;  // in a row
  os::Time answers_at_{};
  // From when it cannot be told any more what the product saw first, a timeout or an answer.
  bool unsure_ = false;
  std::optional<os::Time> benched_at_;  // or the last trial failed
  std::vector<Trial> trials_;
};

}  // namespace lb::sim
