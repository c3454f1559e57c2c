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

std::string trace(std::uint64_t seed, Profile profile) {
  testing::internal::CaptureStdout();
  static_cast<void>(run(seed, profile, {.trace = true}));
  return testing::internal::GetCapturedStdout();
}

class EverySeed : public testing::TestWithParam<Profile> {};

TEST_P(EverySeed, IsOneRun) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const std::string first = trace(seed, GetParam());
    EXPECT_GT(first.size(), 1'000U);
    EXPECT_TRUE(first == trace(seed, GetParam())) << "seed " << seed;
  }
}

TEST_P(EverySeed, IsARunOfItsOwn) {
  EXPECT_FALSE(trace(1, GetParam()) == trace(2, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Profiles, EverySeed,
                         testing::Values(Profile::kCalm, Profile::kFaulty, Profile::kHostile),
                         [](const auto& profile) { return std::string(name_of(profile.param)); });

// A server hung up while its response was paused. In one batch the client's socket was writable
// again, so that reading went on, and then came the hang-up: it was taken for one that reading
// would look after later, and the rest of the response was never read.
TEST(Found, AHangUpSeenWhilePausedAndToldAfterReadingWentOn) {
  EXPECT_EQ(verdict(121'151, Profile::kCalm), "");
}

}  // namespace
}  // namespace lb::sim
