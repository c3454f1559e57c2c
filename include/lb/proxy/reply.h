#pragma once

// Answers that are made here: a status and a short text for whoever looks at it with curl.

#include <cstdint>
#include <string>
#include <string_view>

#include "lb/base/error.h"
#include "lb/http/stream.h"

namespace lb::proxy {

struct Reply {
  std::uint16_t status = 502;
  std::string text;               // one or more lines, each with its end
  std::string_view extra_line{};  // a field of its own: "Allow: GET\r\n"
};

// The registered phrase (RFC 9110 15), "Error" for a status that lb never makes itself.
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status);

// What is short where is_own_shortage(error) (lb/base/error.h).
[[nodiscard]] std::string_view describe_shortage(const Error& error);

// What the failure of the last attempt means for the client: 502, 504, or 503 for a shortage of our
// own.
[[nodiscard]] Reply reply_to_failure(const Error& error, std::string_view server);
// The client's own fault, or slowness.
[[nodiscard]] Reply reply_to_refusal(const http::Refusal& refusal);
// No server is up; `why` tells of each.
[[nodiscard]] Reply reply_nobody_up(std::string_view why);

// It has been here before: 508 (RFC 5842 7.2).
[[nodiscard]] Reply reply_loop();
// Max-Forwards says that this is the last hop (RFC 9110 7.6.2).
[[nodiscard]] Reply reply_last_hop(http::Method method);

// Sends it as the whole response. `head_only`: to a HEAD request.
void send_reply(http::ServerStream& stream, const Reply& reply, bool head_only,
                std::string_view date_line);

}  // namespace lb::proxy
