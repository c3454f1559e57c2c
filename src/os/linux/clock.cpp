#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "lb/os/os.h"

namespace lb::os {

Time now() {
  return std::chrono::steady_clock::now();
}

std::chrono::microseconds wall_time() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

LocalTime local_time(std::chrono::seconds since_1970) {
  const std::time_t seconds = since_1970.count();
  std::tm tm{};
  localtime_r(&seconds, &tm);
  return {tm.tm_year + 1900,
          tm.tm_mon + 1,
          tm.tm_mday,
          tm.tm_hour,
          tm.tm_min,
          tm.tm_sec,
          static_cast<int>(tm.tm_gmtoff / 60)};
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  // Up to 256 bytes are never short (getrandom(2)); on a kernel without it the clock has to do.
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    seed = static_cast<std::uint64_t>(now().time_since_epoch().count());
  }
  return seed;
}

std::expected<Fd, int> open_timer() {
  const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) return std::unexpected(errno);
  return Fd(fd);
}

void arm_timer(int fd, Time at) {
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
  itimerspec spec{};
  spec.it_value.tv_sec = nanoseconds / 1'000'000'000;
  spec.it_value.tv_nsec = nanoseconds % 1'000'000'000;
  timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void drain_timer(int fd) {
  std::uint64_t expirations = 0;
  // EAGAIN (it was armed anew meanwhile) leaves it unreadable too: nothing to tell.
  [[maybe_unused]] const ssize_t n = read(fd, &expirations, sizeof expirations);
}

}  // namespace lb::os
