#pragma once

// What app shares of reading server names; the face of it is parse_servers in lb/app/options.h.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lb/app/options.h"

namespace lb::app {

inline constexpr std::size_t kServersMax = 1024;
inline constexpr std::size_t kUnixPathBytesMax = 107;  // sun_path is 108 with its NUL (unix(7))

// Host and port (or ports) of "localhost:8081" or "[::1]:8081", as text: the host without brackets.
struct HostAndPorts {
  std::string_view host;
  std::string_view ports;
};
[[nodiscard]] std::expected<HostAndPorts, std::string> split_host(std::string_view member);

// The path of "unix:/run/a.sock".
[[nodiscard]] bool is_unix_name(std::string_view member);
[[nodiscard]] std::expected<std::string_view, std::string> parse_unix_path(std::string_view member);

// "localhost:8081", "[::1]:8081"
[[nodiscard]] std::string host_and_port(std::string_view host, std::uint16_t port);

// Adds the members of `list` to `servers`; refuses one that is there already. What was added before
// the refused member stays.
[[nodiscard]] std::expected<void, std::string> append_servers(std::vector<ServerName>& servers,
                                                              std::string_view list);

}  // namespace lb::app
