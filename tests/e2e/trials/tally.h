#pragma once

// What came of the requests of a load.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/trials/content.h"

namespace lb::e2e {

enum class Verb : std::uint8_t { kGet, kPost };

struct Tally {
  using Clock = std::chrono::steady_clock;
  using Microseconds = std::chrono::microseconds;

  // Each by verb.
  std::array<std::uint64_t, 2> answered{};  // 200, whole, and its own
  std::array<std::uint64_t, 2> failed{};    // another status, or nothing at all
  std::uint64_t hung = 0;                   // nothing for so long that the client gave up
  std::uint64_t cut = 0;                    // ended within the body
  std::uint64_t mixed_up = 0;               // the response to another request, or a torn one
  std::uint64_t refused = 0;                // connects
  std::uint64_t aborted = 0;                // by the client itself
  std::map<int, std::uint64_t> statuses;    // of the failed; 0: none came
  std::vector<RequestId> failed_posts;
  // Of the cut, and of those without any answer: the ports of their clients.
  std::vector<std::uint16_t> lost_at;
  std::vector<std::string> complaints;  // the first few
  // Of the answered, in the order in which they ended.
  std::vector<std::uint32_t> latencies_us;
  std::vector<std::uint32_t> ended_ms;  // since the load began

  [[nodiscard]] std::uint64_t answered_in_all() const { return answered[0] + answered[1]; }
  [[nodiscard]] std::uint64_t failed_gets() const { return failed[0]; }
  // Neither failed nor worse, of whatever verb.
  [[nodiscard]] bool is_spotless() const {
    return failed[0] + failed[1] + hung + cut + mixed_up == 0;
  }

  // 0 to 1; 1 is the longest.
  [[nodiscard]] Microseconds percentile(double share) const;
  // The same of those that took at most that long.
  [[nodiscard]] Microseconds percentile_below(double share, Microseconds limit) const;
  [[nodiscard]] std::uint64_t slower_than(Microseconds limit) const;
  // Answered a second, in that span since the load began.
  [[nodiscard]] double rate_between(std::chrono::milliseconds from,
                                    std::chrono::milliseconds to) const;

  void complains(std::string_view text);
  // One line of figures.
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] std::string milliseconds_text(std::chrono::microseconds span);

}  // namespace lb::e2e
