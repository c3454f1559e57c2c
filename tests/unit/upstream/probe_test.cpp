#include "lb/upstream/probe.h"

#include <filesystem>

#include "lb/base/sanitized.h"
#include "tests/unit/upstream/check_fixture.h"

namespace lb::upstream {
namespace {

using std::chrono::milliseconds;

class AProbe : public AHealthCheck {
 protected:
  // Up after its first check; the second comes soon, and then none.
  void is_up() {
    config_.interval = kSoon;
    starts();
    if (config_.path.empty()) {
      static_cast<void>(checked());
    } else {
      answers(kPass);
    }
    ASSERT_TRUE(becomes(State::kUp));
  }

  // After one bad verdict: at once, or only in doubt.
  void expect_down(const std::string& reason) {
    EXPECT_TRUE(becomes(State::kDown));
    EXPECT_EQ(server().down_reason, reason);
  }
  void expect_doubt(const std::string& reason) {
    EXPECT_TRUE(test::run_until(reactor_, [&] { return server().health.in_doubt(); }));
    EXPECT_EQ(server().health.state(), State::kUp);
    EXPECT_EQ(server().down_reason, reason);
  }
};

// ---- what it asks, and what is good

TEST_F(AProbe, AsksWithItsNameOnAConnectionOfItsOwn) {
  starts();
  test::Peer check = checked();
  EXPECT_EQ(check.received(),
            "GET /health-check HTTP/1.1\r\nHost: a\r\nUser-Agent: lb-health-check\r\n"
            "Connection: close\r\n\r\n");
}

TEST_F(AProbe, AsksForThePathItIsTold) {
  config_.path = "/alive?deep=1";
  starts();
  EXPECT_EQ(checked().received().substr(0, 28), "GET /alive?deep=1 HTTP/1.1\r\n");
}

TEST_F(AProbe, DecidesAtTheEndOfTheHead) {
  starts();
  test::Peer check = checked();
  check.sends("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");  // and never closes
  EXPECT_TRUE(becomes(State::kUp));
  EXPECT_TRUE(ends(check));
}

TEST_F(AProbe, WaitsForTheFinalHead) {
  starts();
  test::Peer check = checked();
  check.sends("HTTP/1.1 103 Early Hints\r\n\r\n");
  test::run_for(reactor_, milliseconds(10));
  EXPECT_EQ(server().health.state(), State::kUnknown);
  check.sends(kPass);
  EXPECT_TRUE(becomes(State::kUp));
}

TEST_F(AProbe, TakesTheStatusesItIsTold) {
  config_.expected = {{.first = 204, .last = 204}, {.first = 400, .last = 404}};
  config_.fast_interval = kSoon;
  starts();
  struct Row {
    const char* answer;
    State state;
  };
  for (const Row& row :
       {Row{"HTTP/1.1 200 OK\r\n\r\n", State::kDown}, Row{"HTTP/1.1 204 OK\r\n\r\n", State::kUp}}) {
    answers(row.answer);
    EXPECT_EQ(server().health.state(), row.state) << row.answer;
  }
}

TEST_F(AProbe, TakesTheEndsOfAnIntervalOfStatuses) {
  config_.expected = {{.first = 400, .last = 404}};
  config_.fast_interval = kSoon;
  starts();
  for (const int status : {399, 405}) {
    answers("HTTP/1.1 " + std::to_string(status) + " X\r\n\r\n");
    EXPECT_EQ(server().health.state(), State::kDown) << status;
  }
  answers("HTTP/1.1 404 X\r\n\r\n");
  EXPECT_EQ(server().health.state(), State::kUp);
}

TEST_F(AProbe, NeedsOnlyAConnectionWhereThatIsAllThatIsAsked) {
  config_.path = "";
  starts();
  test::Peer check = checked();
  EXPECT_TRUE(becomes(State::kUp));
  EXPECT_TRUE(ends(check));
  EXPECT_EQ(check.received(), "");
}

// ---- what is bad, and whether at once

TEST_F(AProbe, TakesAnotherStatusForTheServersOwnWord) {
  is_up();
  answers("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  expect_down(
      "GET /health-check answered 404 (choose a path with --health-path, or none for connect "
      "only)");
}

TEST_F(AProbe, TakesARefusedConnectionForDown) {
  config_.thresholds.fall = UINT32_MAX;  // nothing else could bring it down
  config_.fast_interval = kSoon;         // if a check was on its way when the listener closed
  is_up();
  origins_[0]->closes();
  expect_down("connection refused");
}

TEST_F(AProbe, TakesAMissingSocketForDown) {
  const os::Address address = test::unix_address("probe");
  addresses_ = {address};
  starts();
  expect_down("connection refused");
}

// connect(2) says EAGAIN where the backlog of a unix socket is full.
TEST_F(AProbe, DoubtsAUnixServerThatAcceptsNobody) {
  const os::Address address = test::unix_address("probe-full");
  const os::Fd listener = std::move(*os::listen(address, 0));
  const os::Fd waits = std::move(*os::open_stream(os::Family::kUnix));
  ASSERT_EQ(os::connect(waits.get(), address), 0);
  addresses_ = {address};
  config_.fast_interval = kSoon;
  starts();
  expect_down("its backlog is full");
  std::filesystem::remove(address.unix_path);
}

TEST_F(AProbe, DoubtsAServerThatClosesWithoutAnAnswer) {
  is_up();
  checked().closes();
  expect_doubt("GET /health-check got no answer: connection closed");
}

TEST_F(AProbe, DoubtsAServerThatResets) {
  is_up();
  checked().resets();
  expect_doubt("GET /health-check got no answer: connection reset");
}

TEST_F(AProbe, DoubtsAServerThatAnswersGarbage) {
  is_up();
  test::Peer check = checked();
  check.sends("220 mail.example ESMTP\r\n");
  expect_doubt("GET /health-check got an answer that is not valid HTTP/1.1");
}

TEST_F(AProbe, DoubtsAServerWhoseHeadIsTooLarge) {
  limits_.head.head_bytes_max = 100;
  is_up();
  test::Peer check = checked();
  check.sends("HTTP/1.1 200 OK\r\nA: " + std::string(100, 'x'));
  expect_doubt("GET /health-check got an answer that is not valid HTTP/1.1");
}

TEST_F(AProbe, DoubtsAServerThatDoesNotAnswerInTime) {
  config_.timeout = milliseconds(150);
  is_up();
  test::Peer check = checked();
  expect_doubt("GET /health-check got no answer within 150ms (--health-timeout)");
  EXPECT_TRUE(ends(check));
}

TEST_F(AProbe, WritesWholeSecondsShort) {
  config_.timeout = milliseconds(1000);
  starts();
  test::Peer check = checked();
  expect_down("GET /health-check got no answer within 1s (--health-timeout)");
}

TEST_F(AProbe, TellsThatItCouldNotConnectInItsOwnTime) {
  test::Silent silent;
  addresses_ = {silent.address()};
  config_.timeout = kSoon;
  starts();
  expect_down("no connection within 20ms (--health-timeout)");
}

TEST_F(AProbe, HasNoLimitOfTimeButItsOwn) {
  limits_.connect_timeout = milliseconds(1);
  limits_.server_timeout = milliseconds(1);
  is_up();
  test::Peer check = checked();
  test::run_for(reactor_, 3 * kSoon);
  EXPECT_FALSE(server().health.in_doubt());
  check.sends("HTTP/1.1 500 Oh\r\n\r\n");
  EXPECT_TRUE(becomes(State::kDown));
}

TEST_F(AProbe, DoesNotTakeOurOwnShortageForAVerdict) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  config_.fast_interval = kSoon;
  listens(1);
  {
    const test::NoDescriptorLeft none;
    starts();
    test::run_for(reactor_, 3 * kSoon);
    EXPECT_EQ(server().health.state(), State::kUnknown);
  }
  answers(kPass);
  EXPECT_EQ(server().health.state(), State::kUp);
}

TEST_F(AProbe, GivesUpADoubtfulServerAfterTheSecondBadVerdict) {
  config_.fast_interval = kSoon;
  is_up();
  checked().closes();
  EXPECT_TRUE(test::run_until(reactor_, [&] { return server().health.in_doubt(); }));
  checked().resets();
  expect_down("GET /health-check got no answer: connection reset");
}

}  // namespace
}  // namespace lb::upstream
