#pragma once

// How many repeats all requests together may make: a token bucket, so that repeats cannot multiply
// the load of servers that are failing. Each request earns a share of a token, each second some
// more; each repeat takes one.

#include <chrono>
#include <cstdint>

namespace lb::proxy {

class RetryBudget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::int32_t kTokensMax = 100;  // at the start, too
  static constexpr std::int32_t kTokensPerSecond = 3;

  // `percent` of the requests may be repeated; 0: none, not even those of the seconds. Those and
  // what there is at the start are for `share` processes together.
  explicit RetryBudget(std::uint32_t percent, std::uint32_t share = 1)
      : percent_(percent), share_(share), cents_(cents_max()) {}

  void earn() {
    if (cents_ < cents_max()) cents_ += percent_;
  }
  // False: there is none left.
  [[nodiscard]] bool take(Time now);

 private:
  static constexpr std::int32_t kCents = 100;  // of a token

  [[nodiscard]] std::int64_t cents_max() const {
    return std::int64_t{kTokensMax} * kCents / share_;
  }

  std::uint32_t percent_;
  std::uint32_t share_;
  std::int64_t cents_;
  Time earned_at_{};  // what the time until then has earned is counted
};

}  // namespace lb::proxy
