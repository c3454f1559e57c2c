#pragma once

// Tells the service manager how this process does (sd_notify(3)): that it is ready, that it is
// going, how many servers are up, and, as long as the reactor turns, that it is alive. What the
// manager cannot take now is told again later; without a manager it does nothing.

#include <chrono>
#include <cstdint>
#include <string>

#include "app/service_environment.h"
#include "lb/event/reactor.h"
#include "lb/event/timer.h"

namespace lb::app {

class Notifier {
 public:
  static constexpr std::chrono::milliseconds kTellAgain{100};

  Notifier(event::Reactor& reactor, const ServiceEnvironment& service);

  void ready();
  void stopping();
  // Another process is to be the main one.
  void reloading();
  // It is, and goes on telling: this one is silent from here on.
  void leave_to(std::uint64_t process_id);
  // It is not, and this one goes on.
  void ready_again();
  // One line, for `systemctl status`: "2/3 servers up".
  void status(std::string text);
  // Nothing more is told.
  void stop();

 private:
  [[nodiscard]] bool is_wanted() const { return !path_.empty(); }
  void tell();
  void on_tell_again();
  void on_watchdog();

  const std::string path_;
  const std::chrono::microseconds sign_of_life_every_;  // 0: not wanted
  event::Timer again_;
  event::Timer watchdog_;
  std::string phase_;    // "READY=1\n" and the like, until it is told
  std::string status_;   // until it is told
  bool silent_ = false;  // nothing new is told
};

}  // namespace lb::app
