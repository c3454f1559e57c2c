#pragma once

// Whether a failed attempt is repeated: a pure table, so that every row can be read and tested by
// itself.
//
// RFC 9110 9.2.2: a request may be sent again where nothing of it was sent, where its method is
// idempotent, or where it is proven that the server never applied it. Once the response has begun
// to go down, never.

#include <cstdint>

#include "lb/base/error.h"

namespace lb::proxy {

struct AttemptOutcome {
  Error error;                     // with the phase that was reached
  bool reused = false;             // on a connection that had carried a request before
  bool never_applied = false;      // there is proof that the server did not process it
  bool idempotent = false;         // the method (RFC 9110 9.2.2)
  bool body_held = false;          // all that was sent can be sent again
  bool committed = false;          // the final response head has gone down
  std::uint32_t attempts = 1;      // made so far, this one included
  std::uint32_t attempts_max = 1;  // 1 + --retries
  bool past_deadline = false;      // no time is left for another
  std::uint32_t servers_left = 0;  // eligible and not tried yet
};

enum class Decision : std::uint8_t {
  kGiveUp,
  kNextServer,       // another server
  kFreshConnection,  // any server, the same allowed, on a new connection
};

[[nodiscard]] Decision decide(const AttemptOutcome& outcome);

}  // namespace lb::proxy
