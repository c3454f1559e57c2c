#include "lb/proxy/retry.h"

#include <gtest/gtest.h>

#include <string>

namespace lb::proxy {
namespace {

constexpr Phase kPhases[] = {Phase::kConnect, Phase::kSend, Phase::kHead, Phase::kBody,
                             Phase::kIdle};
constexpr ErrorCode kCodes[] = {
    ErrorCode::kRefused,  ErrorCode::kUnreachable, ErrorCode::kTimedOut,
    ErrorCode::kReset,    ErrorCode::kClosed,      ErrorCode::kMalformed,
    ErrorCode::kTooLarge, ErrorCode::kExhausted,   ErrorCode::kCancelled};

struct Row {
  Phase phase;
  bool committed;
  bool past_deadline;
  std::uint32_t servers_left;
  Decision decision;
};

// Whether to connect failed decides; the method, the body and the reuse do not matter yet.
constexpr Row kTable[] = {
    {Phase::kConnect, false, false, 1, Decision::kNextServer},
    {Phase::kConnect, false, false, 7, Decision::kNextServer},
    {Phase::kConnect, false, false, 0, Decision::kGiveUp},
    {Phase::kConnect, false, true, 1, Decision::kGiveUp},
    {Phase::kConnect, true, false, 1, Decision::kGiveUp},
    {Phase::kConnect, true, true, 1, Decision::kGiveUp},
    {Phase::kSend, false, false, 1, Decision::kGiveUp},
    {Phase::kHead, false, false, 1, Decision::kGiveUp},
    {Phase::kBody, false, false, 1, Decision::kGiveUp},
    {Phase::kBody, true, false, 1, Decision::kGiveUp},
    {Phase::kIdle, false, false, 1, Decision::kGiveUp},
};

TEST(RetryTable, HoldsRowByRowForEveryCodeMethodAndBody) {
  for (const Row& row : kTable) {
    for (const ErrorCode code : kCodes) {
      for (unsigned bits = 0; bits < 16; ++bits) {
        const AttemptOutcome outcome{
            .error = {.code = code, .side = Side::kUpstream, .phase = row.phase},
            .reused = (bits & 1) != 0,
            .never_applied = (bits & 2) != 0,
            .idempotent = (bits & 4) != 0,
            .body_held = (bits & 8) != 0,
            .committed = row.committed,
            .past_deadline = row.past_deadline,
            .servers_left = row.servers_left};
        EXPECT_EQ(decide(outcome), row.decision)
            << "row " << &row - kTable << ", " << describe(code) << ", bits " << bits;
      }
    }
  }
}

TEST(RetryTable, RepeatsNothingOnceTheResponseHasGoneDown) {
  for (const Phase phase : kPhases) {
    AttemptOutcome outcome{.error = {.phase = phase}, .idempotent = true, .body_held = true};
    outcome.committed = true;
    outcome.servers_left = 3;
    EXPECT_EQ(decide(outcome), Decision::kGiveUp);
  }
}

TEST(RetryTable, TriesEveryServerOnceToConnectWhateverTheNumberOfRepeats) {
  AttemptOutcome outcome{.error = {.phase = Phase::kConnect}};
  outcome.attempts = 5;
  outcome.attempts_max = 1;
  outcome.servers_left = 1;
  EXPECT_EQ(decide(outcome), Decision::kNextServer);
}

}  // namespace
}  // namespace lb::proxy
