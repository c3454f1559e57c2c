// When checks come: all at once, then each server in its own rhythm.

#include "lb/upstream/health_checker.h"

#include "tests/unit/upstream/check_fixture.h"
#include "tests/unit/upstream/client_fixture.h"

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

// ---- because of live requests

class ASuspicion : public AHealthChecker {
 protected:
  // A server that is up, and a request at it.
  void is_asked() {
    starts(1);
    answers(kPass);
    ASSERT_TRUE(becomes(State::kUp));
    client_ = group_->open({}, handler_);
    ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.connects > 0; }));
    origin_ = origins_[0]->accept();
    http::OutgoingRequest request;
    request.write(request_head(http::Method::kGet, "GET"), {.bytes = {}, .end = true});
    static_cast<void>(client_->send_request(request));
  }
  void request_fails() {
    ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  }
  ~ASuspicion() override {
    if (client_) client_->close();
  }

  RecordingStreamHandler handler_;
  std::unique_ptr<H1Client> client_;
  test::Peer origin_;
};

TEST_F(ASuspicion, ChecksAServerThatResetARequest) {
  is_asked();
  origin_.resets();
  request_fails();
  answers(kFail);
  EXPECT_TRUE(becomes(State::kDown));
}

TEST_F(ASuspicion, TakesAServerDownThatRefuses) {
  starts(1);
  answers(kPass);
  ASSERT_TRUE(becomes(State::kUp));
  origins_[0]->closes();
  client_ = group_->open({}, handler_);
  request_fails();
  EXPECT_TRUE(becomes(State::kDown));
}

TEST_F(ASuspicion, LeavesAServerUpWhoseCheckPasses) {
  is_asked();
  origin_.closes();
  request_fails();
  answers(kPass);
  EXPECT_EQ(server().health.state(), State::kUp);
  EXPECT_TRUE(checks_nobody(milliseconds(50))) << "one check";
}

TEST_F(ASuspicion, DoesNotFallOnWhoSpeaksNonsense) {
  is_asked();
  origin_.sends("nonsense\r\n\r\n");
  request_fails();
  EXPECT_TRUE(checks_nobody(milliseconds(50)));
}

TEST_F(ASuspicion, ChecksNotMoreOftenThanEachPause) {
  is_asked();
  origin_.resets();
  request_fails();
  answers(kPass);
  const os::Time first = os::now();
  for (int i = 0; i < 3; ++i) group_->on_failed(*client_, {.code = ErrorCode::kReset});
  answers(kPass);
  EXPECT_GE(os::now() - first, kSuspicionPause / 2);
  EXPECT_TRUE(checks_nobody(milliseconds(50))) << "once for all of them";
}

}  // namespace
}  // namespace lb::upstream
