#include "lb/downstream/listener.h"

#include "tests/unit/downstream/server_fixture.h"
#include "tests/unit/support/proxy_headers.h"

namespace lb::downstream {
namespace {

using std::chrono::milliseconds;

class AListener : public testing::Test {
 protected:
  void listens(std::uint64_t connections_max = 100) {
    listener_.emplace(reactor_, service_, limits_, connections_max);
    test::Listening socket;
    port_ = socket.port();
    ASSERT_EQ(listener_->add(socket.take()), 0);
  }

  test::Peer connects(std::string_view first = {}) {
    test::Peer client = test::Peer::connected_to(port_);
    if (!first.empty()) client.sends(first);
    return client;
  }
  [[nodiscard]] bool has(std::size_t connections) {
    return test::run_until(reactor_, [&] { return listener_->connections() == connections; });
  }
  [[nodiscard]] bool is_offered(std::size_t count) {
    return test::run_until(reactor_, [&] { return service_.offered.size() == count; });
  }
  [[nodiscard]] bool hears(test::Peer& client, std::string_view text) {
    return test::run_until(reactor_, [&] { return client.received() == text; });
  }

  void drains() { listener_->drain(Callback<>::to<&AListener::on_drained>(this)); }
  void on_drained() { ++drained_; }
  [[nodiscard]] bool is_drained() {
    return test::run_until(reactor_, [&] { return drained_ > 0; });
  }

  ScriptedService service_;  // outlives the handlers that the reactor buries
  event::Reactor reactor_;
  H1ServerLimits limits_;
  std::uint16_t port_ = 0;
  int drained_ = 0;
  std::optional<Listener> listener_;
};

TEST_F(AListener, OwnsTheConnectionsThatCome) {
  listens();
  test::Peer one = connects();
  test::Peer two = connects();
  EXPECT_TRUE(has(2));
  one.closes();
  EXPECT_TRUE(has(1));
  two.resets();
  EXPECT_TRUE(has(0));
}

TEST_F(AListener, ServesSeveralSockets) {
  listens();
  const std::uint16_t first = port_;
  test::Listening socket;
  ASSERT_EQ(listener_->add(socket.take()), 0);
  test::Peer one = connects();
  port_ = first;
  test::Peer two = connects();
  EXPECT_TRUE(has(2));
}

TEST_F(AListener, LetsClientsWaitWhenItIsFullAndGoesOn) {
  service_.at_once = true;
  listens(2);
  test::Peer one = connects();
  test::Peer two = connects();
  ASSERT_TRUE(has(2));
  test::Peer three = connects(kGet);
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
  EXPECT_EQ(listener_->connections(), 2U);
  EXPECT_EQ(three.received(), "") << "neither served nor refused";
  one.closes();
  EXPECT_TRUE(hears(three, answered("at once")));
  EXPECT_EQ(listener_->connections(), 2U);
}

TEST_F(AListener, IsNeverMoreThanFullWithinOneBatch) {
  listens(3);
  std::vector<test::Peer> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(connects());
  test::run_for(reactor_, milliseconds(10));
  EXPECT_EQ(listener_->connections(), 3U);
  for (int i = 0; i < 3; ++i) clients[static_cast<std::size_t>(i)].closes();
  test::run_for(reactor_, milliseconds(10));
  EXPECT_TRUE(has(3));
}

TEST_F(AListener, ExpectsAHeaderFromWhomItIsTold) {
  service_.at_once = true;
  listens();
  listener_->expect_proxy_header_from({{.base = test::loopback(0).ip, .bits = 8}});
  test::Peer one = connects(std::string(test::kLineOfIpv4) + std::string(kGet));
  ASSERT_TRUE(is_offered(1));
  EXPECT_EQ(service_.offered.back().client_ip, "192.0.2.7");
  test::Peer other = connects(kGet);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return other.saw_end(); }));
  EXPECT_EQ(service_.offered.size(), 1U);
}

// ---- drained

TEST_F(AListener, WithoutConnectionsIsDrainedAtOnce) {
  listens();
  drains();
  EXPECT_EQ(drained_, 1);
  EXPECT_EQ(reactor_.watches(), 0U);
}

TEST_F(AListener, IsDrainedWhenTheLastOneIsGone) {
  listens();
  test::Peer one = connects(kGet);
  test::Peer two = connects(kGet);
  ASSERT_TRUE(is_offered(2));
  drains();
  test::run_for(reactor_, milliseconds(10));
  EXPECT_EQ(drained_, 0);
  ScriptedService::answer(service_.offered[0], 200, "x");
  ASSERT_TRUE(hears(one, answered("x", "close")));
  one.closes();
  EXPECT_TRUE(has(1));
  EXPECT_EQ(drained_, 0);
  ScriptedService::answer(service_.offered[1], 200, "y");
  ASSERT_TRUE(hears(two, answered("y", "close")));
  two.closes();
  EXPECT_TRUE(is_drained());
  test::run_for(reactor_, milliseconds(10));
  EXPECT_EQ(drained_, 1);
}

TEST_F(AListener, KeepsTheSilentAndTheIdleForAWhile) {
  service_.at_once = true;
  limits_.drain_idle = milliseconds(30);
  listens();
  test::Peer silent = connects();
  test::Peer idle = connects(kGet);
  ASSERT_TRUE(hears(idle, answered("at once")));
  ASSERT_TRUE(has(2));
  drains();
  EXPECT_EQ(listener_->connections(), 2U);
  EXPECT_TRUE(is_drained());
  EXPECT_TRUE(test::run_until(reactor_, [&] { return silent.saw_eof() && idle.saw_eof(); }));
}

TEST_F(AListener, ServesWhoStillWaitsInTheBacklog) {
  service_.at_once = true;
  listens();
  test::Peer client = connects(kGet);  // no turn has been
  drains();
  ASSERT_TRUE(hears(client, answered("at once", "close")));
  client.closes();
  EXPECT_TRUE(is_drained());
}

TEST_F(AListener, RefusesWhoComesAfterTheDrain) {
  listens();
  drains();
  const auto fd = os::open_stream(os::Family::kIpv4);
  ASSERT_TRUE(fd.has_value());
  int error = os::connect(fd->get(), test::loopback(port_));
  if (os::is_in_progress(error)) {
    ASSERT_TRUE(test::wait_until_writable(fd->get()));
    error = os::socket_error(fd->get());
  }
  EXPECT_NE(error, 0);
}

// ---- cut

TEST_F(AListener, CutTellsHowManyRequestsWereInHand) {
  listens();
  test::Peer idle = connects();
  test::Peer one = connects(kGet);
  test::Peer two = connects(kGet);
  ASSERT_TRUE(is_offered(2));
  ASSERT_TRUE(has(3));
  EXPECT_EQ(listener_->cut(), 2U);
  EXPECT_EQ(listener_->connections(), 0U);
  EXPECT_TRUE(
      test::run_until(reactor_, [&] { return idle.saw_end() && one.saw_end() && two.saw_end(); }));
}

TEST_F(AListener, CutEndsADrain) {
  listens();
  test::Peer one = connects(kGet);
  ASSERT_TRUE(is_offered(1));
  drains();
  EXPECT_EQ(listener_->cut(), 1U);
  EXPECT_EQ(drained_, 1);
}

TEST_F(AListener, LeavesNothingBehind) {
  listens();
  test::Peer one = connects(kGet);
  ASSERT_TRUE(is_offered(1));
  listener_.reset();
  EXPECT_EQ(reactor_.watches(), 0U);
  test::turn(reactor_);
  EXPECT_EQ(reactor_.timers(), 0U);
}

}  // namespace
}  // namespace lb::downstream
