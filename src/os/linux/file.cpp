#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>
#include <system_error>

#include "lb/os/os.h"

namespace lb::os {
namespace {

bool is_pipe(int fd) {
  struct stat status{};
  return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

}  // namespace

std::expected<Fd, int> open_append(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return std::unexpected(errno);
  return Fd(fd);
}

std::expected<FileId, int> socket_file(const std::string& path) {
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) return std::unexpected(errno);
  if (!S_ISSOCK(status.st_mode)) return std::unexpected(ENOTSOCK);
  return FileId{.device = status.st_dev, .inode = status.st_ino};
}

int remove_socket_file(const std::string& path, const FileId& id) {
  const auto now = socket_file(path);
  if (!now) return now.error();
  if (*now != id) return ENOENT;
  return unlink(path.c_str()) == 0 ? 0 : errno;
}

Fd standard_output() {
  return Fd(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
}

Fd standard_error() {
  return Fd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
}

IoResult write(int fd, std::span<const char> bytes) {
  // A pipe that is writable takes PIPE_BUF bytes without blocking (poll(2), pipe(7)).
  const std::size_t bytes_max = is_pipe(fd) ? PIPE_BUF : bytes.size();
  pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
  if (poll(&writable, 1, 0) == 0) return {0, EAGAIN};
  ssize_t n = 0;
  do {
    n = ::write(fd, bytes.data(), std::min(bytes.size(), bytes_max));
  } while (n < 0 && errno == EINTR);
  if (n < 0) return {0, errno};
  return {static_cast<std::size_t>(n), 0};
}

void close(int fd) {
  ::close(fd);
}  // the descriptor is gone even on EINTR (close(2))

void return_freed_blocks_from(std::size_t bytes) {
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(bytes));
}

std::uint32_t local_port_count() {
  constexpr std::uint32_t kDefault = 60'999 - 32'768 + 1;
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  return file >> first >> last && first <= last ? last - first + 1 : kDefault;
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

std::string error_text(int error) {
  return std::generic_category().message(error);
}

bool is_exhausted(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool is_in_progress(int error) {
  return error == EINPROGRESS;
}

bool is_unsupported(int error) {
  return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

}  // namespace lb::os
