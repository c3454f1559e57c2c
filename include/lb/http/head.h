#pragma once

// The head of a request and of a response as values: what the parsers yield and the writers take.
// All text is a view into the bytes that were parsed and lives as long as they do. One RequestHead
// or ResponseHead is reused for many messages, so that its list of fields is allocated once.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lb/http/field.h"
#include "lb/http/framing.h"

namespace lb::http {

enum class Method : std::uint8_t {
  kOther,
  kGet,
  kHead,
  kPost,
  kPut,
  kDelete,
  kOptions,
  kTrace,
  kConnect
};

[[nodiscard]] Method identify_method(std::string_view token);

// GET, HEAD, OPTIONS, TRACE, PUT, DELETE (RFC 9110 9.2.2).
[[nodiscard]] bool is_idempotent(Method method);

struct RequestHead {
  std::string_view method_text;  // case-sensitive (RFC 9110 9.1)
  Method method = Method::kOther;
  std::string_view target;  // as received
  std::string_view path;    // what goes to a server: origin-form, or "*" (RFC 9112 3.2); "?query"
                            // if an absolute-form target had no path: the writer adds the "/"
  std::string_view
      host;  // of the Host field, or of an absolute-form target, which wins (RFC 9112 3.2.2)
  std::uint8_t minor_version = 1;
  bool has_host =
      false;  // some Host was given; without one (HTTP/1.0) the server's own name is sent
  bool absolute_form = false;
  bool keep_alive = true;  // what the client asks for (RFC 9112 9.3)
  bool expects_continue = false;
  bool asks_upgrade = false;  // Connection lists "upgrade", in HTTP/1.1
  // After edit_request: the protocols that the client offers to switch to (RFC 9110 7.8), without
  // those that a gateway may not pass on; empty if none.
  std::string_view upgrade;
  Framing framing;
  Fields fields;

  void clear();
};

struct ResponseHead {
  std::uint16_t status = 0;
  std::string_view reason;
  std::uint8_t minor_version = 1;
  bool keep_alive = true;  // whether the server lets the connection be used again
  std::optional<std::uint64_t>
      content_length;  // as declared, also where there is no body: HEAD, 304
  Framing framing;
  Fields fields;

  [[nodiscard]] bool interim() const { return status < 200 && status != 101; }
  void clear();
};

}  // namespace lb::http
