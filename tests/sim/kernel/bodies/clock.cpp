#include <ctime>

#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {

using sim::Kernel;

Time now() {
  return Kernel::current().agenda.now();
}

std::chrono::microseconds wall_time() {
  return Kernel::current().wall_time();
}

// UTC: the zone of the machine is not part of the seed.
LocalTime local_time(std::chrono::seconds since_1970) {
  const std::chrono::sys_seconds at{since_1970};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(time.hours().count()),
          static_cast<int>(time.minutes().count()),
          static_cast<int>(time.seconds().count()),
          0};
}

std::uint64_t random_seed() {
  return Kernel::current().dice.next();
}

std::expected<Fd, int> open_timer() {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  const auto fd = kernel.install(kernel.make<sim::TimerFd>());
  if (!fd) return std::unexpected(fd.error());
  kernel.trace.call("open_timer() = ", *fd);
  return Fd(*fd);
}

void arm_timer(int fd, Time at) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.trace.call("arm_timer(", fd, ", in ", (at - kernel.agenda.now()).count(), " ns)");
  auto* timer = kernel.find<sim::TimerFd>(fd, "arm_timer");
  if (timer != nullptr) timer->arm(kernel, at);
}

void drain_timer(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.trace.call("drain_timer(", fd, ")");
  auto* timer = kernel.find<sim::TimerFd>(fd, "drain_timer");
  if (timer != nullptr) timer->drain();
}

}  // namespace lb::os
