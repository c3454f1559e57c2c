#pragma once

// Takes connections from one listening socket, a bounded batch in each turn, and hands each
// descriptor up. Out of descriptors or memory it rests a while instead of spinning on a backlog
// that it cannot take. Whoever has reset while he waited for such a rest to end is not handed up.

#include <cstdint>

#include "lb/event/timer.h"
#include "lb/event/watch.h"

namespace lb::net {

class AcceptorHandler {
 public:
  virtual void on_accepted(os::Fd fd, const os::IpAddress& peer) = 0;

 protected:
  ~AcceptorHandler() = default;
};

class Acceptor {
 public:
  static constexpr int kAcceptsPerTurnMax = 64;
  static constexpr std::chrono::milliseconds kRest{100};

  Acceptor(event::Reactor& reactor, AcceptorHandler& handler, os::Fd listener);

  // kOld: another process had the socket before, and some in its backlog may have waited for long.
  // Who has gone meanwhile is not handed up. Returns 0 or an errno.
  enum class Backlog : std::uint8_t { kNew, kOld };
  [[nodiscard]] int open(Backlog backlog = Backlog::kNew);
  // Not accepting for a time: connections wait in the backlog, nobody is refused.
  void pause();
  void resume();
  // A descriptor was freed: if accepting rests because there was none, it goes on now.
  void retry();
  // Takes what waits, without a bound on the batch, then closes the listener: whoever has been told
  // by the kernel that he is connected is served.
  void drain_and_close();
  void close();

 private:
  void on_ready(event::Ready ready);
  void on_rested();
  // False when there is nothing (more) to take now.
  [[nodiscard]] bool accept_one();

  AcceptorHandler& handler_;
  os::Fd listener_;  // open for longer than it is watched: another process may have it, too
  event::Watch watch_;
  event::Timer rest_;
  bool paused_ = false;
  bool exhausted_ = false;  // accepting rests for want of a descriptor
  bool rested_ = false;     // some in the backlog may have waited for long
  bool warned_ = false;     // the log has heard of this shortage
};

}  // namespace lb::net
