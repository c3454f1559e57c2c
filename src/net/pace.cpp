#include "lb/net/pace.h"

#include <algorithm>

namespace lb::net {

bool Pace::too_slow(Time now, std::uint64_t moved, std::uint64_t waiting, std::uint32_t rate) {
  if (now < window_ends_at_) return false;
  const std::uint64_t in_window = moved - moved_at_begin_;
  const std::uint64_t in_all = moved - moved_before_;
  const std::uint64_t least = std::uint64_t{rate} * kWindow.count();
  const bool kept_up = in_window >= std::min(least, waiting_at_begin_);
  window_ends_at_ = now + kWindow;
  moved_at_begin_ = moved;
  waiting_at_begin_ = waiting;
  if (kept_up) return false;
  if (in_window > 0) return true;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - began_at_).count();
  return in_all > 0 && in_all / 2 < std::uint64_t{rate} * static_cast<std::uint64_t>(seconds);
}

}  // namespace lb::net
