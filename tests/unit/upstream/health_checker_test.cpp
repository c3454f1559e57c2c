// When checks come: all at once, then each server in its own rhythm.

#include "lb/upstream/health_checker.h"

#include "tests/unit/upstream/check_fixture.h"

namespace lb::upstream {
namespace {

using std::chrono::milliseconds;

class AHealthChecker : public AHealthCheck {
 protected:
  [[nodiscard]] bool checks_nobody(milliseconds time, std::size_t index = 0) {
    test::run_for(reactor_, time);
    return !origins_[index]->accept_now().is_open();
  }
};

TEST_F(AHealthChecker, ChecksAllServersAtOnceInParallel) {
  starts(3);
  test::Peer third = checked(2);  // none of the others has been answered
  test::Peer first = checked(0);
  test::Peer second = checked(1);
  for (test::Peer* check : {&third, &first, &second}) check->sends(kPass);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(becomes(State::kUp, i));
}

TEST_F(AHealthChecker, TakesTheFirstVerdictAlone) {
  starts(2);
  answers(kPass, 0);
  answers(kFail, 1);
  EXPECT_EQ(server(0).health.state(), State::kUp);
  EXPECT_EQ(server(1).health.state(), State::kDown);
}

TEST_F(AHealthChecker, ComesBackAfterTheInterval) {
  config_.interval = milliseconds(50);
  const os::Time begin = os::now();
  starts();
  answers(kPass);
  test::Peer check = checked();
  EXPECT_GE(os::now() - begin, milliseconds(45)) << "less a tenth";
}

TEST_F(AHealthChecker, CountsTheIntervalFromTheStartOfTheCheck) {
  config_.interval = milliseconds(500);
  starts();
  test::Peer first = checked();
  test::run_for(reactor_, milliseconds(450));
  first.sends(kPass);
  ASSERT_TRUE(becomes(State::kUp));
  const os::Time answered = os::now();
  test::Peer second = checked();
  EXPECT_LT(os::now() - answered, milliseconds(440)) << "not from its end";
}

TEST_F(AHealthChecker, ComesBackAtOnceWhenItIsLate) {
  config_.interval = kSoon;
  starts();
  test::Peer first = checked();
  test::run_for(reactor_, 3 * kSoon);
  EXPECT_FALSE(origins_[0]->accept_now().is_open()) << "one check at a time";
  first.sends(kPass);
  test::Peer second = checked();
  EXPECT_TRUE(second.is_open());
}

TEST_F(AHealthChecker, ComesBackFastWhileNobodyIsUp) {
  config_.fast_interval = kSoon;
  starts();
  answers(kFail);
  answers(kFail);
  answers(kPass);
  EXPECT_EQ(server().health.state(), State::kUp) << "one success is enough now";
  EXPECT_TRUE(checks_nobody(4 * kSoon)) << "and the slow interval begins";
}

TEST_F(AHealthChecker, ComesBackFastWhileTheLastResultContradictsTheState) {
  config_.fast_interval = kSoon;
  config_.thresholds = {.fall = 2, .rise = 2};
  starts(2);
  answers(kFail, 1);  // nobody is up yet, so it is checked again soon
  answers(kPass, 0);
  answers(kPass, 1);
  EXPECT_TRUE(server(1).health.in_doubt());
  answers(kPass, 1);
  EXPECT_EQ(server(1).health.state(), State::kUp);
  EXPECT_TRUE(checks_nobody(4 * kSoon, 1));
}

TEST_F(AHealthChecker, IsSlowAboutAServerThatIsDownWhileOthersAreUp) {
  config_.fast_interval = kSoon;
  starts(2);
  answers(kPass, 0);
  answers(kFail, 1);
  EXPECT_TRUE(checks_nobody(4 * kSoon, 1));
}

TEST_F(AHealthChecker, HurriesWithAllWhenTheLastServerGoesDown) {
  config_.fast_interval = kSoon;
  starts(2);
  answers(kPass, 0);
  answers(kPass, 1);
  for (std::size_t i = 0; i < 2; ++i) {
    const bool flipped = group_->observe(server(i), Health::Verdict::kRefused, config_.thresholds);
    checker_->on_checked(server(i), flipped);
    if (i == 0) {
      EXPECT_TRUE(checks_nobody(4 * kSoon, 0)) << "one is up still";
    }
  }
  test::Peer first = checked(0);
  test::Peer second = checked(1);
  EXPECT_TRUE(first.is_open() && second.is_open());
}

TEST_F(AHealthChecker, LetsGoOfACheckWhenStopped) {
  config_.interval = config_.fast_interval = kSoon;
  starts();
  test::Peer check = checked();
  checker_->stop();
  EXPECT_TRUE(ends(check));
  EXPECT_TRUE(checks_nobody(4 * kSoon));
  EXPECT_EQ(server().health.state(), State::kUnknown);
}

TEST_F(AHealthChecker, StaysStoppedBetweenTwoChecks) {
  config_.interval = config_.fast_interval = kSoon;
  starts();
  answers(kPass);
  checker_->stop();
  while (origins_[0]->accept_now().is_open()) {  // one may have begun before
  }
  EXPECT_TRUE(checks_nobody(4 * kSoon));
}

TEST_F(AHealthChecker, EndsItsChecksWithItself) {
  starts();
  test::Peer check = checked();
  checker_.reset();
  EXPECT_TRUE(ends(check));
}

}  // namespace
}  // namespace lb::upstream
