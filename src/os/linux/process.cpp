#include "lb/os/process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "os/linux/sockaddr.h"
#include "os/linux/stream_options.h"

namespace lb::os {
namespace {

// The name of an abstract socket begins with NUL and ends where its length says.
SocketAddress notify_address(const std::string& path) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  const std::size_t length = std::min(path.size(), sizeof un.sun_path - 1);
  std::memcpy(un.sun_path, path.data(), length);
  const bool abstract = path.starts_with('@');
  if (abstract) un.sun_path[0] = '\0';
  SocketAddress result;
  std::memcpy(&result.storage, &un, sizeof un);
  result.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + (abstract ? 0 : 1));
  return result;
}

std::expected<int, int> int_option(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, name, &value, &length) != 0) return std::unexpected(errno);
  return value;
}

}  // namespace

std::uint64_t process_id() {
  return static_cast<std::uint64_t>(getpid());
}

int send_datagram(const std::string& unix_path, std::string_view bytes) {
  if (unix_path.size() >= sizeof(sockaddr_un::sun_path)) return ENAMETOOLONG;
  const Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return errno;
  const SocketAddress to = notify_address(unix_path);
  const ssize_t sent =
      sendto(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, to.get(), to.length);
  return sent < 0 ? errno : 0;
}

std::expected<Fd, int> adopt_listener(int fd) {
  const auto listening = int_option(fd, SO_ACCEPTCONN);
  if (!listening) return std::unexpected(listening.error());
  const auto type = int_option(fd, SO_TYPE);
  const auto family = int_option(fd, SO_DOMAIN);
  const bool served = family && (*family == AF_INET || *family == AF_INET6 || *family == AF_UNIX);
  if (*listening == 0 || !type || *type != SOCK_STREAM || !served) return std::unexpected(EINVAL);
  Fd ours(fd);
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return std::unexpected(errno);
  }
  if (*family != AF_UNIX) set_stream_options(fd);
  return ours;
}

Address local_address(int fd) {
  SocketAddress local;
  if (getsockname(fd, local.get(), &local.length) != 0) return {};
  Address address{.ip = from_kernel(local), .unix_path = {}};
  if (local.storage.ss_family == AF_UNIX) {
    sockaddr_un un{};
    std::memcpy(&un, &local.storage, sizeof un);
    const std::size_t length = local.length - offsetof(sockaddr_un, sun_path);
    std::string path(un.sun_path, std::min(length, sizeof un.sun_path));
    if (path.starts_with('\0')) path[0] = '@';
    address.unix_path = path.substr(0, path.find('\0'));
  }
  return address;
}

}  // namespace lb::os
