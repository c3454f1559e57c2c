#pragma once

// A deadline that calls its owner, never early and at most 10 ms late. Setting, postponing and
// cancelling are a store: the reactor looks at a timer at the time it was first set for, and puts
// it back if the deadline has moved on. Only a deadline earlier than that look moves anything. So a
// timeout that is renewed with every request costs next to nothing.

#include <cstdint>

#include "lb/base/callback.h"
#include "lb/os/os.h"

namespace lb::event {

class Reactor;

class Timer {
 public:
  Timer(Reactor& reactor, Callback<> on_due) : reactor_(reactor), on_due_(on_due) {}
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Calls once at `deadline`, unless set anew or cancelled before.
  void set_at(os::Time deadline);
  // From the clock of this turn.
  void set_after(os::Time::duration delay);
  void cancel() { deadline_ = os::Time::max(); }

  // os::Time::max(): none.
  [[nodiscard]] os::Time deadline() const { return deadline_; }
  [[nodiscard]] bool is_set() const { return deadline_ != os::Time::max(); }

 private:
  friend class Reactor;
  static constexpr std::uint32_t kNotScheduled = UINT32_MAX;

  Reactor& reactor_;
  Callback<> on_due_;
  os::Time deadline_ = os::Time::max();
  std::uint32_t index_ = kNotScheduled;  // in the reactor's heap
};

}  // namespace lb::event
