#pragma once

// How a message body ends (RFC 9112 6).

#include <cstdint>

namespace lb::http {

struct Framing {
  enum class Kind : std::uint8_t {
    kNone,        // there is no body, by rule or because none was announced
    kLength,      // `length` octets, which may be 0
    kChunked,     // chunked transfer coding
    kUntilClose,  // everything until the server closes; responses only
    kTunnel,      // no message any more: bytes until the end of the connection
  };

  Kind kind = Kind::kNone;
  std::uint64_t length = 0;

  [[nodiscard]] bool empty() const {
    return kind == Kind::kNone || (kind == Kind::kLength && length == 0);
  }
  [[nodiscard]] bool operator==(const Framing&) const = default;
};

}  // namespace lb::http
