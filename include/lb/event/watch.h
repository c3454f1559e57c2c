#pragma once

// The interest of one object in the readiness of one descriptor. A member of the object that it
// calls; its destructor takes it back. It does not own the descriptor. Level-triggered: an interest
// that is not acted on calls again in the next turn. Whom it calls is known to the reactor alone:
// there is one in each connection, and those are many.

#include <cstdint>

#include "lb/base/callback.h"
#include "lb/os/os.h"

namespace lb::event {

class Reactor;

struct Ready {
  bool readable = false;
  bool writable = false;
  bool hangup =
      false;  // both directions are over, or an error is pending; comes without being asked for
};

class Watch {
 public:
  // In a crowd, what goes on with requests in hand comes before what may begin new ones, so that a
  // thousand clients who ask at once do not have a thousand requests on their way at once: what one
  // request touched is still in the caches when the next one needs it. It is in a poller of its own
  // then, which costs a call of the kernel more; with few clients a turn takes all there is anyway.
  enum class Rank : std::uint8_t { kFirst, kOrdinary };

  explicit Watch(Reactor& reactor, Rank rank = Rank::kOrdinary) : reactor_(reactor), rank_(rank) {}
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Registers `fd`. Returns 0 or an errno (ENOMEM, ENOSPC: epoll_ctl(2)). Callable again after
  // close().
  [[nodiscard]] int open(int fd, os::Interest interest, Callback<Ready> on_ready);
  // One system call if it differs from what is set, else none.
  void set(os::Interest interest);
  // Called before the others of its batch. For what tells of the past: a connection that rests in a
  // pool must be seen to have ended before somebody in the same batch takes it. As this is said
  // when it comes to rest and when it is taken, a crowd that came or went since then counts from
  // now on.
  void set_early(bool early);
  // No upcall any more. The descriptor must still be open.
  void close();
  // The same where the descriptor is closed right after this: the kernel then forgets it by itself
  // (epoll(7), Q6).
  void close_with_descriptor();

  // A call that is wanted later in this turn, open or not: see Posted.
  void post(Callback<> call);
  void cancel_post();

  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] os::Interest interest() const { return interest_; }
  [[nodiscard]] Reactor& reactor() const { return reactor_; }

 private:
  friend class Reactor;

  Reactor& reactor_;
  int fd_ = -1;
  std::uint32_t slot_ = 0;
  os::Interest interest_;
  const Rank rank_;
  bool apart_ = false;  // in the poller of the first rank
  bool posted_ = false;
};

}  // namespace lb::event
