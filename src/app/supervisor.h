#pragma once

// The parent of workers. It opens all listening sockets, a set for each worker, and keeps them, so
// that what waits in the queue of a worker that dies is served by the one that takes its place; it
// starts, watches, restarts and stops them, and passes on what one finds out about the servers. It
// serves nobody.
//
//     kStarting --all workers ready--> kRunning --first signal, or taken over--> kDraining
//         \--one could not start--> kStopped     kDraining --last worker gone--> kStopped

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/notifier.h"
#include "app/places.h"
#include "app/predecessor.h"
#include "app/server.h"
#include "app/signals.h"
#include "app/successor.h"
#include "app/worker.h"
#include "lb/app/options.h"
#include "lb/event/reactor.h"

namespace lb::app {

class Supervisor final : private SignalHandler, private SuccessorHandler, private WorkerHandler {
 public:
  enum class State : std::uint8_t { kStarting, kRunning, kDraining, kStopped };
  // `before`: of the process that is to be followed; nullptr: there is none. Throws
  // std::runtime_error with one line if something cannot be had.
  Supervisor(const Options& options, Birth birth, Predecessor* before);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Until it is told to end; returns the exit code.
  [[nodiscard]] int run();

 private:
  void start_missing();
  void start(Worker& worker);
  void begin();

  void replace(const Worker& worker, const std::string& how);
  void appoint_prober();
  void drain();
  void tell_all(std::string_view text);
  [[nodiscard]] std::string health() const;
  void tell_status();
  void stop(int exit_code);

  // SignalHandler
  void on_term() override;
  void on_succession_asked_for() override;
  void on_child_ended(const os::EndedProcess& ended) override;

  // WorkerHandler
  void on_worker_ready(Worker& worker) override;
  void on_worker_said(Worker& worker, const std::string& text) override;

  // SuccessorHandler
  void on_takeover_begun() override { notifier_.reloading(); }
  [[nodiscard]] Bequest bequest() const override;
  [[nodiscard]] Handover known_now() const override;
  void on_successor_ready(std::uint64_t process_id) override { notifier_.leave_to(process_id); }
  void on_taken_over() override;
  void on_takeover_failed() override { notifier_.ready_again(); }

  const Options options_;
  os::Program worker_program_;
  Predecessor* before_;
  event::Reactor reactor_;
  Places places_;
  std::vector<os::Fd> sockets_;
  Handover known_;  // of the servers; its places are not kept
  Notifier notifier_;
  Successor successor_;
  Signals signals_;
  event::Timer replacement_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Worker* prober_ = nullptr;  // who checks the servers
  State state_ = State::kStarting;
  bool told_to_go_ = false;
  int exit_code_ = kExitClean;
};

}  // namespace lb::app
