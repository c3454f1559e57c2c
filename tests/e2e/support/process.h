#pragma once

// A child process with its output, line by line, and what /proc tells about it.

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/e2e/support/deadline.h"
#include "tests/e2e/support/fd.h"

namespace lb::e2e {

// The lines that come out of one end of a pipe.
class Lines {
 public:
  explicit Lines(Fd pipe);
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines();

  [[nodiscard]] std::vector<std::string> all() const;
  // The first line at or after `from` that contains the text; none when the deadline passed or the
  // pipe ended before.
  [[nodiscard]] std::optional<std::string> waits_for(std::string_view text, std::size_t from,
                                                     Deadline deadline) const;
  void waits_for_end();

 private:
  void reads(const Fd& pipe);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> lines_;
  bool ended_ = false;
  std::thread reading_;
};

struct Surroundings {
  std::vector<std::string> environment;  // "NAME=value", added to that of the test
  // What /etc/hosts is for the process; its own where empty. Needs user namespaces.
  std::string hosts;
  // A network of its own, of nothing but a loopback device, with this range of local ports ("20000
  // 20999"), which rest in TIME_WAIT as they would towards another machine. Needs user namespaces.
  std::string own_network_ports;
  // Listening sockets of the test that it gets as descriptors from 3 on, with LISTEN_FDS and
  // LISTEN_PID (sd_listen_fds(3)).
  std::vector<int> sockets;
  // RLIMIT_NOFILE; 0: that of the test. A process may raise the soft one to the hard one.
  std::uint64_t descriptors_soft_max = 0;
  std::uint64_t descriptors_hard_max = 0;
  std::string binary;  // of lb; empty: the one that was built
};

class Process {
 public:
  Process(const std::string& binary, const std::vector<std::string>& arguments,
          const Surroundings& surroundings);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills it

  [[nodiscard]] pid_t id() const { return pid_; }
  void signal(int number) const;
  // SIGSTOP, and waits until it has: from here on it does nothing until SIGCONT.
  void stops() const;
  // Waits for its end; throws if it goes on. The exit code, or minus the number of the signal that
  // killed it.
  int waits_for_exit(Deadline deadline = {});
  // Other processes write to its outputs, too: their end does not come with its own.
  void shares_output() { shares_output_ = true; }
  [[nodiscard]] bool has_exited() const { return exit_.has_value(); }

  [[nodiscard]] const Lines& output() const { return *output_; }
  [[nodiscard]] const Lines& errors() const { return *errors_; }

  // Of the living process.
  [[nodiscard]] std::size_t rss_bytes() const { return status_bytes("VmRSS:"); }
  [[nodiscard]] std::size_t peak_rss_bytes() const { return status_bytes("VmHWM:"); }
  [[nodiscard]] std::size_t descriptor_count() const;
  [[nodiscard]] std::chrono::milliseconds cpu_time() const;
  [[nodiscard]] std::vector<pid_t> children() const;  // the oldest first

  // Whether a process can be given an /etc/hosts, or a network, of its own here.
  [[nodiscard]] static bool can_have_hosts();
  [[nodiscard]] static bool can_have_network();

 private:
  [[nodiscard]] std::size_t status_bytes(std::string_view name) const;

  pid_t pid_ = -1;
  Fd handle_;  // pidfd: readable when it has exited
  std::optional<int> exit_;
  bool shares_output_ = false;
  std::optional<Lines> output_;
  std::optional<Lines> errors_;
};

}  // namespace lb::e2e
