#pragma once

// What a gateway changes in a head on its way through (RFC 9110 7.6): fields of one hop are
// dropped, and the request gets the fields that tell the server who asks. Pure: edits the list of
// fields, writes new lines into scratch that the caller keeps until the head is written.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lb/http/head.h"

namespace lb::http {

enum class ForwardedStyle : std::uint8_t { kX, kRfc7239, kBoth, kOff };  // --forwarded

struct ForwardingRules {
  ForwardedStyle forwarded = ForwardedStyle::kX;
  std::string via;  // the pseudonym of this process: "lb-1a2b3c4d"; a line "Via: 1.1 lb-1a2b3c4d"
                    // is added to requests
};

// Who sent the request, in text (an H1Server knows it; proxy never asks a socket).
struct Peer {
  std::string_view
      client_ip;  // "127.0.0.1", "2001:db8::1", or "unix:" for a unix socket; no brackets, no port
  std::string_view scheme = "http";
  bool trusted = false;
};

// Drops Connection and what it lists, Keep-Alive, Proxy-Connection, TE, Transfer-Encoding,
// Content-Length, Upgrade and HTTP2-Settings, and the client's own X-Forwarded-For/-Proto/-Host,
// Forwarded and X-Real-IP (of a peer that is not trusted); drops Host where an absolute-form target
// replaces it, and Expect in HTTP/1.0. Host, Content-Length and Transfer-Encoding named in
// Connection are not dropped by that. Appends ours, each as a short line of its own, and Host where
// the target had one: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host (only if there is a
// Host), Via. What a trusted peer says of protocol and host stays as it is. An offer to switch
// protocols stays an offer: one Upgrade line with what the client listed, without h2c, which the
// connection to a server never speaks; head.upgrade is its value. `scratch` must hold
// added_bytes_max(head, rules); the new fields view it.
void edit_request(RequestHead& head, const Peer& peer, const ForwardingRules& rules,
                  std::span<char> scratch);
[[nodiscard]] std::size_t added_bytes_max(const RequestHead& head, const ForwardingRules& rules);

// Max-Forwards of a TRACE or OPTIONS (RFC 9110 7.6.2): 0 means that the request goes no further
// than here; edit_request passes on one less. A number beyond 64 bits counts as the largest one.
// Nothing for other methods, or if it is not a number.
[[nodiscard]] std::optional<std::uint64_t> max_forwards(const RequestHead& head);

// Whether the request has been here before: a Via names this pseudonym (RFC 9110 7.6.3).
[[nodiscard]] bool has_passed(const Fields& fields, std::string_view via);

// Whether a 101 with these fields switches to a protocol that was offered (RFC 9110 15.2.2): it
// names at least one, and none that is not in `offered`.
[[nodiscard]] bool is_offered_switch(const Fields& fields, std::string_view offered);

// Drops Connection and what it lists, Keep-Alive, Proxy-Connection, Upgrade (but for 101 and 426),
// TE, Transfer-Encoding and Content-Length (the writer writes framing anew).
void edit_response(ResponseHead& head);

// What Connection lists of the fields that it may take away, as a list; empty for most messages.
// Good before and after the head is edited; the trailers may come when the head is gone.
[[nodiscard]] std::string listed_by_connection(const Fields& fields);

// Drops the trailer fields that may not be sent in a trailer section: framing, routing,
// authentication, all that the rules above drop or set (RFC 9110 6.5.1), and those that the
// Connection of the same message listed (7.6.1).
void edit_trailers(Fields& trailers, std::string_view listed = {});

}  // namespace lb::http
