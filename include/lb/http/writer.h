#pragma once

// Writes heads. Framing and Connection are always written anew from values, never copied from what
// came in (RFC 9112 11.2); every other field that is not dropped is copied line by line, in order,
// as it came, but for white space around its value, which is cut to one space: not every server
// takes a tab before a value, or a blank behind it, for none of the value (RFC 9112 5.1).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lb/http/head.h"

namespace lb::http {

// An upper bound for what the writers need for a head: its own text, plus what they add themselves.
[[nodiscard]] std::size_t written_bytes_max(const RequestHead& head);
[[nodiscard]] std::size_t written_bytes_max(const ResponseHead& head);

// "METHOD path HTTP/1.1", the fields, the framing. head.path is the target that is sent. If
// head.has_host is false, "Host: " + server_name is added. head.framing decides: kNone adds
// nothing, kLength Content-Length, kChunked Transfer-Encoding. `connection` is the value of a
// Connection field to add, or empty. `out` must hold written_bytes_max(head) + server_name +
// connection. Returns the number of bytes written.
[[nodiscard]] std::size_t write_request(const RequestHead& head, std::string_view server_name,
                                        std::string_view connection, std::span<char> out);

// "HTTP/1.1 status reason", the fields, the framing as the client gets it (which may differ from
// head.framing: a chunked body goes to an HTTP/1.0 client until close). kNone with a declared
// content_length (HEAD, 304) repeats that length; 1xx and 204 never carry one. `out` must hold
// written_bytes_max(head) + connection.
[[nodiscard]] std::size_t write_response(const ResponseHead& head, Framing framing,
                                         std::string_view connection, std::span<char> out);

}  // namespace lb::http
