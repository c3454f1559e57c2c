#include "lb/upstream/upstream.h"

#include <gtest/gtest.h>

#include "lb/base/sanitized.h"
#include "tests/unit/upstream/client_fixture.h"

namespace lb::upstream {
namespace {

using namespace std::chrono_literals;
using Verdict = Health::Verdict;

constexpr HealthThresholds kAtOnce{.fall = 1, .rise = 1};

// A group of servers that all listen at one address.
class AGroup : public testing::Test {
 protected:
  void has(std::size_t servers, std::size_t idle_max = 4, AllDown all_down = AllDown::kRefuse) {
    std::vector<EndpointConfig> configs;
    for (std::size_t i = 0; i < servers; ++i) {
      configs.push_back({.name = std::string(1, static_cast<char>('a' + i)) + ":80",
                         .addresses = {listening_.address()}});
    }
    group_.emplace(reactor_, H1ClientLimits{}, std::move(configs), idle_max, Probation::Rules{},
                   all_down);
  }

  [[nodiscard]] Endpoint& server(std::size_t index) { return *group_->endpoints()[index]; }
  bool goes(std::size_t index, bool up) {
    return group_->observe(server(index), up ? Verdict::kPassed : Verdict::kRefused, kAtOnce);
  }

  // The names of the next picks; "-" for nobody.
  std::string picks(int count, const std::vector<EndpointId>& tried = {}) {
    std::string names;
    for (int i = 0; i < count; ++i) {
      const auto client = group_->open(tried, handler_);
      names += client ? client->endpoint().name.substr(0, 1) : "-";
      if (client) client->close();
    }
    return names;
  }

  // Rests in the pool of that server; returns the server's end.
  test::Peer pooled(std::size_t index) {
    handler_ = {};
    auto client = std::make_unique<H1Client>(group_->client_context(), server(index), handler_);
    EXPECT_TRUE(test::run_until(reactor_, [&] { return handler_.connects > 0; }));
    test::Peer origin = listening_.accept();
    http::OutgoingRequest request;
    request.write(request_head(http::Method::kGet, "GET"), {.bytes = {}, .end = true});
    static_cast<void>(client->send_request(request));
    origin.sends("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(test::run_until(reactor_, [&] { return handler_.ended; }));
    group_->give_back(std::move(client));
    return origin;
  }

  event::Reactor reactor_;
  test::Listening listening_;
  RecordingStreamHandler handler_;
  std::optional<Upstream> group_;
};

TEST_F(AGroup, UsesTheUnknownWhileNobodyIsUp) {
  has(3);
  EXPECT_TRUE(group_->nobody_up());
  EXPECT_EQ(group_->eligible({}, Upstream::Benched::kNotCounted), 3U);
  EXPECT_EQ(picks(4), "abca");
}

TEST_F(AGroup, UsesOnlyTheUpOnceOneIsUp) {
  has(3);
  EXPECT_TRUE(goes(1, true));
  EXPECT_FALSE(group_->nobody_up());
  EXPECT_EQ(group_->eligible({}, Upstream::Benched::kNotCounted), 1U);
  EXPECT_EQ(picks(2), "bb");
}

TEST_F(AGroup, GoesBackToTheUnknownWhenTheLastOneUpGoesDown) {
  has(3);
  goes(1, true);
  goes(1, false);
  EXPECT_TRUE(group_->nobody_up());
  EXPECT_EQ(picks(3), "aca");
}

TEST_F(AGroup, SkipsTheDown) {
  has(3);
  for (std::size_t i = 0; i < 3; ++i) goes(i, true);
  EXPECT_TRUE(goes(1, false));
  EXPECT_EQ(picks(4), "acac");
}

TEST_F(AGroup, HasNobodyWhenAllAreDown) {
  has(2);
  goes(0, false);
  goes(1, false);
  EXPECT_EQ(group_->eligible({}, Upstream::Benched::kNotCounted), 0U);
  EXPECT_EQ(picks(1), "-");
}

TEST_F(AGroup, TriesAllInOneRoundWhenAllAreDownAndThatIsAskedFor) {
  has(3, 4, AllDown::kTry);
  EXPECT_EQ(picks(1), "a");
  for (std::size_t i = 0; i < 3; ++i) goes(i, false);
  EXPECT_TRUE(group_->nobody_up());
  EXPECT_EQ(group_->eligible({}, Upstream::Benched::kNotCounted), 3U);
  EXPECT_EQ(picks(4), "bcab");
  EXPECT_EQ(picks(2, {2}), "ab");
  EXPECT_EQ(picks(1, {0, 1, 2}), "-");
}

TEST_F(AGroup, TriesTheUnknownAndTheDownAlikeWhileNobodyIsUp) {
  has(3, 4, AllDown::kTry);
  goes(1, false);
  EXPECT_EQ(picks(3), "abc");
}

TEST_F(AGroup, TriesOnlyTheUpOnceOneIsUp) {
  has(3, 4, AllDown::kTry);
  for (std::size_t i = 0; i < 3; ++i) goes(i, false);
  goes(2, true);
  EXPECT_EQ(group_->eligible({}, Upstream::Benched::kNotCounted), 1U);
  EXPECT_EQ(picks(2), "cc");
  EXPECT_EQ(picks(1, {2}), "-");
}

TEST_F(AGroup, CountsAsUpWithoutChecks) {
  has(3);
  group_->assume_up();
  EXPECT_FALSE(group_->nobody_up());
  EXPECT_EQ(group_->eligible({}, Upstream::Benched::kNotCounted), 3U);
  EXPECT_EQ(picks(4), "abca");
  EXPECT_TRUE(goes(0, false));
  EXPECT_EQ(picks(2), "bc");
}

// As a process before this one, which checked, may have left it.
TEST_F(AGroup, CountsAsUpWithoutChecksWhatWasDown) {
  has(2);
  goes(0, true);
  goes(1, false);
  group_->assume_up();
  EXPECT_EQ(group_->up(), 2U);
  EXPECT_EQ(picks(2), "ab");
}

TEST_F(AGroup, DoesNotTryAServerTwice) {
  has(3);
  for (std::size_t i = 0; i < 3; ++i) goes(i, true);
  EXPECT_EQ(group_->eligible(std::vector<EndpointId>{0, 2}, Upstream::Benched::kNotCounted), 1U);
  EXPECT_EQ(picks(2, {0, 2}), "bb");
  EXPECT_EQ(picks(1, {0, 1, 2}), "-");
}

TEST_F(AGroup, TellsOnlyOfChanges) {
  has(1);
  EXPECT_TRUE(goes(0, true));
  EXPECT_FALSE(goes(0, true));
  EXPECT_TRUE(goes(0, false));
  EXPECT_FALSE(goes(0, false));
}

TEST_F(AGroup, NeedsOneSuccessOnlyWhileNobodyIsUp) {
  has(2);
  goes(0, false);
  goes(1, false);
  constexpr HealthThresholds kSlow{.fall = 3, .rise = 3};
  EXPECT_TRUE(group_->observe(server(0), Verdict::kPassed, kSlow));
  EXPECT_FALSE(group_->observe(server(1), Verdict::kPassed, kSlow));
}

TEST_F(AGroup, LeasesAnIdleConnectionBeforeItOpensOne) {
  has(1);
  test::Peer origin = pooled(0);
  const auto client = group_->open({}, handler_);
  EXPECT_TRUE(client->connected());
  EXPECT_EQ(server(0).pool.size(), 0U);
  client->close();
}

TEST_F(AGroup, EndsIdleConnectionsToAServerThatGoesDown) {
  has(2);
  goes(0, true);
  test::Peer origin = pooled(0);
  goes(0, false);
  EXPECT_EQ(server(0).pool.size(), 0U);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return origin.saw_end(); }));
}

TEST_F(AGroup, TellsWhyEachServerIsDown) {
  has(2);
  server(0).down_reason = "connection refused";
  EXPECT_EQ(group_->describe_down(), "a:80: connection refused\nb:80: not checked yet\n");
}

TEST_F(AGroup, TellsOfEightServersAtMost) {
  has(10);
  const std::string text = group_->describe_down();
  EXPECT_NE(text.find("h:80: not checked yet\nand 2 more\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("i:80"), std::string::npos);
}

TEST_F(AGroup, FreesADescriptorOfTheServerThatHoldsMost) {
  has(2);
  EXPECT_FALSE(group_->free_descriptor());
  test::Peer only = pooled(0);
  test::Peer oldest = pooled(1);
  test::Peer newest = pooled(1);
  EXPECT_TRUE(group_->free_descriptor());
  EXPECT_EQ(server(0).pool.size(), 1U);
  EXPECT_EQ(server(1).pool.size(), 1U);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return oldest.saw_end(); }));
  EXPECT_FALSE(newest.saw_end());
}

TEST_F(AGroup, EndsAnIdleConnectionWhereThereIsNoDescriptorForANewOne) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  has(2);
  test::Peer idle = pooled(0);
  handler_ = {};
  const test::NoDescriptorLeft none;
  const auto client = std::make_unique<H1Client>(group_->client_context(), server(1), handler_);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.connects > 0; }));
  EXPECT_EQ(server(0).pool.size(), 0U);
  EXPECT_TRUE(idle.saw_end());
  client->close();
}

TEST_F(AGroup, FailsWhereThereIsNoDescriptorAndNothingIdle) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  has(1);
  const test::NoDescriptorLeft none;
  const auto client = group_->open({}, handler_);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(handler_.failure->code, ErrorCode::kExhausted);
  EXPECT_EQ(handler_.failure->phase, Phase::kConnect);
}

// ---- on probation

class AGroupWithALiar : public AGroup {
 protected:
  // All are up; the group is told of failures without checks.
  void is_up(std::size_t servers) {
    has(servers);
    group_->on_suspect(Callback<Endpoint&>::to<&AGroupWithALiar::on_suspect>(this));
    for (std::size_t i = 0; i < servers; ++i) goes(i, true);
  }
  void on_suspect(Endpoint& endpoint) { suspects_ += endpoint.name.substr(0, 1); }

  [[nodiscard]] std::unique_ptr<H1Client> asks(std::size_t index) {
    return std::make_unique<H1Client>(group_->client_context(), server(index), handler_);
  }
  void keeps_silent(std::size_t index) {
    const auto client = asks(index);
    group_->on_failed(*client, kSilence);
    client->close();
  }

  static constexpr Error kSilence{
      .code = ErrorCode::kTimedOut, .side = Side::kUpstream, .phase = Phase::kHead};
  std::string suspects_;
};

TEST_F(AGroupWithALiar, DoesNotPickIt) {
  is_up(3);
  keeps_silent(1);
  EXPECT_EQ(picks(3), "abc");
  keeps_silent(1);
  EXPECT_EQ(picks(4), "acac");
  EXPECT_EQ(suspects_, "bb");
  EXPECT_EQ(group_->eligible({}, Upstream::Benched::kNotCounted), 2U);
}

TEST_F(AGroupWithALiar, CountsOnlyWhatIsSilentBeforeTheHead) {
  is_up(2);
  const auto client = asks(0);
  for (const ErrorCode code : {ErrorCode::kReset, ErrorCode::kClosed, ErrorCode::kMalformed}) {
    group_->on_failed(*client, {.code = code, .side = Side::kUpstream, .phase = Phase::kHead});
  }
  for (const ErrorCode code : {ErrorCode::kExhausted, ErrorCode::kRefused}) {
    group_->on_failed(*client, {.code = code, .side = Side::kUpstream, .phase = Phase::kConnect});
  }
  group_->on_failed(*client, {.code = ErrorCode::kTimedOut, .phase = Phase::kBody});
  group_->on_failed(*client, {.code = ErrorCode::kTimedOut, .phase = Phase::kConnect});
  client->close();
  EXPECT_TRUE(server(0).probation.spotless());
  EXPECT_EQ(suspects_, "aaaaa") << "but for nonsense and our own shortage";
}

TEST_F(AGroupWithALiar, KeepsTheLastOne) {
  is_up(2);
  for (int i = 0; i < 4; ++i) keeps_silent(0);
  for (int i = 0; i < 4; ++i) keeps_silent(1);
  EXPECT_EQ(picks(2), "bb");
}

TEST_F(AGroupWithALiar, UsesItAgainWhenNobodyElseIsUp) {
  is_up(2);
  keeps_silent(0);
  keeps_silent(0);
  goes(1, false);
  EXPECT_EQ(picks(2), "aa");
}

TEST_F(AGroupWithALiar, UsesItForWhatAllOthersHaveFailed) {
  is_up(3);
  keeps_silent(0);
  keeps_silent(0);
  const std::vector<EndpointId> others{1, 2};
  EXPECT_EQ(group_->eligible(others, Upstream::Benched::kNotCounted), 0U);
  EXPECT_EQ(group_->eligible(others, Upstream::Benched::kCounted), 1U);
  EXPECT_EQ(picks(1, others), "a");
  EXPECT_EQ(picks(1, {1}), "c") << "not before";
  EXPECT_EQ(picks(1, {0, 1, 2}), "-");
}

TEST_F(AGroupWithALiar, TriesItWithOneRequestAndTakesItBackWhenThatIsAnswered) {
  is_up(2);
  server(0).probation = {};
  for (int i = 0; i < 2; ++i) {
    const Probation::Rules rules{.fall = 2, .pause = 1h, .pause_max = 1h};
    static_cast<void>(server(0).probation.failed(rules, false, reactor_.now() - 2h, true));
  }
  goes(1, false);
  goes(1, true);  // counted anew
  const auto first = group_->open({}, handler_);
  ASSERT_EQ(first->endpoint().name, "a:80") << "its pause is over";
  EXPECT_EQ(picks(2), "bb") << "one at a time";
  group_->on_answered(*first);
  EXPECT_EQ(server(0).probation.state(), Probation::State::kTrusted);
  EXPECT_EQ(picks(2), "ab");
  first->close();
}

TEST_F(AGroupWithALiar, TriesItAgainWhenTheTrialEndsWithoutAnAnswer) {
  is_up(2);
  for (int i = 0; i < 2; ++i) {
    static_cast<void>(server(0).probation.failed({.fall = 2, .pause = {}, .pause_max = {}}, false,
                                                 reactor_.now(), true));
  }
  EXPECT_EQ(picks(4), "abab") << "each is closed before the next";
}

TEST_F(AGroup, TellsWhoWaitsForAServerThatGoesDown) {
  const test::Silent silent;
  group_.emplace(reactor_, H1ClientLimits{},
                 std::vector<EndpointConfig>{{.name = "a:80", .addresses = {silent.address()}},
                                             {.name = "b:80", .addresses = {silent.address()}}},
                 4);
  goes(0, true);
  goes(1, true);
  const auto connecting = group_->open({}, handler_);
  RecordingStreamHandler other;
  const auto elsewhere = group_->open({}, other);
  goes(0, false);
  test::turn(reactor_);
  EXPECT_EQ(handler_.downs, 1);
  EXPECT_EQ(other.downs, 0);
  connecting->close();
  elsewhere->close();
}

TEST_F(AGroup, DoesNotTellWhoseResponseHasBegun) {
  has(1);
  goes(0, true);
  const auto client = group_->open({}, handler_);
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.connects > 0; }));
  test::Peer origin = listening_.accept();
  http::OutgoingRequest request;
  request.write(request_head(http::Method::kGet, "GET"), {.bytes = {}, .end = true});
  static_cast<void>(client->send_request(request));
  origin.sends("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.status.has_value(); }));
  goes(0, false);
  test::turn(reactor_);
  EXPECT_EQ(handler_.downs, 0);
  client->close();
}

// ---- ports

TEST_F(AGroup, ResetsWhatItClosesFirstOnceThatHasTakenTooManyPorts) {
  has(1, 1);
  test::Peer origin = pooled(0);
  for (std::uint32_t i = 0; i <= os::local_port_count() / 4; ++i) {
    group_->client_context().own_closes.add(reactor_.now());
  }
  ASSERT_TRUE(group_->free_descriptor());
  EXPECT_TRUE(test::run_until(reactor_, [&] { return origin.saw_end(); }));
  EXPECT_TRUE(origin.saw_reset());
}

TEST_F(AGroup, ClosesInOrderUntilThen) {
  has(1, 1);
  test::Peer origin = pooled(0);
  ASSERT_TRUE(group_->free_descriptor());
  EXPECT_TRUE(test::run_until(reactor_, [&] { return origin.saw_end(); }));
  EXPECT_TRUE(origin.saw_eof());
  EXPECT_FALSE(origin.saw_reset());
}

}  // namespace
}  // namespace lb::upstream
