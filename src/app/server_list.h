#pragma once

// What app shares of reading server names; the face of it is parse_servers in lb/app/options.h.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lb/app/options.h"

namespace lb::app {

inline constexpr std::size_t kServersMax = 1024;
inline constexpr std::size_t kUnixPathBytesMax = 107;  // sun_path is 108 with its NUL (unix(7))

// Adds the members of `list` to `servers`; refuses one that is there already. What was added before
// the refused member stays.
[[nodiscard]] std::expected<void, std::string> append_servers(std::vector<ServerName>& servers,
                                                              std::string_view list);

}  // namespace lb::app
