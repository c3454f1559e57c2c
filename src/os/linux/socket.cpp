#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>

#include "lb/os/os.h"
#include "os/linux/sockaddr.h"
#include "os/linux/stream_options.h"

namespace lb::os {
namespace {

template <class Call>
IoResult retry_interrupted(Call&& call) {
  ssize_t n = 0;
  do {
    n = call();
  } while (n < 0 && errno == EINTR);
  if (n < 0) return {0, errno};
  return {static_cast<std::size_t>(n), 0};
}

void set_option(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);
}

// The kernel takes no more than that beyond what is on its way: else a slow reader gets megabytes
// into its send buffer.
constexpr int kUnsentBytesMax = 512 * 1024;

// A peer that vanished without a word is found within 25 s of silence (tcp(7)).
void keep_alive(int fd) {
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

}  // namespace

void set_stream_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytesMax);
  keep_alive(fd);
}

bool IoResult::would_block() const {
  return error == EAGAIN || error == EWOULDBLOCK;
}

IoResult receive(int fd, std::span<char> into) {
  return retry_interrupted([&] { return recv(fd, into.data(), into.size(), 0); });
}

IoResult send(int fd, std::span<const char> bytes) {
  return retry_interrupted([&] { return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
}

IoResult send_slices(int fd, std::span<const std::string_view> slices) {
  assert(slices.size() <= kSlicesMax);
  std::array<iovec, kSlicesMax> vector{};
  for (std::size_t i = 0; i < slices.size(); ++i) {
    vector[i] = {const_cast<char*>(slices[i].data()), slices[i].size()};
  }
  msghdr message{};
  message.msg_iov = vector.data();
  message.msg_iovlen = slices.size();
  return retry_interrupted([&] { return sendmsg(fd, &message, MSG_NOSIGNAL); });
}

Accepted accept(int listener) {
  SocketAddress peer;
  int fd = -1;
  do {
    peer.length = sizeof peer.storage;
    fd = accept4(listener, peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd < 0) return {Fd(), {}, errno};
  return {Fd(fd), from_kernel(peer), 0};
}

std::expected<Fd, int> open_stream(Family family) {
  const int fd = socket(to_kernel(family), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(errno);
  if (family != Family::kUnix) set_stream_options(fd);
  return Fd(fd);
}

int connect(int fd, const Address& address) {
  const SocketAddress kernel = to_kernel(address);
  if (::connect(fd, kernel.get(), kernel.length) == 0) return 0;
  return errno == EINTR ? EINPROGRESS
                        : errno;  // an interrupted connect goes on by itself (connect(2))
}

int socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

std::expected<Fd, int> listen(const Address& address, int backlog, Sharing sharing) {
  auto fd = open_stream(address.family());  // accepted sockets inherit its options
  if (!fd) return fd;
  set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (sharing == Sharing::kPort) set_option(fd->get(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.family() == Family::kIpv6) set_option(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  const SocketAddress kernel = to_kernel(address);
  if (bind(fd->get(), kernel.get(), kernel.length) != 0) return std::unexpected(errno);
  if (::listen(fd->get(), backlog) != 0) return std::unexpected(errno);
  return fd;
}

std::uint16_t local_port(int fd) {
  SocketAddress local;
  if (getsockname(fd, local.get(), &local.length) != 0) return 0;
  return from_kernel(local).port;
}

int shut_write(int fd) {
  return shutdown(fd, SHUT_WR) == 0 ? 0 : errno;
}

void abort_on_close(int fd) {
  const linger option{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, sizeof option);
}

std::size_t unacknowledged_bytes(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace lb::os
