#pragma once

// Socket addresses of this machine, for servers and clients of the tests.

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "tests/e2e/support/fd.h"

namespace lb::e2e {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);  // NOLINT: the sockets interface
  }
  [[nodiscard]] int family() const { return storage.ss_family; }
};

[[nodiscard]] SocketAddress ip_address(const std::string& ip, std::uint16_t port);
[[nodiscard]] SocketAddress unix_address(const std::string& path);

[[nodiscard]] Fd new_socket(const SocketAddress& address, int flags = 0);
// A bound socket; not open if the address is taken.
[[nodiscard]] Fd bound_socket(const SocketAddress& address);
[[nodiscard]] std::uint16_t port_of(const Fd& socket);

}  // namespace lb::e2e
