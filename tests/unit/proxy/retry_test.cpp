#include "lb/proxy/retry.h"

#include <gtest/gtest.h>

namespace lb::proxy {
namespace {

constexpr ErrorCode kCodes[] = {
    ErrorCode::kRefused,  ErrorCode::kUnreachable, ErrorCode::kTimedOut,
    ErrorCode::kReset,    ErrorCode::kClosed,      ErrorCode::kMalformed,
    ErrorCode::kTooLarge, ErrorCode::kExhausted,   ErrorCode::kCancelled};
constexpr Phase kSentPhases[] = {Phase::kSend, Phase::kHead, Phase::kBody, Phase::kIdle};

// A GET that a server took and did not answer, on a connection of its own.
AttemptOutcome a_get(ErrorCode code = ErrorCode::kReset) {
  return {.error = {.code = code, .side = Side::kUpstream, .phase = Phase::kHead},
          .idempotent = true,
          .held = true,
          .repeats_max = 2,
          .servers_left = 1};
}

AttemptOutcome a_post(ErrorCode code = ErrorCode::kReset) {
  AttemptOutcome outcome = a_get(code);
  outcome.idempotent = false;
  return outcome;
}

TEST(RetryTable, TriesEveryServerOnceToConnectWhateverElse) {
  for (const ErrorCode code : kCodes) {
    for (unsigned bits = 0; bits < 32; ++bits) {
      AttemptOutcome outcome{.error = {.code = code, .phase = Phase::kConnect},
                             .stale = (bits & 1) != 0,
                             .stale_repeated = (bits & 2) != 0,
                             .never_applied = (bits & 4) != 0,
                             .idempotent = (bits & 8) != 0,
                             .held = (bits & 16) != 0,
                             .repeats = 5,
                             .repeats_max = 1,
                             .servers_left = 1};
      EXPECT_EQ(decide(outcome), Decision::kNextServer) << describe(code) << ", bits " << bits;
      outcome.servers_left = 0;
      EXPECT_EQ(decide(outcome), Decision::kGiveUp) << describe(code) << ", bits " << bits;
    }
  }
}

TEST(RetryTable, RepeatsNothingOnceTheResponseHasGoneDown) {
  for (const ErrorCode code : kCodes) {
    AttemptOutcome outcome = a_get(code);
    outcome.never_applied = outcome.stale = outcome.committed = true;
    EXPECT_EQ(decide(outcome), Decision::kGiveUp) << describe(code);
    outcome.error.phase = Phase::kConnect;
    EXPECT_EQ(decide(outcome), Decision::kGiveUp) << describe(code);
  }
}

TEST(RetryTable, RepeatsWhatIsNotIdempotentOnlyWithProof) {
  for (const ErrorCode code : kCodes) {
    for (const Phase phase : kSentPhases) {
      AttemptOutcome outcome = a_post(code);
      outcome.error.phase = phase;
      EXPECT_EQ(decide(outcome), Decision::kGiveUp) << describe(code);
      outcome.stale = true;
      EXPECT_EQ(decide(outcome), Decision::kGiveUp) << describe(code);
    }
  }
  AttemptOutcome proven = a_post();
  proven.stale = proven.never_applied = true;
  EXPECT_EQ(decide(proven), Decision::kFreshConnection);
}

TEST(RetryTable, RepeatsNothingThatIsNotHeld) {
  AttemptOutcome outcome = a_get();
  outcome.held = false;
  EXPECT_EQ(decide(outcome), Decision::kGiveUp);
  outcome.stale = outcome.never_applied = true;
  EXPECT_EQ(decide(outcome), Decision::kGiveUp);
}

TEST(RetryTable, RepeatsOnAFreshConnectionOnceWhateverTheServersLeft) {
  for (const ErrorCode code : {ErrorCode::kReset, ErrorCode::kClosed}) {
    AttemptOutcome outcome = a_get(code);
    outcome.stale = true;
    outcome.servers_left = 0;
    outcome.repeats_max = 0;
    EXPECT_EQ(decide(outcome), Decision::kFreshConnection) << describe(code);
    outcome.stale_repeated = true;
    EXPECT_EQ(decide(outcome), Decision::kGiveUp) << "again, and no --retries";
    outcome.repeats_max = 2;
    EXPECT_EQ(decide(outcome), Decision::kRepeat) << "again, as any other failure";
  }
}

TEST(RetryTable, TakesNoOtherFailureForAStaleConnection) {
  for (const ErrorCode code : kCodes) {
    if (code == ErrorCode::kReset || code == ErrorCode::kClosed) continue;
    AttemptOutcome outcome = a_get(code);
    outcome.stale = true;
    EXPECT_NE(decide(outcome), Decision::kFreshConnection) << describe(code);
  }
}

TEST(RetryTable, DoesNotWaitOnceMoreForWhatTookTooLong) {
  AttemptOutcome outcome = a_get(ErrorCode::kTimedOut);
  EXPECT_EQ(decide(outcome), Decision::kGiveUp);
  outcome.stale = true;
  EXPECT_EQ(decide(outcome), Decision::kGiveUp);
}

TEST(RetryTable, RepeatsAnIdempotentRequestAsOftenAsAllowed) {
  for (const ErrorCode code : kCodes) {
    if (code == ErrorCode::kTimedOut) continue;
    AttemptOutcome outcome = a_get(code);
    EXPECT_EQ(decide(outcome), Decision::kRepeat) << describe(code);
    outcome.repeats = 1;
    EXPECT_EQ(decide(outcome), Decision::kRepeat) << describe(code);
    outcome.repeats = 2;
    EXPECT_EQ(decide(outcome), Decision::kGiveUp) << describe(code);
  }
}

TEST(RetryTable, AsksTheSameServerAgainOnlyIfItsConnectionEnded) {
  for (const ErrorCode code : kCodes) {
    AttemptOutcome outcome = a_get(code);
    outcome.servers_left = 0;
    const bool ended = code == ErrorCode::kReset || code == ErrorCode::kClosed;
    EXPECT_EQ(decide(outcome), ended ? Decision::kRepeat : Decision::kGiveUp) << describe(code);
  }
}

}  // namespace
}  // namespace lb::proxy
