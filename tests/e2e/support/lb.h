#pragma once

// The program under test: the built binary as a process, judged by its exit code, its two outputs
// and its sockets. It always gets --port 0. Every Lb of the ring leaves by its own way out at the
// end of its test, so each test also looks for leaks and sanitizer reports.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/support/process.h"

namespace lb::e2e {

using Arguments = std::vector<std::string>;

enum class Start : std::uint8_t {
  kAtPortZero,  // --port 0 is added
  kAsGiven,
};

// Servers that shall be up before the test goes on, and further options.
struct Balancing {
  std::vector<std::string> servers;
  Arguments options;
};

class Lb {
 public:
  // Starts it and waits until it listens and every server is up.
  explicit Lb(const Balancing& balancing, const Surroundings& surroundings = {});
  // Only starts it.
  explicit Lb(const Arguments& arguments, Start start = Start::kAtPortZero,
              const Surroundings& surroundings = {});
  Lb(const Lb&) = delete;
  Lb& operator=(const Lb&) = delete;
  ~Lb();

  // Where it listens; waits for the line that tells it.
  [[nodiscard]] std::uint16_t port();

  // The log: the lines on stderr. Each wait starts at the beginning unless `from` says otherwise,
  // and returns the line.
  std::string waits_for_log(std::string_view text, std::size_t from = 0, Deadline deadline = {});
  void waits_until_up(const std::string& server);
  void waits_until_down(const std::string& server);
  [[nodiscard]] std::vector<std::string> log() const { return process_.errors().all(); }
  [[nodiscard]] std::size_t log_size() const { return log().size(); }
  [[nodiscard]] std::size_t count_of_logged(std::string_view text) const;

  // The lines on stdout.
  std::string waits_for_output(std::string_view text, Deadline deadline = {});
  [[nodiscard]] std::vector<std::string> output() const { return process_.output().all(); }

  void signal(int number) const { process_.signal(number); }
  int waits_for_exit(Deadline deadline = {}) { return process_.waits_for_exit(deadline); }
  // Asks it to go and waits; the exit code.
  int shuts_down();

  [[nodiscard]] Process& process() { return process_; }

 private:
  void expect_clean_exit();

  Process process_;
  std::uint16_t port_ = 0;
};

// How many turns the reactor made, as a debug line tells at the end; waits for the exit.
[[nodiscard]] std::size_t turns_made_by(Lb& lb);

template <class... Servers>
[[nodiscard]] std::vector<std::string> names_of(const Servers&... servers) {
  return {servers.name()...};
}

// "a:1,b:2", as --servers takes it.
[[nodiscard]] std::string list_of(const std::vector<std::string>& names);

}  // namespace lb::e2e
