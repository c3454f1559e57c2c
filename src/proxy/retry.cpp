#include "lb/proxy/retry.h"

namespace lb::proxy {
namespace {

bool connection_ended(const Error& error) {
  return error.code == ErrorCode::kReset || error.code == ErrorCode::kClosed;
}

}  // namespace

Decision decide(const AttemptOutcome& outcome) {
  if (outcome.committed) return Decision::kGiveUp;
  // Nothing was sent: every server may be tried once, whatever the method.
  if (outcome.error.phase == Phase::kConnect) {
    return outcome.servers_left > 0 ? Decision::kNextServer : Decision::kGiveUp;
  }
  const bool harmless = outcome.idempotent || outcome.never_applied;
  if (!harmless || !outcome.held) return Decision::kGiveUp;
  // Its server may have ended it while it was idle, which says nothing against the server.
  if (outcome.stale && !outcome.stale_repeated && connection_ended(outcome.error)) {
    return Decision::kFreshConnection;
  }
  // The client has waited for as long as it may.
  const ErrorCode code = outcome.error.code;
  if (code == ErrorCode::kTimedOut || code == ErrorCode::kTooSlow) return Decision::kGiveUp;
  if (outcome.repeats >= outcome.repeats_max) return Decision::kGiveUp;
  // A server that spoke nonsense would do so again.
  const bool elsewhere_only = !connection_ended(outcome.error);
  return outcome.servers_left > 0 || !elsewhere_only ? Decision::kRepeat : Decision::kGiveUp;
}

}  // namespace lb::proxy
