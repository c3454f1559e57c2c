#pragma once

// The kernel of one run, in memory: processes, descriptors, sockets, epoll, timers, signals, files
// and clocks behind the functions of os/os.h, whose bodies in bodies/ ask Kernel::current(). One
// thread, virtual time. wait() is the scheduler: when nothing is ready, and no other process can go
// on, it moves the clock to the next act of the agenda, so that the world (actors, network, timers)
// goes on only while the product calls or waits.
//
// Whatever the product does that no program may do (a call on a descriptor that it does not own, a
// loop that turns without doing anything, a sleep from which nothing will wake it) is a breach: it
// ends the run.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lb/os/os.h"
#include "tests/sim/kernel/agenda.h"
#include "tests/sim/kernel/faults.h"
#include "tests/sim/kernel/network.h"
#include "tests/sim/kernel/poller.h"
#include "tests/sim/kernel/processes.h"
#include "tests/sim/kernel/trace.h"

namespace lb::sim {

// An oracle that broke: its name and what was seen.
struct Breach {
  std::string oracle;
  std::string detail;
};

// Thrown out of wait(), where the stack of the product is flat, to end a run that is broken.
struct Halt {};

class ChannelListener;
class TimerFd;

class Kernel {
 public:
  struct Config {
    std::uint64_t seed = 0;
    bool trace = false;
    int descriptors_max = 1024;
    std::map<std::string, std::vector<os::IpAddress>> names;  // port 0 in each
  };

  explicit Kernel(const Config& config);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  // The one that lives.
  [[nodiscard]] static Kernel& current();

  Agenda agenda;
  Trace trace;
  Dice dice;
  Network network;
  Processes processes;
  [[nodiscard]] Faults& faults() { return network.faults; }
  [[nodiscard]] Injuries& injuries() { return network.injuries; }

  // Every call takes a little time, in which the world goes on.
  void tick();
  void breach(std::string_view oracle, std::string detail);
  // A harmful fault has hit.
  void hurt(std::string_view what);
  [[nodiscard]] const std::optional<Breach>& breached() const { return breach_; }

  // ---- descriptors, of the process that calls
  // EMFILE, or the lowest free number (open(2)).
  [[nodiscard]] std::expected<int, int> install(Description& description);
  // In another one.
  void install_at(Process& process, int fd, Description& description);
  template <class T>
  [[nodiscard]] T* find(int fd, std::string_view call) {
    auto* found = dynamic_cast<T*>(at(fd));
    if (found == nullptr) misused(fd, call);
    return found;
  }
  template <class T, class... Args>
  [[nodiscard]] T& make(Args&&... args) {
    auto made = std::make_unique<T>(std::forward<Args>(args)...);
    T& result = *made;
    made_.push_back(std::move(made));
    return result;
  }
  void close(int fd);
  // The process has ended: what it had open, but for 0, 1 and 2, it should have closed.
  void close_all(Process& process);
  // One that stood for it, in a process or a message, does no more.
  static void unrefer(Description& description);
  [[nodiscard]] std::size_t open_descriptors() const;  // of all, but for 0, 1 and 2
  [[nodiscard]] const std::string& left_open() const { return left_open_; }
  [[nodiscard]] Process* holder_of(const Description& description) const;
  [[nodiscard]] bool is_installed(const Description& description) const {
    return holder_of(description) != nullptr;
  }
  [[nodiscard]] int connect(Socket& socket, const os::Address& to);
  [[nodiscard]] int descriptors_max() const { return config_.descriptors_max; }

  // ---- time, signals, files
  [[nodiscard]] std::chrono::microseconds wall_time() const;
  void jump_wall_clock(std::chrono::microseconds by) { wall_offset_ += by; }
  void raise(int signal, Process& process);
  [[nodiscard]] const std::vector<os::IpAddress>* resolve(const std::string& name) const;
  [[nodiscard]] std::string& file(const std::string& path) { return files_[path]; }
  [[nodiscard]] bool has_file(const std::string& path) const { return files_.contains(path); }
  // Who listens for channels, by the inode of the file.
  [[nodiscard]] std::map<std::uint64_t, ChannelListener*>& channel_listeners() {
    return channel_listeners_;
  }
  // What stands at every path; none: nothing can be started.
  std::function<int(const os::Program&)> program;
  // Called when the product has started a process.
  std::function<void(Process&)> on_started;
  // Called when a message goes through a channel.
  std::function<void(Process& from, Process& to, std::string_view text)> on_message;
  void note_message(const Description& to, std::string_view text, int error);

  // ---- waiting
  [[nodiscard]] std::size_t wait(Poller& poller, std::span<os::Event> into, bool block);
  // What makes a turn more than spinning; every call with an effect says so.
  void worked() {
    processes.current().idle_turns = 0;
    processes.current().worked_at = agenda.now();
  }
  [[nodiscard]] std::uint64_t turns() const { return turns_; }
  // Called at each wait: for oracles that look at the product as it rests.
  std::function<void()> on_rest;

 private:
  [[nodiscard]] Description* at(int fd) const;
  void misused(int fd, std::string_view call);
  void count_turn();
  [[nodiscard]] std::size_t hand_out(std::vector<os::Event> ready, std::span<os::Event> into);

  const Config config_;
  std::vector<std::unique_ptr<Description>> made_;
  std::string left_open_;
  std::map<std::string, std::string> files_;
  std::map<std::uint64_t, ChannelListener*> channel_listeners_;
  std::chrono::microseconds wall_offset_{};
  std::optional<Breach> breach_;
  std::uint64_t turns_ = 0;
};

// timerfd_create(2), of the monotonic clock.
class TimerFd final : public Description {
 public:
  void arm(Kernel& kernel, os::Time at);
  void drain() { expired_ = false; }
  [[nodiscard]] Readiness readiness() const override { return {.readable = expired_}; }

 private:
  std::uint64_t armed_ = 0;  // how often: an older deadline no longer counts
  bool expired_ = false;
};

// signalfd(2): standard signals, which do not queue up.
class SignalQueue final : public Description {
 public:
  explicit SignalQueue(std::vector<int> signals) : signals_(std::move(signals)) {}
  void raise(int signal);
  [[nodiscard]] std::optional<int> take();
  [[nodiscard]] Readiness readiness() const override { return {.readable = !pending_.empty()}; }

 private:
  const std::vector<int> signals_;
  std::vector<int> pending_;  // the lowest comes first
};

// A regular file that is appended to.
class File final : public Description {
 public:
  explicit File(std::string& content) : content_(content) {}
  void append(std::string_view bytes) { content_ += bytes; }
  [[nodiscard]] Readiness readiness() const override {
    return {.readable = true, .writable = true};
  }

 private:
  std::string& content_;
};

}  // namespace lb::sim
