#include "lb/upstream/probation.h"

#include <gtest/gtest.h>

namespace lb::upstream {
namespace {

using namespace std::chrono_literals;
using State = Probation::State;

class AProbation : public testing::Test {
 protected:
  bool fails(bool trial = false, bool may_bench = true) {
    return probation_.failed(rules_, trial, now_, may_bench);
  }
  void is_benched() {
    fails();
    ASSERT_TRUE(fails());
    ASSERT_EQ(probation_.state(), State::kBenched);
  }

  const Probation::Rules rules_{.fall = 2, .pause = 1s, .pause_max = 5s};
  Probation::Time now_{1h};
  Probation probation_;
};

TEST_F(AProbation, BeginsSpotless) {
  EXPECT_TRUE(probation_.spotless());
  EXPECT_TRUE(probation_.admits(now_));
  EXPECT_FALSE(probation_.begin(now_)) << "no trial";
}

TEST_F(AProbation, BenchesAfterFailuresInARow) {
  EXPECT_FALSE(fails());
  EXPECT_FALSE(probation_.spotless());
  EXPECT_TRUE(probation_.admits(now_));
  EXPECT_TRUE(fails());
  EXPECT_FALSE(probation_.admits(now_));
}

TEST_F(AProbation, ForgetsFailuresWhenAnAnswerComes) {
  fails();
  EXPECT_FALSE(probation_.answered(false));
  EXPECT_TRUE(probation_.spotless());
  EXPECT_FALSE(fails());
}

TEST_F(AProbation, NeverBenchesTheLastServerButDoesOnceThereIsAnother) {
  fails(false, false);
  EXPECT_FALSE(fails(false, false));
  EXPECT_FALSE(fails(false, false));
  EXPECT_TRUE(probation_.admits(now_));
  EXPECT_TRUE(fails(false, true));
}

TEST_F(AProbation, IsNotMovedByFailuresFromBefore) {
  is_benched();
  now_ += 900ms;
  EXPECT_FALSE(fails());
  now_ += 100ms;
  EXPECT_TRUE(probation_.admits(now_)) << "the pause has not grown";
}

TEST_F(AProbation, AdmitsOneTrialAtATimeAfterThePause) {
  is_benched();
  now_ += 999ms;
  EXPECT_FALSE(probation_.begin(now_));
  now_ += 1ms;
  EXPECT_TRUE(probation_.begin(now_));
  EXPECT_FALSE(probation_.admits(now_)) << "one at a time";
}

TEST_F(AProbation, EndsByATrialThatIsAnswered) {
  is_benched();
  now_ += 1s;
  ASSERT_TRUE(probation_.begin(now_));
  EXPECT_FALSE(probation_.answered(false)) << "a request from before says nothing";
  EXPECT_FALSE(probation_.admits(now_));
  EXPECT_TRUE(probation_.answered(true));
  EXPECT_TRUE(probation_.spotless());
}

TEST_F(AProbation, DoublesThePauseWithEachFailedTrialUpToTheMost) {
  is_benched();
  for (const auto pause : {1'000ms, 2'000ms, 4'000ms, 5'000ms, 5'000ms}) {
    EXPECT_EQ(probation_.pause(), pause);
    now_ += pause - 1ms;
    EXPECT_FALSE(probation_.admits(now_));
    now_ += 1ms;
    ASSERT_TRUE(probation_.begin(now_));
    EXPECT_FALSE(fails(true));
  }
}

TEST_F(AProbation, BeginsWithTheShortPauseAgainAfterItEnded) {
  is_benched();
  now_ += 1s;
  ASSERT_TRUE(probation_.begin(now_));
  fails(true);
  now_ += 2s;
  ASSERT_TRUE(probation_.begin(now_));
  ASSERT_TRUE(probation_.answered(true));
  is_benched();
  EXPECT_EQ(probation_.pause(), 1s);
}

TEST_F(AProbation, AdmitsTheNextTrialAtOnceWhenOneToldNothing) {
  is_benched();
  now_ += 1s;
  ASSERT_TRUE(probation_.begin(now_));
  probation_.abandon_trial(now_);
  EXPECT_TRUE(probation_.begin(now_));
}

TEST_F(AProbation, AdmitsTheNextTrialWhenOneTakesLongerThanThePause) {
  is_benched();
  now_ += 1s;
  ASSERT_TRUE(probation_.begin(now_));
  now_ += 999ms;
  EXPECT_FALSE(probation_.admits(now_));
  now_ += 1ms;
  EXPECT_TRUE(probation_.begin(now_));
  EXPECT_TRUE(probation_.answered(true)) << "the second one";
  EXPECT_FALSE(probation_.answered(true)) << "the first one has nothing to add";
  EXPECT_TRUE(probation_.spotless());
}

TEST_F(AProbation, CountsOneOfTheTrialsThatOverlap) {
  is_benched();
  now_ += 1s;
  ASSERT_TRUE(probation_.begin(now_));
  now_ += 1s;
  ASSERT_TRUE(probation_.begin(now_));
  fails(true);
  fails(true);
  EXPECT_EQ(probation_.pause(), 2s);
}

TEST_F(AProbation, TakesALateTrialForAnyOtherRequestOnceItIsOver) {
  is_benched();
  now_ += 1s;
  ASSERT_TRUE(probation_.begin(now_));
  now_ += 1s;
  ASSERT_TRUE(probation_.begin(now_));
  ASSERT_TRUE(probation_.answered(true));
  probation_.abandon_trial(now_);
  EXPECT_EQ(probation_.state(), State::kTrusted);
  EXPECT_FALSE(fails(true)) << "the first of two in a row";
  EXPECT_EQ(probation_.state(), State::kTrusted);
}

}  // namespace
}  // namespace lb::upstream
