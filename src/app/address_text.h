#pragma once

// Whether a text may name a host. Nothing is resolved, and no kernel header is needed: turning
// addresses into what a socket takes is for os/.

#include <cstddef>
#include <string_view>

namespace lb::app {

inline constexpr std::size_t kHostBytesMax = 253;  // a DNS name in text (RFC 1035 2.3.4)

// Letters, digits, "-", "." and "_" (container names have those), the first one neither "-" nor
// ".". IPv4 addresses are among them.
[[nodiscard]] bool is_host_name(std::string_view text);

// An IPv6 address without brackets (RFC 4291 2.2), with a zone or without: "::1", "fe80::1%eth0"
// (RFC 4007 11).
[[nodiscard]] bool is_ipv6(std::string_view text);

}  // namespace lb::app
