#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lb/os/os.h"

namespace lb::os {

std::expected<PipeEnds, int> open_pipe(std::size_t capacity) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return std::unexpected(errno);
  PipeEnds pipe{.out = Fd(ends[0]), .in = Fd(ends[1])};
  if (fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(capacity)) < 0) return std::unexpected(errno);
  return pipe;
}

IoResult splice(int from, int to, std::size_t bytes_max) {
  ssize_t n = 0;
  do {
    n = ::splice(from, nullptr, to, nullptr, bytes_max, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return {0, errno};
  return {static_cast<std::size_t>(n), 0};
}

}  // namespace lb::os
