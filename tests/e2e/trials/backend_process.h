#pragma once

// A backend of a trial, run as a process of its own at a port that stays its own while it is dead.

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/support/deadline.h"
#include "tests/e2e/support/fd.h"
#include "tests/e2e/support/process.h"
#include "tests/e2e/trials/ledger.h"

namespace lb::e2e {

class BackendProcess {
 public:
  // Starts it with these options (backend/behaviour.h). `index` is its place in the ledger.
  BackendProcess(Ledger& ledger, std::size_t index, std::vector<std::string> options = {});

  [[nodiscard]] std::string name() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::size_t index() const { return index_; }

  // To be called by the thread that will end last: a process dies with the thread that started it.
  void starts();
  void is_killed();        // and gone
  void is_told_to_stop();  // SIGTERM; waits until it is gone
  void freezes() const { process_->signal(SIGSTOP); }
  void thaws() const { process_->signal(SIGCONT); }
  void begins_mode() const { process_->signal(SIGUSR1); }
  void ends_mode() const { process_->signal(SIGUSR2); }

  // Until the next check of its health has been answered.
  void waits_for_check(Deadline deadline = {}) const;
  void waits_for_requests(std::uint64_t count, Deadline deadline = {}) const;

 private:
  Ledger& ledger_;
  std::size_t index_;
  std::vector<std::string> options_;
  std::uint16_t port_ = 0;
  Fd holder_;  // bound and never listening
  std::unique_ptr<Process> process_;
};

using Backends = std::vector<std::unique_ptr<BackendProcess>>;

// That many, the first ones with options of their own.
[[nodiscard]] Backends start_backends(Ledger& ledger, std::size_t count,
                                      const std::vector<std::vector<std::string>>& options = {});
[[nodiscard]] std::vector<std::string> names_of(const Backends& backends);

}  // namespace lb::e2e
