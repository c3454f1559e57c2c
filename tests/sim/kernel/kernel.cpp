#include "tests/sim/kernel/kernel.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

namespace lb::sim {
namespace {

constexpr Duration kCallMin = std::chrono::nanoseconds(300);
constexpr Duration kCallMax = std::chrono::nanoseconds(2'000);
// Turns in a row that were woken and did nothing: a few come from deadlines that had moved on, and
// as many more in each second of virtual time.
constexpr std::int64_t kIdleTurnsMax = 100;
constexpr std::uint64_t kCallsPerTurnMax = 200'000;
constexpr std::chrono::microseconds kWallStart{1'700'000'000'000'000};
constexpr std::chrono::microseconds kJumpMax = std::chrono::hours(48);

Kernel* the_kernel = nullptr;

}  // namespace

Kernel::Kernel(const Config& config)
    : trace(agenda, config.trace),
      dice(config.seed),
      network(agenda, trace, dice.split()),
      processes(*this),
      config_(config) {
  assert(the_kernel == nullptr);
  the_kernel = this;
}

Kernel::~Kernel() {
  the_kernel = nullptr;
}

Kernel& Kernel::current() {
  assert(the_kernel != nullptr);
  return *the_kernel;
}

void Kernel::tick() {
  agenda.spend(dice.between(kCallMin, kCallMax));
  if (++processes.current().calls_in_turn > kCallsPerTurnMax) {
    breach("bounded turn", "more than " + std::to_string(kCallsPerTurnMax) + " calls in a turn");
    throw Halt();
  }
  processes.in_call();
}

void Kernel::hurt(std::string_view what) {
  trace.note("fault: ", what);
  injuries().add(agenda.now(), faults().felt, what);
}

void Kernel::breach(std::string_view oracle, std::string detail) {
  if (breach_) return;
  trace.note("BROKEN ", oracle, ": ", detail);
  breach_ = Breach{std::string(oracle), std::move(detail)};
}

// ---- descriptors

std::expected<int, int> Kernel::install(Description& description) {
  Process& process = processes.current();
  if (process.is_ghost()) return std::unexpected(EMFILE);
  const auto free = std::ranges::find(process.descriptors.begin() + Process::kStandardDescriptors,
                                      process.descriptors.end(), nullptr);
  const auto fd = static_cast<int>(free - process.descriptors.begin());
  if (fd >= config_.descriptors_max) {
    hurt("the descriptors ran out");
    return std::unexpected(EMFILE);
  }
  install_at(process, fd, description);
  return fd;
}

void Kernel::install_at(Process& process, int fd, Description& description) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= process.descriptors.size()) process.descriptors.resize(index + 1);
  process.descriptors[index] = &description;
  description.refer();
  if (auto* poller = dynamic_cast<Poller*>(&description)) process.pollers.push_back(poller);
}

Description* Kernel::at(int fd) const {
  const std::vector<Description*>& descriptors = processes.current().descriptors;
  const auto index = static_cast<std::size_t>(fd);
  return fd >= 0 && index < descriptors.size() ? descriptors[index] : nullptr;
}

void Kernel::misused(int fd, std::string_view call) {
  if (processes.current().is_ghost()) return;
  breach("no misuse of the kernel", std::string(call) + " on descriptor " + std::to_string(fd) +
                                        ", which is not open or not of that kind");
}

// epoll(7), Q6: who is watched stays so while another descriptor stands for it, and its events have
// an owner no more.
void Kernel::close(int fd) {
  auto* description = find<Description>(fd, "close");
  if (description == nullptr) return;
  Process& process = processes.current();
  process.descriptors[static_cast<std::size_t>(fd)] = nullptr;
  for (Poller* poller : process.pollers) {
    if (poller->forget(fd) && is_installed(*description)) {
      breach("no misuse of the kernel", "descriptor " + std::to_string(fd) +
                                            " was closed while it was watched, and another "
                                            "process has it, too");
    }
  }
  if (auto* poller = dynamic_cast<Poller*>(description)) std::erase(process.pollers, poller);
  unrefer(*description);
}

void Kernel::close_all(Process& process) {
  for (std::size_t fd = 0; fd < process.descriptors.size(); ++fd) {
    Description* description = std::exchange(process.descriptors[fd], nullptr);
    if (description == nullptr) continue;
    if (process.exit >= 0) {
      left_open_ += (left_open_.empty() ? "" : ", ") + std::to_string(fd) + " of process " +
                    std::to_string(process.id);
    }
    unrefer(*description);
  }
  process.pollers.clear();
  process.signals = nullptr;
}

void Kernel::unrefer(Description& description) {
  if (description.unrefer()) description.on_closed();
}

std::size_t Kernel::open_descriptors() const {
  std::size_t count = 0;
  for (const auto& process : processes.all()) {
    count += static_cast<std::size_t>(std::ranges::count_if(
        process->descriptors, [](const auto* entry) { return entry != nullptr; }));
  }
  return count;
}

Process* Kernel::holder_of(const Description& description) const {
  const auto found = std::ranges::find_if(processes.all(), [&description](const auto& process) {
    return std::ranges::find(process->descriptors, &description) != process->descriptors.end();
  });
  return found == processes.all().end() ? nullptr : found->get();
}

// ---- connecting, and what may hit it

int Kernel::connect(Socket& socket, const os::Address& to) {
  if (to.family() == os::Family::kUnix) return network.connect(socket, to);
  if (dice.chance(faults().connect_unreachable)) {
    constexpr int kErrors[] = {EHOSTUNREACH, EADDRNOTAVAIL, ENETUNREACH};
    hurt("there was no way to a server");
    return dice.one_of(kErrors);
  }
  if (dice.chance(faults().connect_refused)) {
    hurt("a connect was refused");
    return ECONNREFUSED;
  }
  if (dice.chance(faults().connect_silent)) {
    hurt("a connect was not answered");
    return network.connect(socket, to, Network::Answer::kNever);
  }
  const bool at_once = dice.chance(faults().connect_at_once);
  return network.connect(socket, to, at_once ? Network::Answer::kAtOnce : Network::Answer::kInTime);
}

// ---- time, signals, names

std::chrono::microseconds Kernel::wall_time() const {
  return kWallStart + wall_offset_ +
         std::chrono::duration_cast<std::chrono::microseconds>(agenda.since_start());
}

void Kernel::raise(int signal, Process& process) {
  trace.note("signal ", signal);
  if (process.signals != nullptr) process.signals->raise(signal);
}

const std::vector<os::IpAddress>* Kernel::resolve(const std::string& name) const {
  const auto found = config_.names.find(name);
  return found == config_.names.end() ? nullptr : &found->second;
}

void Kernel::note_message(const Description& to, std::string_view text, int error) {
  Process* const receiver = holder_of(to);
  if (error == 0 && receiver != nullptr && on_message) {
    on_message(processes.current(), *receiver, text);
  }
}

void TimerFd::arm(Kernel& kernel, os::Time at) {
  expired_ = false;
  const std::uint64_t arming = ++armed_;
  const Duration late = kernel.dice.between(Duration(0), kernel.faults().lateness_max);
  kernel.agenda.at(at + late, [this, arming] { expired_ = expired_ || arming == armed_; });
}

void SignalQueue::raise(int signal) {
  if (std::ranges::find(signals_, signal) == signals_.end()) return;
  if (std::ranges::find(pending_, signal) != pending_.end()) return;
  pending_.insert(std::ranges::upper_bound(pending_, signal), signal);
}

std::optional<int> SignalQueue::take() {
  if (pending_.empty()) return std::nullopt;
  const int signal = pending_.front();
  pending_.erase(pending_.begin());
  return signal;
}

// ---- waiting

void Kernel::count_turn() {
  ++turns_;
  Process& process = processes.current();
  process.calls_in_turn = 0;
  const std::int64_t seconds = (agenda.now() - process.worked_at) / std::chrono::seconds(1);
  if (++process.idle_turns > kIdleTurnsMax * (1 + seconds)) {
    breach("no spinning", std::to_string(process.idle_turns) + " turns in a row did nothing");
  }
}

std::size_t Kernel::wait(Poller& poller, std::span<os::Event> into, bool block) {
  if (on_rest) on_rest();
  tick();
  count_turn();
  if (dice.chance(faults().stall)) agenda.spend(dice.between(Duration(0), faults().stall_max));
  if (dice.chance(faults().wall_jump)) {
    jump_wall_clock(std::chrono::microseconds(dice.between(-kJumpMax.count(), kJumpMax.count())));
  }
  if (breach_) throw Halt();
  if (dice.chance(faults().interrupted)) {
    worked();
    return 0;
  }
  std::vector<os::Event> ready;
  processes.sleep([&] {
    ready = poller.ready();
    return !ready.empty() || !block;
  });
  return hand_out(std::move(ready), into);
}

// In any order, as epoll promises none; sometimes not all of it, as if the rest had come later.
std::size_t Kernel::hand_out(std::vector<os::Event> ready, std::span<os::Event> into) {
  dice.shuffle(std::span<os::Event>(ready));
  std::size_t count = std::min(ready.size(), into.size());
  if (count > 1 && dice.chance(faults().partial_batch)) {
    count = dice.between<std::size_t>(1, count);
  }
  std::copy_n(ready.begin(), count, into.begin());
  return count;
}

}  // namespace lb::sim
