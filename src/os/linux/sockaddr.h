#pragma once

// Addresses as the kernel takes and gives them.

#include <sys/socket.h>
#include <sys/un.h>

#include "lb/os/address.h"

namespace lb::os {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

[[nodiscard]] SocketAddress to_kernel(const Address& address);
[[nodiscard]] IpAddress from_kernel(const SocketAddress& address);
[[nodiscard]] std::uint32_t scope_from_kernel(const SocketAddress& address);
[[nodiscard]] int to_kernel(Family family);

}  // namespace lb::os
