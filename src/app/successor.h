#pragma once

// The process that is to follow this one: started here, or come by itself to the socket of
// --takeover. It is given everything and has kReadyMax to say that it is ready; then this process
// lets go. Whatever goes wrong before that, this process serves on and says so.
//
//     kNone --start(), or one connects--> kAwaiting --"ready"--> kDone
//       ^                                     |
//       \-- it ended, was too slow, or made no sense

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "app/handover.h"
#include "app/socket_file.h"
#include "lb/event/timer.h"
#include "lb/event/watch.h"
#include "lb/os/channel.h"
#include "lb/os/process.h"

namespace lb::app {

class SuccessorHandler {
 public:
  struct Bequest {
    std::string text;              // a Handover
    std::vector<int> descriptors;  // its sockets, which stay this process's own
  };
  virtual void on_takeover_begun() = 0;
  [[nodiscard]] virtual Bequest bequest() const = 0;
  // What is known of the servers, and whose turn it is: a Handover without places. Until the new
  // process is ready, much may have changed.
  [[nodiscard]] virtual Handover known_now() const = 0;
  // It is ready and is told to go on next.
  virtual void on_successor_ready(std::uint64_t process_id) = 0;
  // It serves: this process has to drain.
  virtual void on_taken_over() = 0;
  // This process serves on.
  virtual void on_takeover_failed() = 0;

 protected:
  ~SuccessorHandler() = default;
};

class Successor {
 public:
  enum class State : std::uint8_t { kNone, kAwaiting, kDone };
  static constexpr std::chrono::seconds kReadyMax{10};

  Successor(event::Reactor& reactor, SuccessorHandler& handler, os::Program program);
  ~Successor();

  // Lets one connect to the path of --takeover, at which nobody else serves any more; an empty one:
  // none. What is wrong with it, in one line.
  [[nodiscard]] std::expected<void, std::string> listen(const std::string& path);
  // Starts one.
  void start();
  // Some child of this process has.
  void on_child_ended(const os::EndedProcess& ended);
  // None may come any more; one that is awaited is given up.
  void stop();

  [[nodiscard]] State state() const { return state_; }

 private:
  void enter(State next);
  [[nodiscard]] int listen_at(const std::string& path);
  void on_connect(event::Ready ready);
  void on_message(event::Ready ready);
  void on_due();
  void await(os::Fd channel);
  void let_go();
  void fail(const std::string& why);
  void drop_channel();

  event::Reactor& reactor_;
  SuccessorHandler& handler_;
  const os::Program program_;
  SocketFile file_;
  os::Fd listener_;
  event::Watch listening_;
  os::Fd channel_;
  event::Watch messages_;
  event::Timer limit_;
  std::uint64_t process_id_ = 0;  // of one that was started here and has not ended
  State state_ = State::kNone;
};

// The arrows of the drawing at the top.
[[nodiscard]] bool may_enter(Successor::State from, Successor::State to);

}  // namespace lb::app
