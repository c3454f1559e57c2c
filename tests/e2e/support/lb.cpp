#include "tests/e2e/support/lb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <exception>
#include <iostream>

namespace lb::e2e {
namespace {

Arguments at_port_zero(Arguments arguments) {
  arguments.insert(arguments.end(), {"--port", "0"});
  return arguments;
}

Arguments command_of(const Balancing& balancing) {
  Arguments arguments{"--servers", list_of(balancing.servers)};
  arguments.insert(arguments.end(), balancing.options.begin(), balancing.options.end());
  return arguments;
}

bool is_sanitizer_report(std::string_view line) {
  return line.contains("Sanitizer") || line.contains("runtime error:") ||
         line.contains("Assertion") || line.contains("terminate called");
}

}  // namespace

Lb::Lb(const Balancing& balancing, const Surroundings& surroundings)
    : Lb(command_of(balancing), Start::kAtPortZero, surroundings) {
  (void)port();
  for (const std::string& server : balancing.servers) waits_until_up(server);
}

Lb::Lb(const Arguments& arguments, Start start, const Surroundings& surroundings)
    : process_(surroundings.binary.empty() ? LB_BINARY : surroundings.binary,
               start == Start::kAsGiven ? arguments : at_port_zero(arguments), surroundings) {}

Lb::~Lb() {
  try {
    expect_clean_exit();
  } catch (const Failure& failure) {
    ADD_FAILURE() << failure.what();
  }
  if (!testing::Test::HasFailure() && std::uncaught_exceptions() == 0) return;
  std::cerr << "---- what lb logged ----\n";
  for (const std::string& line : log()) std::cerr << line << '\n';
  std::cerr << "------------------------\n";
}

std::uint16_t Lb::port() {
  if (port_ != 0) return port_;
  const std::string line = waits_for_log("server listening on ");
  const char* const digits = line.data() + line.rfind(':') + 1;
  if (std::from_chars(digits, line.data() + line.size(), port_).ec != std::errc{}) {
    throw Failure("no port in: " + line);
  }
  return port_;
}

std::string Lb::waits_for_log(std::string_view text, std::size_t from, Deadline deadline) {
  if (auto line = process_.errors().waits_for(text, from, deadline)) return *line;
  throw Failure("lb never logged: " + std::string(text));
}

void Lb::waits_until_up(const std::string& server) {
  waits_for_log("the following host is up " + server);
}

void Lb::waits_until_down(const std::string& server) {
  waits_for_log("the following host is down " + server);
}

std::size_t Lb::count_of_logged(std::string_view text) const {
  const std::vector<std::string> lines = log();
  return static_cast<std::size_t>(
      std::ranges::count_if(lines, [&](const std::string& line) { return line.contains(text); }));
}

std::string Lb::waits_for_output(std::string_view text, Deadline deadline) {
  if (auto line = process_.output().waits_for(text, 0, deadline)) return *line;
  throw Failure("lb never wrote to stdout: " + std::string(text));
}

int Lb::shuts_down() {
  signal(SIGINT);
  return waits_for_exit();
}

// Two signals of different kinds: equal ones could melt into one. What is still in flight is cut.
void Lb::expect_clean_exit() {
  if (!process_.has_exited()) {
    signal(SIGINT);
    signal(SIGTERM);
    const int code = waits_for_exit();
    EXPECT_TRUE(code == 0 || code == 3) << "lb left with " << code << " after two signals";
  }
  EXPECT_GE(waits_for_exit(), 0) << "lb was killed by a signal";
  for (const std::string& line : log()) {
    EXPECT_FALSE(is_sanitizer_report(line)) << line;
  }
}

std::size_t turns_made_by(Lb& lb) {
  static constexpr std::string_view kBefore = "the reactor made ";
  EXPECT_EQ(lb.shuts_down(), 0);
  const std::string line = lb.waits_for_log(kBefore);
  std::size_t turns = 0;
  const char* const digits = line.data() + line.find(kBefore) + kBefore.size();
  if (std::from_chars(digits, line.data() + line.size(), turns).ec != std::errc{}) {
    throw Failure("no number of turns in: " + line);
  }
  return turns;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

}  // namespace lb::e2e
