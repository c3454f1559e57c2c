#pragma once

// Listening sockets for every address of a host.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "lb/os/os.h"

namespace lb::app {

struct Listening {
  std::vector<os::Fd> sockets;
  std::uint16_t port = 0;  // the same for all
};

inline constexpr int kBacklog = 4096;  // the kernel clamps it to net.core.somaxconn

// All addresses of `host`, on one port; port 0 lets the kernel choose one that is free on all of
// them. An address whose family this machine lacks is skipped. What is wrong otherwise, in one
// line.
[[nodiscard]] std::expected<Listening, std::string> listen_on(const std::string& host,
                                                              std::uint16_t port);

}  // namespace lb::app
