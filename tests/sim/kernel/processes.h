#pragma once

// The processes of the simulated machine, which has one processor. Each runs until it sleeps; while
// there are several of them, it may have to give way to another one in every call of the kernel.
// The first one runs on the stack of whoever makes the kernel.

#include <functional>
#include <memory>
#include <vector>

#include "tests/sim/kernel/process.h"

namespace lb::sim {

class Kernel;

// Thrown out of a sleep, to take down the stack of a process that was killed.
struct Killed {};

class Processes {
 public:
  explicit Processes(Kernel& kernel);
  ~Processes();

  [[nodiscard]] Process& current() const { return *current_; }
  [[nodiscard]] Process* find(std::uint64_t id) const;
  [[nodiscard]] const std::vector<std::unique_ptr<Process>>& all() const { return all_; }

  [[nodiscard]] bool are_several() const { return living_ > 1; }

  // Runs `main` as the first one; returns when all are over.
  void run_first(const Process::Main& main);
  Process& start(Process::Main main, Process* parent, os::Time at);
  // SIGKILL: what it has open is closed now.
  void kill(Process& process);

  // The current one sleeps until `woken` says true. Throws Halt if the run is broken, Killed.
  void sleep(const std::function<bool()>& woken);
  // The current one is in a call: its fate may meet it, or another one go on.
  void in_call();

 private:
  void run_to_end(Process& process, const Process::Main& main);
  void end(Process& process, int exit);
  [[nodiscard]] bool all_others_gone(const Process& process) const;
  [[nodiscard]] bool can_go_on(const Process& process) const;
  [[nodiscard]] Process* choose_other() const;
  void meet_fate(Process& process);
  // To another one, or to the next act of the world.
  void give_way();
  void switch_to(Process& next);

  Kernel& kernel_;
  std::vector<std::unique_ptr<Process>> all_;
  Process* current_ = nullptr;
  std::size_t living_ = 1;
};

}  // namespace lb::sim
