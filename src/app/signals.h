#pragma once

// The signals that steer this process, as events of the reactor, instead of their usual reactions.
// SIGPIPE is ignored: a send says EPIPE. SIGHUP is answered with a line of the log.

#include <string_view>

#include "lb/event/watch.h"
#include "lb/os/fd.h"
#include "lb/os/process.h"

namespace lb::app {

// Said to the first of two signals by who drains anyway.
inline constexpr std::string_view kCutNextTime =
    "already shutting down; the next signal cuts the requests in hand";

class SignalHandler {
 public:
  virtual void on_term() = 0;                  // SIGINT or SIGTERM
  virtual void on_succession_asked_for() = 0;  // SIGUSR2
  virtual void on_child_ended(const os::EndedProcess& ended) = 0;

 protected:
  ~SignalHandler() = default;
};

class Signals {
 public:
  // Throws std::runtime_error with one line if they cannot be had.
  Signals(event::Reactor& reactor, SignalHandler& handler);

 private:
  void on_ready(event::Ready ready);

  SignalHandler& handler_;
  os::Fd fd_;
  event::Watch watch_;
};

}  // namespace lb::app
