#pragma once

// Opens one connection to one server, which may have several addresses: they are tried in order,
// within one time limit, of which each gets an even share of what is left. Reports once, always
// from the turn, never from within start().

#include <cstddef>
#include <span>

#include "lb/base/error.h"
#include "lb/base/retirable.h"
#include "lb/event/timer.h"
#include "lb/event/watch.h"

namespace lb::net {

class ConnectorHandler {
 public:
  // `address` is the index of the one that worked.
  virtual void on_connected(os::Fd fd, std::size_t address) = 0;
  // The most telling failure of all addresses.
  virtual void on_connect_failed(ErrorCode code, int errno_value) = 0;

 protected:
  ~ConnectorHandler() = default;
};

class Connector final : public Retirable {
 public:
  Connector(event::Reactor& reactor, ConnectorHandler& handler);
  ~Connector() override { cancel(); }

  // `addresses` outlive the attempt; they are tried from `first` on, round the end. `limit` 0: as
  // long as the kernel tries.
  void start(std::span<const os::Address> addresses, std::size_t first, os::Time::duration limit);
  // No upcall any more.
  void cancel();

 private:
  void try_next();
  void begin(const os::Address& address);
  void on_ready(event::Ready ready);
  void on_due();
  void post_outcome();
  void on_outcome();
  void give_up_address(int error);
  void note_failure();
  [[nodiscard]] const os::Address& current() const {
    return addresses_[(first_ + tried_ - 1) % addresses_.size()];
  }

  event::Reactor& reactor_;
  ConnectorHandler& handler_;
  event::Watch watch_;
  event::Timer timer_;
  os::Fd fd_;
  std::span<const os::Address> addresses_;
  std::size_t first_ = 0;
  std::size_t tried_ = 0;
  os::Time deadline_ = os::Time::max();
  int error_ = 0;       // of the address tried last
  int told_error_ = 0;  // the most telling one of all
};

}  // namespace lb::net
