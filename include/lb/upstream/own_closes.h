#pragma once

// How many connections this side was the first to close within the last minute. Each keeps its
// local port in TIME_WAIT for a minute (tcp(7)), so too many of them would leave none to connect
// from.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lb::upstream {

class OwnCloses {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kWindow{60};

  // `ports`: what there is to connect from (ip_local_port_range, ip(7)). A quarter may wait.
  explicit OwnCloses(std::uint32_t ports) : max_(ports / 4) {}

  void add(Time now);
  // So many that the next should end without TIME_WAIT.
  [[nodiscard]] bool too_many(Time now);

 private:
  void forget_old(Time now);

  const std::uint32_t max_;
  std::uint32_t sum_ = 0;
  std::int64_t second_ = 0;  // the newest that is counted
  std::array<std::uint32_t, kWindow.count()> by_second_{};
};

}  // namespace lb::upstream
