#pragma once

// The product of a run: its first process, and those that take over from it, as main would run
// them. Each that was told to go on leads; signals go to the one that leads.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lb/app/options.h"
#include "lb/os/process.h"
#include "tests/sim/actors/world.h"
#include "tests/sim/scenario.h"

namespace lb::sim {

class Generations {
 public:
  Generations(World& world, const Scenario& scenario, bool log);

  // When the handovers begin.
  void plan();
  // Until all processes are over.
  void run();
  // To the one that leads.
  void signal(int signal);

  // Who hangs, and holds sockets that nobody will serve, is killed; no other will hang or die.
  void end_hanging();

  // Called when one process has left all to another.
  std::function<void(std::uint64_t from, std::uint64_t to)> on_handover;
  // All handovers that were planned have begun. Called then.
  [[nodiscard]] bool all_begun() const { return begun_ == scenario_.handovers.size(); }
  std::function<void()> on_all_begun;
  [[nodiscard]] std::uint64_t failed() const { return started_ - (world_.generations.size() - 1); }

 private:
  [[nodiscard]] int live(const os::Program& program);
  [[nodiscard]] int serve(const os::Program& program);
  void hand_over(const HandoverPlan& plan);
  void on_started(Process& process);
  void on_message(const Process& from, Process& to, std::string_view text);

  World& world_;
  Kernel& kernel_;
  const Scenario& scenario_;
  app::Options options_;
  os::Program program_;
  const HandoverPlan* under_way_ = nullptr;  // the last that began
  std::size_t begun_ = 0;
  std::uint64_t started_ = 0;
};

}  // namespace lb::sim
