#pragma once

// What app shares of reading --listen; the face of it is parse_listen_address in lb/app/options.h.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lb/app/options.h"

namespace lb::app {

inline constexpr std::size_t kListenAddressesMax = 64;

// Adds it to `addresses`; refuses one that is there already.
[[nodiscard]] std::expected<void, std::string> append_listen_address(
    std::vector<ListenAddress>& addresses, std::string_view text);

}  // namespace lb::app
