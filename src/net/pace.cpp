#include "lb/net/pace.h"

namespace lb::net {
namespace {

std::uint64_t least(Pace::Time::duration within, std::uint32_t rate) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(within).count();
  return std::uint64_t{rate} * static_cast<std::uint64_t>(seconds);
}

}  // namespace

bool Pace::too_slow(Time now, std::uint64_t moved, std::uint64_t waiting, std::uint32_t rate) {
  if (now < window_ends_at_) return false;
  const std::uint64_t in_window = moved - moved_at_begin_;
  const std::uint64_t in_all = moved - moved_before_;
  const std::uint64_t since_look = moved - moved_at_look_;
  const bool took_all = since_look >= waiting_at_look_;
  const bool fast = in_window >= least(now - window_began_at_, rate) ||
                    since_look >= least(now - looked_at_, rate);
  looked_at_ = now;
  moved_at_look_ = moved;
  waiting_at_look_ = waiting;
  if (!fast) {
    if (took_all) {
      window_ends_at_ = now + kFirstLook;
      return false;
    }
    if (in_window > 0) return true;
    if (in_all > 0 && in_all / 2 < least(now - began_at_, rate)) return true;
  }
  window_began_at_ = now;
  window_ends_at_ = now + kWindow;
  moved_at_begin_ = moved;
  return false;
}

}  // namespace lb::net
