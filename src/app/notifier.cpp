#include "app/notifier.h"

#include <cerrno>
#include <utility>

#include "lb/base/log.h"
#include "lb/os/os.h"
#include "lb/os/process.h"

namespace lb::app {

Notifier::Notifier(event::Reactor& reactor, const ServiceEnvironment& service)
    : path_(service.notify_path),
      sign_of_life_every_(service.watchdog / 2),
      again_(reactor, Callback<>::to<&Notifier::on_tell_again>(this)),
      watchdog_(reactor, Callback<>::to<&Notifier::on_watchdog>(this)) {}

void Notifier::ready() {
  phase_ = "READY=1\n";
  tell();
  if (sign_of_life_every_.count() > 0) on_watchdog();
}

void Notifier::stopping() {
  if (silent_) return;
  phase_ = "STOPPING=1\n";
  tell();
}

void Notifier::reloading() {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(os::now().time_since_epoch());
  phase_ = "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()) + "\n";
  tell();
}

void Notifier::leave_to(std::uint64_t process_id) {
  phase_ = "MAINPID=" + std::to_string(process_id) + "\n";
  status_.clear();
  tell();
  silent_ = true;
  watchdog_.cancel();
}

void Notifier::ready_again() {
  silent_ = false;
  phase_ = "MAINPID=" + std::to_string(os::process_id()) + "\nREADY=1\n";
  tell();
  if (sign_of_life_every_.count() > 0) on_watchdog();
}

void Notifier::status(std::string text) {
  if (silent_) return;
  status_ = "STATUS=" + std::move(text) + "\n";
  tell();
}

void Notifier::stop() {
  again_.cancel();
  watchdog_.cancel();
}

void Notifier::tell() {
  if (!is_wanted() || (phase_.empty() && status_.empty())) return;
  const int error = os::send_datagram(path_, phase_ + status_);
  if (error == EAGAIN) {
    again_.set_after(kTellAgain);
    return;
  }
  if (error != 0) log::warning("cannot tell the service manager: ", os::error_text(error));
  phase_.clear();
  status_.clear();
}

void Notifier::on_tell_again() {
  tell();
}

void Notifier::on_watchdog() {
  if (!is_wanted()) return;
  // One that is lost is followed by another in time.
  static_cast<void>(os::send_datagram(path_, "WATCHDOG=1\n"));
  watchdog_.set_after(sign_of_life_every_);
}

}  // namespace lb::app
