#include "app/signals.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "lb/base/log.h"
#include "lb/os/os.h"

namespace lb::app {

Signals::Signals(event::Reactor& reactor, SignalHandler& handler)
    : handler_(handler), watch_(reactor) {
  os::ignore_signal(os::kSignalPipe);
  const std::array signals = {os::kSignalInterrupt, os::kSignalTerminate, os::kSignalHangup,
                              os::kSignalUser2, os::kSignalChild};
  auto fd = os::open_signals(signals);
  if (!fd) throw std::runtime_error("cannot watch signals: " + os::error_text(fd.error()));
  fd_ = std::move(*fd);
  const int error = watch_.open(fd_.get(), {.read = true, .write = false},
                                Callback<event::Ready>::to<&Signals::on_ready>(this));
  if (error != 0) throw std::runtime_error("cannot watch signals: " + os::error_text(error));
}

void Signals::on_ready(event::Ready) {
  while (const auto signal = os::read_signal(fd_.get())) {
    if (*signal == os::kSignalHangup) {
      log::info("SIGHUP ignored: there is nothing to reload");
    } else if (*signal == os::kSignalChild) {
      while (const auto ended = os::next_ended_process()) handler_.on_child_ended(*ended);
    } else if (*signal == os::kSignalUser2) {
      handler_.on_succession_asked_for();
    } else {
      handler_.on_term();
    }
  }
}

}  // namespace lb::app
