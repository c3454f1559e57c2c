#include <csignal>

#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {

using sim::Kernel;

const int kSignalInterrupt = SIGINT;
const int kSignalTerminate = SIGTERM;
const int kSignalHangup = SIGHUP;
const int kSignalPipe = SIGPIPE;
const int kSignalUser2 = SIGUSR2;
const int kSignalChild = SIGCHLD;

std::expected<Fd, int> open_signals(std::span<const int> signals) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto& queue = kernel.make<sim::SignalQueue>(std::vector<int>(signals.begin(), signals.end()));
  const auto fd = kernel.install(queue);
  if (!fd) return std::unexpected(fd.error());
  kernel.processes.current().signals = &queue;
  kernel.trace.call("open_signals() = ", *fd);
  return Fd(*fd);
}

std::optional<int> read_signal(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* queue = kernel.find<sim::SignalQueue>(fd, "read_signal");
  const auto signal = queue != nullptr ? queue->take() : std::nullopt;
  if (signal) kernel.worked();
  kernel.trace.call("read_signal(", fd, ") = ", signal.value_or(0));
  return signal;
}

// Fake sockets raise nothing.
void ignore_signal(int signal) {
  Kernel& kernel = Kernel::current();
  kernel.trace.call("ignore_signal(", signal, ")");
}

}  // namespace lb::os
