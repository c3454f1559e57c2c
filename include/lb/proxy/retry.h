#pragma once

// Whether a failed attempt is repeated: a pure table, so that every row can be read and tested by
// itself.
//
// RFC 9110 9.2.2: a request may be sent again where nothing of it was sent, where its method is
// idempotent, or where it is proven that the server never applied it. Once the response has begun
// to go down, never.

#include <cstddef>
#include <cstdint>

#include "lb/base/error.h"

namespace lb::proxy {

// What the user allows.
struct RetryRules {
  std::uint32_t repeats_max = 2;           // --retries
  std::uint32_t budget_percent = 20;       // --retry-budget
  std::uint32_t budget_share = 1;          // processes among which the rest of it is divided
  std::size_t held_bytes_max = 64 * 1024;  // --retry-buffer

  [[nodiscard]] bool operator==(const RetryRules&) const = default;
};

struct AttemptOutcome {
  Error error;                     // with the phase that was reached
  bool stale = false;              // on a connection that had carried a request before, and no byte
                                   // of an answer to this one
  bool stale_repeated = false;     // such a failure of this request was repeated before
  bool never_applied = false;      // there is proof that the server did not process it
  bool idempotent = false;         // the method (RFC 9110 9.2.2)
  bool held = false;               // all that was sent can be sent again
  bool committed = false;          // the final response head has gone down
  std::uint32_t repeats = 0;       // counted ones that were made
  std::uint32_t repeats_max = 0;   // --retries
  std::uint32_t servers_left = 0;  // eligible and not tried yet
};

enum class Decision : std::uint8_t {
  kGiveUp,
  kNextServer,       // nothing was sent: another server, at no cost
  kFreshConnection,  // any server, the same allowed, on a new connection, at no cost
  kRepeat,           // another server where there is one; counts, and needs the budget
};

[[nodiscard]] Decision decide(const AttemptOutcome& outcome);

}  // namespace lb::proxy
