#pragma once

// The header with which a balancer that passes connections on unread says, before all else, whose
// connection this is: the PROXY protocol, version 1 (a line of text) and 2 (octets). Source:
// proxy-protocol.txt of HAProxy, 2.1 and 2.2. A pure parser: a view in, a value out; nothing is
// kept between calls.
//
// It takes the address of the client. Where the client went to is looked at for its form only; so
// are the TLVs behind the addresses, but for a checksum, which must be right. Whatever is not
// exactly as specified is refused. Whether a peer may say such a thing at all is not decided here.

#include <cstddef>
#include <optional>
#include <string_view>

#include "lb/http/parser.h"
#include "lb/os/address.h"

namespace lb::downstream {

// Version 1: the line, with its CRLF (2.1).
inline constexpr std::size_t kProxyLineBytesMax = 107;
// Version 2: what its length may announce. The addresses take 216 octets at most, and a sender
// should need one segment for all of it, so this is room for TLVs of many times that; and it is
// what a peer may make this side keep before it has said anything.
inline constexpr std::size_t kProxyBlockBytesMax = 4 * 1024;
inline constexpr std::size_t kProxyFixedBytes = 16;  // signature, command, family, length
inline constexpr std::size_t kProxyHeaderBytesMax = kProxyFixedBytes + kProxyBlockBytesMax;

struct ProxyHeader {
  http::ParseStatus status = http::ParseStatus::kIncomplete;
  std::size_t bytes = 0;  // kDone: of the header
  // kDone: who connected to the balancer (of a unix socket: without an IP address). Nothing: it
  // does not say, or the connection is its own (LOCAL, UNKNOWN, UNSPEC): the peer's address counts.
  std::optional<os::IpAddress> client{};
  std::string_view reason{};  // kRefused: what is wrong, in static storage
};

// The header at the front of `bytes`. Refused as soon as what is there cannot become one.
// Incomplete: call again with more; a look at an incomplete one costs no more than its fixed part
// or its line, however it drips.
[[nodiscard]] ProxyHeader parse_proxy_header(std::string_view bytes);

}  // namespace lb::downstream
