#pragma once

// What went wrong at run time, as a small value: it never allocates and never throws. It says which
// kind of failure, on whose side, how far things had come, and the errno behind it (0 if the kernel
// was not asked).
//
// It does not decide anything: whether to repeat is for proxy/retry, which status to answer is for
// proxy/reply.

#include <cstdint>
#include <string_view>

namespace lb {

enum class ErrorCode : std::uint8_t {
  kRefused,      // nobody listens there (ECONNREFUSED, ENOENT of a unix socket)
  kUnreachable,  // no way to that address (ENETUNREACH, EHOSTUNREACH)
  kTimedOut,     // a named time limit passed
  kTooSlow,      // less than --min-rate
  kReset,        // the peer aborted (ECONNRESET, EPIPE)
  kClosed,       // the peer closed earlier than the message ended
  kMalformed,    // bytes that break the protocol
  kTooLarge,     // a named size limit was exceeded
  kExhausted,    // descriptors, ports or memory (EMFILE, ENFILE, EADDRNOTAVAIL, ENOBUFS, ENOMEM)
  kCancelled,    // given up by our own side
};

enum class Side : std::uint8_t { kLocal, kDownstream, kUpstream };

enum class Phase : std::uint8_t { kConnect, kSend, kHead, kBody, kIdle };

struct Error {
  ErrorCode code = ErrorCode::kCancelled;
  Side side = Side::kLocal;
  Phase phase = Phase::kConnect;
  int errno_value = 0;

  [[nodiscard]] bool operator==(const Error&) const = default;
};

// "connection refused", "timed out", …: words for logs, static storage.
[[nodiscard]] std::string_view describe(ErrorCode code);

// The kind of failure behind an errno of connect, send or receive (connect(2), send(2), recv(2)).
[[nodiscard]] ErrorCode code_of_errno(int errno_value);

// Whether it tells of this process and machine alone: out of descriptors, ports or memory. A unix
// socket whose backlog is full (EAGAIN) tells of the server.
[[nodiscard]] bool is_own_shortage(const Error& error);

}  // namespace lb
