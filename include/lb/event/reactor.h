#pragma once

// The turn: the one loop of the program. Each turn does, in this order:
//
//     1. wait for readiness              4. expired timers (after I/O, so bytes that came beat
//                                           their timeout)
//     2. read the clock, once            5. what was posted before this step
//     3. ready watches; in a crowd all   6. destroy what was retired
//        of the first rank, then some
//        of the others
//
// Upcalls start from nowhere else. An event carries the slot and generation of its watch, never a
// pointer: if the slot was closed, or closed and reused, earlier in the batch, the event is
// dropped. The Reactor owns no connection and knows no protocol.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lb/base/callback.h"
#include "lb/base/retirable.h"
#include "lb/os/os.h"

namespace lb::event {

class Posted;
class Timer;
class Watch;
struct Ready;

// The shared memory of one turn: one buffer to receive into and one to compose what is sent. What
// lies in them is valid during one upcall only. Nobody receives or composes while somebody up the
// stack still uses them.
struct Scratch {
  std::span<char> in;
  std::span<char> out;
};

class Reactor {
 public:
  struct Limits {
    std::size_t scratch_in_bytes = 128 * 1024;
    std::size_t scratch_out_bytes = 96 * 1024;
    std::size_t events_max = 512;  // of a rank in a turn; at most what os::wait takes
    // With so many watches of the ordinary rank there is a crowd, until half of them are gone: the
    // first rank is served apart, and before so many events of the others.
    std::size_t crowd_min = 256;
    std::size_t crowd_events_max = 64;
    std::chrono::microseconds busy_poll{0};  // for so long it looks before it sleeps
  };

  Reactor() : Reactor(Limits{}) {}
  explicit Reactor(
      const Limits& limits);  // throws std::system_error when the kernel refuses epoll or timerfd
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Turns until stop() is called.
  void run();
  void stop() { running_ = false; }

  // The clock of this turn.
  [[nodiscard]] os::Time now() const { return now_; }
  // For who sets deadlines before the first turn, after something that may have blocked.
  void read_clock() { now_ = os::now(); }
  [[nodiscard]] std::uint64_t turns() const { return turns_; }
  [[nodiscard]] Scratch scratch() { return {scratch_in_, scratch_out_}; }

  // Destroys it at the end of the turn. It must have nothing registered that could call it
  // meanwhile.
  void retire(std::unique_ptr<Retirable> object) { retired_.push_back(std::move(object)); }

  // For tests of leaks: what is registered now (the reactor's own timer not counted).
  [[nodiscard]] std::size_t watches() const { return watches_; }
  [[nodiscard]] std::size_t timers() const { return heap_.size(); }

 private:
  friend class Posted;
  friend class Timer;
  friend class Watch;

  struct Slot {
    std::uint32_t generation : 31 = 0;
    std::uint32_t early : 1 = 0;  // dispatched before the others of its batch
  };
  // When to look at a timer; its deadline may have moved on since, then it is put back (see Timer).
  struct Visit {
    os::Time at;
    Timer* timer;
  };
  // One that was taken back has no flag.
  struct Post {
    Callback<> call;
    bool* posted;
  };

  void turn();
  struct Batch {
    std::span<os::Event> first;
    std::span<os::Event> others;
  };
  [[nodiscard]] Batch wait();
  [[nodiscard]] std::size_t wait_for_any(std::span<os::Event> room);
  void dispatch_early(std::span<os::Event> batch);
  void dispatch(std::span<const os::Event> batch);
  void dispatch(const os::Event& event);
  [[nodiscard]] bool is_early(const os::Event& event) const;
  void prefetch(const os::Event& event) const;
  void run_timers();
  void run_posted();
  void bury();

  // Watches.
  [[nodiscard]] int add(Watch& watch, Callback<Ready> on_ready);
  void change(const Watch& watch);
  void remove(Watch& watch);
  [[nodiscard]] std::uint64_t token(std::uint32_t slot) const;
  [[nodiscard]] const os::Fd& poller(bool apart) const { return apart ? first_poller_ : poller_; }
  [[nodiscard]] bool is_apart(const Watch& watch) const;
  void settle(Watch& watch);

  // Timers: a binary heap by time of visit; each Timer knows its place.
  void schedule(Timer& timer, os::Time at);
  void unschedule(Timer& timer);
  void arm();
  void place(std::size_t index, Visit visit);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);

  // `posted` is the caller's own: whether the call is still to come.
  void post(Callback<> call, bool& posted);
  void unpost(bool& posted);

  const std::chrono::microseconds busy_poll_;
  const std::size_t crowd_min_;
  const std::size_t crowd_events_max_;
  os::Fd poller_;        // of everything: what is served apart is one of its descriptors
  os::Fd first_poller_;  // of what is served apart
  os::Fd timer_fd_;
  os::Time now_;
  os::Time armed_ = os::Time::max();
  std::uint64_t turns_ = 0;
  bool running_ = false;

  std::vector<os::Event> first_events_;
  std::vector<os::Event> other_events_;
  std::vector<Slot> slots_;                // two are the reactor's own: its timer, the first rank
  std::vector<Callback<Ready>> on_ready_;  // of each slot; none: it is free
  std::vector<std::uint32_t> free_slots_;
  std::size_t watches_ = 0;
  std::size_t ordinary_ = 0;  // of them
  bool crowded_ = false;
  std::vector<Visit> heap_;
  std::vector<Post> posts_;
  std::vector<Post> posts_now_;
  std::vector<std::unique_ptr<Retirable>> retired_;
  std::vector<std::unique_ptr<Retirable>> burying_;
  std::vector<char> scratch_memory_;
  std::span<char> scratch_in_;
  std::span<char> scratch_out_;
};

}  // namespace lb::event
