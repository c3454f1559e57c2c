#include "tests/sim/kernel/processes.h"

#include <algorithm>
#include <csignal>
#include <exception>

#include "tests/sim/kernel/kernel.h"

namespace lb::sim {
namespace {

constexpr std::uint32_t kGivesWay = 30'000;  // of a million calls

}  // namespace

Processes::Processes(Kernel& kernel) : kernel_(kernel) {
  all_.push_back(std::make_unique<Process>());
  all_.front()->id = 1;
  all_.front()->begun = true;
  all_.front()->fiber = std::make_unique<Fiber>();
  current_ = all_.front().get();
}

Processes::~Processes() = default;

Process* Processes::find(std::uint64_t id) const {
  return id > 0 && id <= all_.size() ? all_[id - 1].get() : nullptr;
}

// ---- a life

void Processes::run_first(const Process::Main& main) {
  run_to_end(*current_, main);
  while (!all_others_gone(*current_)) give_way();
}

Process& Processes::start(Process::Main main, Process* parent, os::Time at) {
  Process& process = *all_.emplace_back(std::make_unique<Process>());
  process.id = all_.size();
  process.parent = parent;
  process.starts_at = at;
  process.fiber = std::make_unique<Fiber>([this, &process, main = std::move(main)] {
    run_to_end(process, main);
    while (true) give_way();
  });
  ++living_;
  kernel_.agenda.at(at, [] {});
  return process;
}

void Processes::run_to_end(Process& process, const Process::Main& main) {
  int exit = 0;
  try {
    exit = main();
  } catch (const Halt&) {
    exit = 0;  // the breach is told by the kernel
  } catch (const Killed&) {
    exit = process.exit;
  }
  if (!process.ended) end(process, exit);
  process.gone = true;
  --living_;
}

void Processes::end(Process& process, int exit) {
  kernel_.trace.note("process ", process.id, " ends: ", exit);
  process.exit = exit;
  process.ended_at = kernel_.agenda.now();
  kernel_.close_all(process);
  process.ended = true;
  if (process.parent == nullptr || process.parent->ended) return;
  process.parent->ended_children.push_back({.process_id = process.id, .exit = exit});
  kernel_.raise(SIGCHLD, *process.parent);
}

void Processes::kill(Process& process) {
  if (process.ended) return;
  end(process, -SIGKILL);
  if (process.begun) return;
  process.gone = true;
  --living_;
}

// ---- who runs

bool Processes::all_others_gone(const Process& process) const {
  return std::ranges::all_of(
      all_, [&process](const auto& one) { return one.get() == &process || one->gone; });
}

bool Processes::can_go_on(const Process& process) const {
  if (process.gone) return process.id == 1 && all_others_gone(process);
  if (process.begun && (process.is_ghost() || kernel_.breached())) return true;
  if (process.stopped || process.starts_at > kernel_.agenda.now()) return false;
  return process.sleeps == nullptr || (*process.sleeps)();
}

Process* Processes::choose_other() const {
  std::vector<Process*> others;
  for (const auto& one : all_) {
    if (one.get() != current_ && can_go_on(*one)) others.push_back(one.get());
  }
  if (others.empty()) return nullptr;
  return others.size() == 1 ? others.front()
                            : others[kernel_.dice.between<std::size_t>(0, others.size() - 1)];
}

void Processes::switch_to(Process& next) {
  Process& self = *current_;
  current_ = &next;
  next.begun = true;
  kernel_.trace.set_process(next.id);
  self.fiber->switch_to(*next.fiber);
}

void Processes::give_way() {
  if (Process* next = choose_other()) return switch_to(*next);
  if (!kernel_.breached() && kernel_.agenda.empty()) {
    kernel_.breach("every wait ends", "the product sleeps and nothing will ever wake it");
  }
  if (!kernel_.breached()) return kernel_.agenda.skip_to_next();
  // Of a run that is broken: who has not begun never does.
  for (const auto& one : all_) {
    if (one->begun || one->gone) continue;
    one->ended = one->gone = true;
    --living_;
  }
}

void Processes::sleep(const std::function<bool()>& woken) {
  Process& self = *current_;
  self.sleeps = &woken;
  while (!can_go_on(self)) give_way();
  self.sleeps = nullptr;
  if (self.is_ghost()) throw Killed();
  if (kernel_.breached()) throw Halt();
}

void Processes::in_call() {
  Process& self = *current_;
  ++self.calls;
  if (living_ == 1) return;
  // What a stack that is being taken down has caught belongs to it alone.
  if (self.gone || self.is_ghost() || std::uncaught_exceptions() > 0) return;
  if (self.fate.kind != Process::Fate::Kind::kNone && self.calls >= self.fate.at_call) {
    meet_fate(self);
  }
  while (self.stopped && !can_go_on(self)) give_way();
  if (!kernel_.dice.chance(kGivesWay)) return;
  if (Process* next = choose_other()) switch_to(*next);
}

void Processes::meet_fate(Process& process) {
  const Process::Fate fate = std::exchange(process.fate, {});
  if (fate.kind == Process::Fate::Kind::kDies) return kill(process);
  kernel_.trace.note("process ", process.id, " hangs");
  process.stopped = true;
  kernel_.agenda.after(fate.lasts, [this, &process] {
    kernel_.trace.note("process ", process.id, " goes on");
    process.stopped = false;
  });
}

}  // namespace lb::sim
