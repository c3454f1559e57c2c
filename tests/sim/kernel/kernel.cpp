#include "tests/sim/kernel/kernel.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

namespace lb::sim {
namespace {

constexpr int kStandardDescriptors = 3;
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
      config_(config),
      descriptors_(kStandardDescriptors) {
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
  if (++calls_in_turn_ > kCallsPerTurnMax) {
    breach("bounded turn", "more than " + std::to_string(kCallsPerTurnMax) + " calls in a turn");
    throw Halt();
  }
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
  const auto free =
      std::ranges::find(descriptors_.begin() + kStandardDescriptors, descriptors_.end(), nullptr);
  const auto fd = static_cast<int>(free - descriptors_.begin());
  if (fd >= config_.descriptors_max) {
    hurt("the descriptors ran out");
    return std::unexpected(EMFILE);
  }
  if (free == descriptors_.end()) {
    descriptors_.push_back(&description);
  } else {
    *free = &description;
  }
  if (auto* poller = dynamic_cast<Poller*>(&description)) pollers_.push_back(poller);
  return fd;
}

Description* Kernel::at(int fd) const {
  const auto index = static_cast<std::size_t>(fd);
  return fd >= 0 && index < descriptors_.size() ? descriptors_[index] : nullptr;
}

void Kernel::misused(int fd, std::string_view call) {
  breach("no misuse of the kernel", std::string(call) + " on descriptor " + std::to_string(fd) +
                                        ", which is not open or not of that kind");
}

void Kernel::close(int fd) {
  Description* description = find<Description>(fd, "close");
  if (description == nullptr) return;
  descriptors_[static_cast<std::size_t>(fd)] = nullptr;
  for (Poller* poller : pollers_) poller->forget(fd);
  if (auto* poller = dynamic_cast<Poller*>(description)) std::erase(pollers_, poller);
  description->on_closed();
}

std::size_t Kernel::open_descriptors() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(descriptors_, [](const auto* entry) { return entry != nullptr; }));
}

std::string Kernel::describe_descriptors() const {
  std::string text;
  for (std::size_t fd = 0; fd < descriptors_.size(); ++fd) {
    if (descriptors_[fd] != nullptr) text += (text.empty() ? "" : ", ") + std::to_string(fd);
  }
  return text;
}

bool Kernel::is_installed(const Description& description) const {
  return std::ranges::find(descriptors_, &description) != descriptors_.end();
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

void Kernel::raise(int signal) {
  trace.note("signal ", signal);
  if (signals_ != nullptr) signals_->raise(signal);
}

const std::vector<os::IpAddress>* Kernel::resolve(const std::string& name) const {
  const auto found = config_.names.find(name);
  return found == config_.names.end() ? nullptr : &found->second;
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
  calls_in_turn_ = 0;
  const std::int64_t seconds = (agenda.now() - worked_at_) / std::chrono::seconds(1);
  if (++idle_turns_ > kIdleTurnsMax * (1 + seconds)) {
    breach("no spinning", std::to_string(idle_turns_) + " turns in a row did nothing");
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
  std::vector<os::Event> ready = poller.ready();
  while (ready.empty() && block) {
    if (agenda.empty()) {
      breach("every wait ends", "the product sleeps and nothing will ever wake it");
      throw Halt();
    }
    agenda.skip_to_next();
    if (breach_) throw Halt();
    ready = poller.ready();
  }
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
