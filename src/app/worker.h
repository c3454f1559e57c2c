#pragma once

// One process of several that share the work, as its supervisor sees it.
//
//     kEnded --start()--> kStarting --"ready"--> kReady --go()--> kServing
//        ^                    |                     |                |
//        \--------------------+-- it has ended -----+----------------/

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lb/event/timer.h"
#include "lb/event/watch.h"
#include "lb/os/fd.h"
#include "lb/os/process.h"

namespace lb::app {

class Worker;

class WorkerHandler {
 public:
  virtual void on_worker_ready(Worker& worker) = 0;
  virtual void on_worker_said(Worker& worker, const std::string& text) = 0;

 protected:
  ~WorkerHandler() = default;
};

class Worker {
 public:
  enum class State : std::uint8_t { kEnded, kStarting, kReady, kServing };
  static constexpr std::chrono::seconds kReadyMax{10};
  static constexpr std::chrono::milliseconds kTellAgain{100};
  static constexpr std::chrono::seconds kLifeMin{1};

  Worker(event::Reactor& reactor, WorkerHandler& handler, std::uint16_t index);
  ~Worker();

  // Returns 0 or an errno.
  [[nodiscard]] int start(const os::Program& program, std::string_view handover,
                          std::span<const int> descriptors);
  void go();
  // What the servers are like, once it serves; a later text takes the place of one that it could
  // not take yet.
  void tell_health(std::string text);
  // Where the channel is full, by SIGTERM: two of those are a drain and a cut. One that does not
  // serve yet has nothing to lose, and is killed.
  void tell(std::string_view text);
  void kill();
  // It has: it may be started again.
  void on_ended();

  [[nodiscard]] std::uint16_t index() const { return index_; }
  [[nodiscard]] std::uint64_t process_id() const { return process_id_; }  // 0: there is none
  [[nodiscard]] State state() const { return state_; }
  // When it may be started again: at once, but for one that lives shorter than kLifeMin again.
  [[nodiscard]] os::Time may_start_at() const;

 private:
  void enter(State next);
  void on_message(event::Ready ready);
  void on_due();
  void on_tell_again();
  void drop_channel();

  event::Reactor& reactor_;
  WorkerHandler& handler_;
  const std::uint16_t index_;
  os::Fd channel_;
  event::Watch messages_;
  event::Timer limit_;
  event::Timer again_;
  std::string health_;  // that it could not take yet
  std::uint64_t process_id_ = 0;
  os::Time started_at_{};
  int short_lives_ = 0;  // in a row
  State state_ = State::kEnded;
};

// The arrows of the drawing at the top.
[[nodiscard]] bool may_enter(Worker::State from, Worker::State to);

}  // namespace lb::app
