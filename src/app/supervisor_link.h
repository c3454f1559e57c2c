#pragma once

// A worker's end of the channel to its supervisor: what it is told, and what it tells. A supervisor
// that is gone is told of once.

#include <string>
#include <string_view>

#include "lb/event/watch.h"
#include "lb/os/fd.h"

namespace lb::app {

class SupervisorLinkHandler {
 public:
  virtual void on_told(const std::string& text) = 0;
  virtual void on_supervisor_gone() = 0;

 protected:
  ~SupervisorLinkHandler() = default;
};

class SupervisorLink {
 public:
  SupervisorLink(event::Reactor& reactor, SupervisorLinkHandler& handler);

  // Returns 0 or an errno.
  [[nodiscard]] int open(os::Fd channel);
  void close();
  [[nodiscard]] bool is_open() const { return channel_.is_open(); }
  // What it cannot take now is lost: it is told again by the next check, or request, that fails.
  void tell(std::string_view text);

 private:
  void on_message(event::Ready ready);

  SupervisorLinkHandler& handler_;
  os::Fd channel_;
  event::Watch messages_;
};

}  // namespace lb::app
