#pragma once

// A process of the simulated machine: what the kernel holds for it. How it gives way to another one
// is in processes.h.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lb/os/os.h"
#include "lb/os/process.h"
#include "tests/sim/kernel/fiber.h"

namespace lb::sim {

class Description;
class Poller;
class SignalQueue;

struct Process {
  // What its program does; returns the exit code.
  using Main = std::function<int()>;

  // A misfortune: in its call of that number it dies, or is not run for a while.
  struct Fate {
    enum class Kind : std::uint8_t { kNone, kDies, kHangs };
    Kind kind = Kind::kNone;
    std::uint64_t at_call = 0;
    std::chrono::nanoseconds lasts{};
  };

  static constexpr int kStandardDescriptors = 3;

  std::uint64_t id = 0;
  Process* parent = nullptr;  // nullptr: nobody who is told of its end
  os::Time starts_at{};
  Fate fate;

  std::vector<Description*> descriptors = std::vector<Description*>(kStandardDescriptors);
  std::vector<Poller*> pollers;
  SignalQueue* signals = nullptr;
  std::deque<os::EndedProcess> ended_children;

  std::uint64_t calls = 0;
  std::uint64_t calls_in_turn = 0;
  std::int64_t idle_turns = 0;
  os::Time worked_at{};

  bool begun = false;
  bool stopped = false;                           // by its fate
  const std::function<bool()>* sleeps = nullptr;  // until that says so
  bool ended = false;                             // for everybody else
  os::Time ended_at{};
  int exit = 0;       // as in os::EndedProcess
  bool gone = false;  // its stack is empty, too
  std::unique_ptr<Fiber> fiber;

  // Ended, and not by itself: what its stack still holds is taken down, and no call that is made
  // meanwhile has an effect.
  [[nodiscard]] bool is_ghost() const { return ended && !gone; }
};

}  // namespace lb::sim
