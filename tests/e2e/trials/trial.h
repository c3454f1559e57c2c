#pragma once

// A trial: the balancer under load while its servers, its clients or its machine fail. By default
// at a size that fits among the other tests; with LB_TRIAL=full in the environment at the size at
// which it is judged. Either prints its figures. A small one has generous bounds of time, because
// other tests run beside it.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <sstream>
#include <string>

#include "tests/e2e/support/lb.h"
#include "tests/e2e/trials/backend_process.h"
#include "tests/e2e/trials/ledger.h"
#include "tests/e2e/trials/load.h"

namespace lb::e2e {

[[nodiscard]] bool is_full_trial();

template <class T>
[[nodiscard]] T by_size(T small, T full) {
  return is_full_trial() ? full : small;
}

// Lets this process open as many descriptors as it may; how many.
[[nodiscard]] std::size_t raise_descriptor_limit();

// What a bound of time is on a machine that has nothing else to do, and what it is here.
[[nodiscard]] std::chrono::milliseconds bound_of_time(std::chrono::milliseconds judged);

void print_figure(int line, const std::string& text);

template <class... Parts>
void figure(int line, const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  print_figure(line, text.str());
}

// A span since it was made.
class Stopwatch {
 public:
  [[nodiscard]] std::chrono::microseconds reads() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - began_);
  }
  [[nodiscard]] std::string text() const { return milliseconds_text(reads()); }

 private:
  Deadline::Clock::time_point began_ = Deadline::Clock::now();
};

class Trial : public testing::Test {
 protected:
  // The flags for trials in which servers die.
  static const Arguments kFlags;

  void starts_backends(std::size_t count,
                       const std::vector<std::vector<std::string>>& options = {}) {
    backends = start_backends(ledger, count, options);
  }
  // Waits until all backends are up.
  Lb& starts(const Arguments& options = kFlags, const Surroundings& surroundings = {});
  [[nodiscard]] Lb& balancer() { return *lb_; }
  void ends_balancer() { lb_.reset(); }

  // A load on the balancer.
  [[nodiscard]] std::unique_ptr<Load> loads(LoadPlan plan = {});
  // One that leaves something to other tests of this machine, at the small size.
  [[nodiscard]] std::unique_ptr<Load> loads_gently(LoadPlan plan = {});
  // Lets a load run for that long; not a wait for anything.
  static void goes_on_for(std::chrono::milliseconds span) { watches_for(span); }
  // Since the last of them.
  void waits_until_up(const BackendProcess& backend, std::size_t from, Deadline deadline = {});

  Ledger ledger;
  Backends backends;

 private:
  std::unique_ptr<Lb> lb_;  // goes first
};

}  // namespace lb::e2e
