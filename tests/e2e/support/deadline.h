#pragma once

// How long a test waits for something that must happen. Generous, because it costs nothing while
// the program is right, and a sanitized build on a busy machine is slow.

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>

#include "lb/base/sanitized.h"

namespace lb::e2e {

inline constexpr std::chrono::seconds kPatience{kSanitized ? 30 : 10};

// What a test expected from the program under test and did not get; it ends the test with its text.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  Deadline() : Deadline(kPatience) {}
  explicit Deadline(std::chrono::milliseconds patience) : at_(Clock::now() + patience) {}

  [[nodiscard]] Clock::time_point at() const { return at_; }
  [[nodiscard]] bool passed() const { return Clock::now() >= at_; }
  [[nodiscard]] int poll_milliseconds() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 600'000));
  }

 private:
  Clock::time_point at_;
};

// Lets time pass in which nothing may happen. Only to watch for what must not be; never to wait for
// what must.
inline void watches_for(std::chrono::milliseconds span) {
  ::poll(nullptr, 0, static_cast<int>(span.count()));
}

// Waits for something that tells nobody when it comes true, such as a figure in /proc.
inline void waits_until(const std::string& what, const std::function<bool()>& holds,
                        Deadline deadline = {}) {
  while (!holds()) {
    if (deadline.passed()) throw Failure("never came true: " + what);
    watches_for(std::chrono::milliseconds{5});
  }
}

}  // namespace lb::e2e
