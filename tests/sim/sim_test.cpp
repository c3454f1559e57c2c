// Single runs of the simulation: bugs that it found, each with its seed, and the promise that a
// seed is one run.

#include <gtest/gtest.h>

#include <string>

#include "tests/sim/run.h"

namespace lb::sim {
namespace {

std::string verdict(std::uint64_t seed, Profile profile) {
  const RunResult result = run(seed, profile, {});
  return result.breach ? result.breach->oracle + ": " + result.breach->detail : "";
}

std::string trace(std::uint64_t seed, Profile profile,
                  const RunOptions& options = {.trace = true}) {
  testing::internal::CaptureStdout();
  static_cast<void>(run(seed, profile, options));
  return testing::internal::GetCapturedStdout();
}

// With a handover in it.
std::string handover_verdict(std::uint64_t seed, Profile profile) {
  const RunResult result = run(seed, profile, {.handovers = Handovers::kSome});
  EXPECT_GT(result.handovers + result.handovers_failed, 0U);
  return result.breach ? result.breach->oracle + ": " + result.breach->detail : "";
}

class EverySeed : public testing::TestWithParam<Profile> {};

TEST_P(EverySeed, IsOneRun) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const std::string first = trace(seed, GetParam());
    EXPECT_GT(first.size(), 1'000U);
    EXPECT_TRUE(first == trace(seed, GetParam())) << "seed " << seed;
  }
}

TEST_P(EverySeed, IsOneRunWithHandoversToo) {
  const RunOptions options{.trace = true, .handovers = Handovers::kSome};
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const std::string first = trace(seed, GetParam(), options);
    EXPECT_NE(first.find("is started"), std::string::npos);
    EXPECT_TRUE(first == trace(seed, GetParam(), options)) << "seed " << seed;
  }
}

TEST_P(EverySeed, IsARunOfItsOwn) {
  EXPECT_FALSE(trace(1, GetParam()) == trace(2, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Profiles, EverySeed,
                         testing::Values(Profile::kCalm, Profile::kFaulty, Profile::kHostile),
                         [](const auto& profile) { return std::string(name_of(profile.param)); });

// One direction of a tunnel had ended and the other was paused when the client closed: taken for a
// failure, and what it had sent last was lost.
TEST(Found, ATunnelThatEndsWhileItIsPaused) {
  EXPECT_EQ(verdict(133, Profile::kCalm), "");
}

// A client was paused because the server of its tunnel read slowly, and was cut for its silence.
TEST(Found, ATunnelWhoseServerIsSlow) {
  EXPECT_EQ(verdict(1'540, Profile::kFaulty), "");
}

// Requests timed out on connections that had been used before: taken for stale, so that the server
// was not benched.
TEST(Found, ALiarThatIsAskedOnReusedConnections) {
  EXPECT_EQ(verdict(319, Profile::kFaulty), "");
}

// A client reset in the backlog while all connections were taken, and its request was sent.
TEST(Found, AClientThatIsGoneBeforeItIsAccepted) {
  EXPECT_EQ(verdict(10, Profile::kFaulty), "");
}

// A server half-closed an idle connection while a body was on its way there that is too large to be
// held: no oracle may ask for more than a 502.
TEST(Found, AHalfCloseUnderALargeBody) {
  EXPECT_EQ(verdict(6'000'013'379, Profile::kHostile), "");
}

// A slow peer moved what had waited when it began to be judged, which was little, and had another
// window each time.
TEST(Found, ASlowPeerOfWhichLittleWaits) {
  EXPECT_EQ(verdict(16'000'000'033, Profile::kFaulty), "");
  EXPECT_EQ(verdict(15'000'004'895, Profile::kHostile), "");
}

// A client was taken out of the backlog while draining, and receiving said twice that it had sent
// nothing.
TEST(Found, AClientOfADrainThatSeemsToHaveSentNothing) {
  EXPECT_EQ(verdict(20'000'029'873, Profile::kFaulty), "");
}

// A response was cut while its request still came, and closing over that reset the client before it
// had read the response before.
TEST(Found, ACutBehindAResponseThatIsStillRead) {
  EXPECT_EQ(verdict(11'000'140'417, Profile::kFaulty), "");
}

// A process that was not needed any more closed its listening sockets while it still watched them.
TEST(Found, AProcessThatComesWhenAllIsOver) {
  EXPECT_EQ(handover_verdict(5, Profile::kFaulty), "");
}

// A new process began where the old one had been half a second before.
TEST(Found, ASuccessorThatTakesItsTime) {
  EXPECT_EQ(handover_verdict(97, Profile::kCalm), "");
}

// All connections of the old process were taken; who waited, and had reset, was served by the new
// one.
TEST(Found, ABacklogThatIsTakenOver) {
  EXPECT_EQ(handover_verdict(126, Profile::kFaulty), "");
  EXPECT_EQ(handover_verdict(1'014, Profile::kHostile), "");
}

// The time that a process took until it served counted for its first checks, which were cut.
TEST(Found, ChecksThatBeginLate) {
  EXPECT_EQ(handover_verdict(101'163, Profile::kCalm), "");
}

}  // namespace
}  // namespace lb::sim
