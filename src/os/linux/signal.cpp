#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "lb/os/os.h"

namespace lb::os {

const int kSignalInterrupt = SIGINT;
const int kSignalTerminate = SIGTERM;
const int kSignalHangup = SIGHUP;
const int kSignalPipe = SIGPIPE;
const int kSignalUser2 = SIGUSR2;
const int kSignalChild = SIGCHLD;

std::expected<Fd, int> open_signals(std::span<const int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return std::unexpected(errno);
  const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return std::unexpected(errno);
  return Fd(fd);
}

std::optional<int> read_signal(int fd) {
  signalfd_siginfo info{};
  if (read(fd, &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void ignore_signal(int signal) {
  std::signal(signal, SIG_IGN);
}

}  // namespace lb::os
