#include "tests/e2e/support/successors.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>
#include <csignal>

namespace lb::e2e {
namespace {

constexpr std::string_view kTakenOver = " has taken over";

// Of "… process 4711 has taken over".
pid_t process_in(std::string_view line) {
  line = line.substr(0, line.find(kTakenOver));
  line.remove_prefix(line.rfind(' ') + 1);
  pid_t process = 0;
  std::from_chars(line.data(), line.data() + line.size(), process);
  return process;
}

}  // namespace

Successors::Successors(Lb& first) : first_(first) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  first_.process().shares_output();
}

Successors::~Successors() {
  try {
    const int code = newest_ == 0 ? 0 : newest_shuts_down();
    EXPECT_EQ(code, 0);
  } catch (const Failure& failure) {
    ADD_FAILURE() << failure.what();
  }
}

void Successors::signal(int number) const {
  if (newest_ == 0) {
    first_.signal(number);
  } else {
    ::kill(newest_, number);
  }
}

void Successors::take_over() {
  const pid_t before = newest_;
  read_ = first_.log_size();
  signal(SIGUSR2);
  waits_for_takeover(read_);
  waits_for_end_of(before);
}

void Successors::waits_for_takeover(std::size_t from) {
  newest_ = process_in(first_.waits_for_log(kTakenOver, from));
}

void Successors::waits_for_end_of(pid_t process) const {
  if (process == 0) {
    EXPECT_EQ(first_.waits_for_exit(), 0);
    return;
  }
  int status = 0;
  waits_until("the process before has ended",
              [&] { return ::waitpid(process, &status, WNOHANG) == process; });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

int Successors::newest_shuts_down() {
  const pid_t process = newest_;
  newest_ = 0;
  ::kill(process, SIGTERM);
  int status = 0;
  waits_until("the newest process has ended",
              [&] { return ::waitpid(process, &status, WNOHANG) == process; });
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace lb::e2e
