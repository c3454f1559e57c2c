#include "lb/proxy/retry.h"

namespace lb::proxy {

Decision decide(const AttemptOutcome& outcome) {
  if (outcome.committed || outcome.past_deadline) return Decision::kGiveUp;
  // Nothing was sent: every server may be tried once, whatever the method.
  if (outcome.error.phase == Phase::kConnect) {
    return outcome.servers_left > 0 ? Decision::kNextServer : Decision::kGiveUp;
  }
  // Once something was sent, nothing is repeated yet, whatever is idempotent, held or proven.
  return Decision::kGiveUp;
}

}  // namespace lb::proxy
