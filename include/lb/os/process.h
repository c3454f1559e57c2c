#pragma once

// What this process shares with others: its number, the sockets it was started with, and what it
// tells its service manager.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "lb/os/address.h"
#include "lb/os/fd.h"

namespace lb::os {

[[nodiscard]] std::uint64_t process_id();

// One datagram to a unix socket, or an errno (EAGAIN: its queue is full). A path that begins with
// '@' is in the abstract namespace (unix(7)).
[[nodiscard]] int send_datagram(const std::string& unix_path, std::string_view bytes);

// Makes a socket that somebody else has bound and set to listen ours: with the options that
// listen() gives, closed on exec. EBADF, ENOTSOCK, EINVAL: it is no listening stream socket.
[[nodiscard]] std::expected<Fd, int> adopt_listener(int fd);
[[nodiscard]] Address local_address(int fd);

}  // namespace lb::os
