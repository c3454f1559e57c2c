#include "tests/e2e/support/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "tests/e2e/support/deadline.h"

namespace lb::e2e {

SocketAddress ip_address(const std::string& ip, std::uint16_t port) {
  SocketAddress address;
  if (ip.find(':') != std::string::npos) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    ::inet_pton(AF_INET6, ip.c_str(), &v6.sin6_addr);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    ::inet_pton(AF_INET, ip.c_str(), &v4.sin_addr);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
  }
  return address;
}

SocketAddress unix_address(const std::string& path) {
  SocketAddress address;
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  if (path.size() >= sizeof local.sun_path) throw Failure("too long for a unix socket: " + path);
  path.copy(local.sun_path, path.size());
  std::memcpy(&address.storage, &local, sizeof local);
  address.size = sizeof local;
  return address;
}

Fd new_socket(const SocketAddress& address, int flags) {
  Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!socket.open()) throw Failure(std::string("socket: ") + std::strerror(errno));
  return socket;
}

Fd bound_socket(const SocketAddress& address) {
  Fd socket = new_socket(address);
  const int on = 1;
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.number(), address.get(), address.size) != 0) return {};
  return socket;
}

std::uint16_t port_of(const Fd& socket) {
  SocketAddress address;
  address.size = sizeof address.storage;
  // NOLINTNEXTLINE: the sockets interface
  ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  in_port_t port = 0;
  // The port stands at the same place in both families.
  std::memcpy(&port,
              reinterpret_cast<const char*>(&address.storage) + sizeof(sa_family_t),  // NOLINT
              sizeof port);
  return ntohs(port);
}

}  // namespace lb::e2e
