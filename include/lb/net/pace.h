#pragma once

// How fast a peer moves that is waited for. It begins when the wait has lasted kFirstLook, and
// judges whenever another kWindow has passed: the peer must have moved its bytes at the least rate.
// One that has moved all that there was at the last look may have had nothing to do for a time, and
// is looked at again after kFirstLook: it must have moved its bytes since. One that moved nothing
// within the window is judged by the whole wait: the kernel of a reader takes a buffer full at
// first, and opens its window anew when half of that has been read. One that has never moved
// anything is for the timeouts.
//
// A value: whoever waits keeps one while it waits, and drops it when it does not.

#include <chrono>
#include <cstdint>

namespace lb::net {

class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kFirstLook{1};
  static constexpr std::chrono::seconds kWindow{20};

  // `moved`: bytes until now, in all; `moved_before`: until the wait began; `waiting`: bytes that
  // the peer could move at most.
  Pace(Time now, std::uint64_t moved_before, std::uint64_t moved, std::uint64_t waiting)
      : began_at_(now - kFirstLook),
        moved_before_(moved_before),
        window_began_at_(now),
        window_ends_at_(now + kWindow),
        moved_at_begin_(moved),
        looked_at_(now),
        moved_at_look_(moved),
        waiting_at_look_(waiting) {}

  [[nodiscard]] Time window_ends_at() const { return window_ends_at_; }
  // `rate`: bytes a second. Within a window never.
  [[nodiscard]] bool too_slow(Time now, std::uint64_t moved, std::uint64_t waiting,
                              std::uint32_t rate);

 private:
  Time began_at_;
  std::uint64_t moved_before_;
  Time window_began_at_;
  Time window_ends_at_;
  std::uint64_t moved_at_begin_;  // of the window
  Time looked_at_;
  std::uint64_t moved_at_look_;
  std::uint64_t waiting_at_look_;
};

}  // namespace lb::net
