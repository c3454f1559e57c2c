#pragma once

// Virtual time, and what will happen in it: deliveries, timers, steps of actors. Time moves only
// when somebody moves it.

#include <cstdint>
#include <functional>
#include <vector>

#include "lb/os/os.h"
#include "tests/sim/kernel/dice.h"

namespace lb::sim {

class Agenda {
 public:
  using Act = std::function<void()>;

  [[nodiscard]] os::Time now() const { return now_; }
  [[nodiscard]] Duration since_start() const { return now_ - kStart; }

  // What is asked for in the past happens next. Acts of the same moment keep the order of asking.
  void at(os::Time when, Act act);
  void after(Duration delay, Act act) { at(now_ + delay, std::move(act)); }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] os::Time next() const { return heap_.front().when; }  // not when empty

  // Time passes without a rest; what falls due meanwhile happens.
  void spend(Duration time);
  // Rests until the next act, and lets it happen. Not when empty.
  void skip_to_next();

  // Odd on purpose: nothing may depend on where the clock starts.
  static constexpr os::Time kStart{std::chrono::nanoseconds(1'000'000'123'457)};

 private:
  struct Entry {
    os::Time when;
    std::uint64_t order;
    Act act;
  };
  static bool later(const Entry& a, const Entry& b);
  void run_due();

  os::Time now_ = kStart;
  std::uint64_t orders_ = 0;
  std::vector<Entry> heap_;
};

}  // namespace lb::sim
