#pragma once

// The turns of a reactor in the hands of a test: one at a time, for a time, or until something
// holds. Nothing here waits for luck: what does not come within kPatience is a failure.

#include <chrono>
#include <utility>

#include "lb/event/posted.h"
#include "lb/event/reactor.h"
#include "lb/event/timer.h"

namespace lb::test {

inline constexpr std::chrono::seconds kPatience{20};

// Ends Reactor::run, from within.
class Stopper {
 public:
  explicit Stopper(event::Reactor& reactor)
      : reactor_(reactor),
        posted_(reactor, Callback<>::to<&Stopper::stop>(this)),
        timer_(reactor, Callback<>::to<&Stopper::stop>(this)) {}

  void after_this_turn() { posted_.post(); }
  void at(os::Time time) { timer_.set_at(time); }

 private:
  void stop() { reactor_.stop(); }

  event::Reactor& reactor_;
  event::Posted posted_;
  event::Timer timer_;
};

// One turn, which does not wait for anything to become ready.
inline void turn(event::Reactor& reactor) {
  Stopper stopper(reactor);
  stopper.after_this_turn();
  reactor.run();
}

// Returns how many turns that took: few, unless something spins.
inline std::uint64_t run_for(event::Reactor& reactor, std::chrono::milliseconds time) {
  const std::uint64_t before = reactor.turns();
  Stopper stopper(reactor);
  stopper.at(os::now() + time);
  reactor.run();
  return reactor.turns() - before;
}

// Turns until `condition()` holds, looking every few milliseconds; false if it never does.
template <class Condition>
[[nodiscard]] bool run_until(event::Reactor& reactor, Condition&& condition,
                             std::chrono::milliseconds patience = kPatience) {
  const os::Time deadline = os::now() + patience;
  Stopper stopper(reactor);
  while (!condition()) {
    if (os::now() > deadline) return false;
    stopper.at(os::now());
    reactor.run();
  }
  return true;
}

}  // namespace lb::test
