#pragma once

// The wall clock behind proxy::Clock. It is read at most once a second, so it may lag a jump of the
// time of day by that.

#include <string>

#include "lb/event/reactor.h"
#include "lb/proxy/clock.h"

namespace lb::app {

class WallClock final : public proxy::Clock {
 public:
  explicit WallClock(event::Reactor& reactor) : reactor_(reactor) {}

  [[nodiscard]] std::string_view log_time() override;
  [[nodiscard]] std::string_view date_line() override;

 private:
  void read_if_stale();

  event::Reactor& reactor_;
  std::string log_time_;
  std::string date_line_;
  os::Time fresh_until_{};
};

}  // namespace lb::app
