#include "lb/net/acceptor.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <vector>

#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::net {
namespace {

using std::chrono::milliseconds;

class AnAcceptor : public testing::Test, public AcceptorHandler {
 protected:
  void SetUp() override { ASSERT_EQ(acceptor_.open(), 0); }

  void clients_come(int count) {
    for (int i = 0; i < count; ++i) clients_.push_back(test::Peer::connected_to(port_));
  }

  [[nodiscard]] bool accepts(std::size_t count) {
    return test::run_until(reactor_, [&] { return accepted_.size() == count; });
  }

  void on_accepted(os::Fd fd, const os::IpAddress& peer) override {
    accepted_.push_back(std::move(fd));
    peers_.push_back(peer);
    if (then_) then_();
  }

  event::Reactor reactor_;
  test::Listening listening_{256};
  const std::uint16_t port_ = listening_.port();
  std::vector<test::Peer> clients_;
  std::vector<os::Fd> accepted_;
  std::vector<os::IpAddress> peers_;
  std::function<void()> then_;
  Acceptor acceptor_{reactor_, *this, listening_.take()};
};

TEST_F(AnAcceptor, HandsUpWhoConnects) {
  clients_come(1);
  ASSERT_TRUE(accepts(1));
  EXPECT_EQ(peers_[0], test::loopback(os::local_port(clients_[0].fd())).ip);
  clients_[0].sends("x");
  EXPECT_TRUE(test::wait_until_readable(accepted_[0].get()));
}

TEST_F(AnAcceptor, TakesSeveralInOneTurn) {
  clients_come(5);
  test::turn(reactor_);
  EXPECT_EQ(accepted_.size(), 5U);
}

TEST_F(AnAcceptor, TakesNoMoreInOneTurnThanItsBatch) {
  clients_come(Acceptor::kAcceptsPerTurnMax + 3);
  test::turn(reactor_);
  EXPECT_EQ(accepted_.size(), static_cast<std::size_t>(Acceptor::kAcceptsPerTurnMax));
  test::turn(reactor_);
  EXPECT_EQ(accepted_.size(), Acceptor::kAcceptsPerTurnMax + 3U);
}

TEST_F(AnAcceptor, LetsClientsWaitWhilePaused) {
  acceptor_.pause();
  clients_come(2);
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
  EXPECT_EQ(accepted_.size(), 0U);
  acceptor_.resume();
  EXPECT_TRUE(accepts(2));
}

TEST_F(AnAcceptor, StopsWithinABatchWhenPaused) {
  clients_come(3);
  then_ = [&] { acceptor_.pause(); };
  test::run_for(reactor_, milliseconds(20));
  EXPECT_EQ(accepted_.size(), 1U);
}

TEST_F(AnAcceptor, StopsWithinABatchWhenClosed) {
  clients_come(3);
  then_ = [&] { acceptor_.close(); };
  test::turn(reactor_);
  EXPECT_EQ(accepted_.size(), 1U);
  EXPECT_EQ(reactor_.watches(), 0U);
}

TEST_F(AnAcceptor, TakesAllWhoWaitBeforeItCloses) {
  clients_come(Acceptor::kAcceptsPerTurnMax + 3);
  acceptor_.drain_and_close();
  EXPECT_EQ(accepted_.size(), Acceptor::kAcceptsPerTurnMax + 3U);
  EXPECT_EQ(reactor_.watches(), 0U);
}

TEST_F(AnAcceptor, TakesAllWhoWaitBeforeItClosesAlsoWhenPaused) {
  acceptor_.pause();
  clients_come(2);
  acceptor_.drain_and_close();
  EXPECT_EQ(accepted_.size(), 2U);
}

TEST_F(AnAcceptor, RefusesWhoComesAfterItClosed) {
  acceptor_.close();
  const auto fd = os::open_stream(os::Family::kIpv4);
  ASSERT_TRUE(fd.has_value());
  int error = os::connect(fd->get(), test::loopback(port_));
  if (os::is_in_progress(error)) {
    ASSERT_TRUE(test::wait_until_writable(fd->get()));
    error = os::socket_error(fd->get());
  }
  EXPECT_EQ(error, ECONNREFUSED);
}

TEST_F(AnAcceptor, RestsWhileThereIsNoDescriptorAndThenGoesOn) {
  clients_come(2);
  {
    const test::NoDescriptorLeft none;
    EXPECT_LE(test::run_for(reactor_, milliseconds(250)), 20U) << "it must not spin";
    EXPECT_EQ(accepted_.size(), 0U);
  }
  EXPECT_TRUE(accepts(2));
}

TEST_F(AnAcceptor, StaysPausedAfterARest) {
  clients_come(1);
  {
    const test::NoDescriptorLeft none;
    test::turn(reactor_);
    acceptor_.pause();
  }
  test::run_for(reactor_, 2 * Acceptor::kRest);
  EXPECT_EQ(accepted_.size(), 0U);
  acceptor_.resume();
  EXPECT_TRUE(accepts(1));
}

TEST_F(AnAcceptor, LeavesOutWhoResetWhileItWasPaused) {
  acceptor_.pause();
  clients_come(3);
  clients_[1].sends("request");
  clients_[1].resets();
  acceptor_.resume();
  ASSERT_TRUE(accepts(2));
  test::turn(reactor_);
  EXPECT_EQ(peers_[0], test::loopback(os::local_port(clients_[0].fd())).ip);
  EXPECT_EQ(peers_[1], test::loopback(os::local_port(clients_[2].fd())).ip);
  EXPECT_EQ(accepted_.size(), 2U);
}

TEST_F(AnAcceptor, LeavesOutWhoResetWhileThereWasNoDescriptor) {
  clients_come(2);
  {
    const test::NoDescriptorLeft none;
    test::turn(reactor_);
  }
  clients_[0].resets();
  ASSERT_TRUE(accepts(1));
  EXPECT_EQ(peers_[0], test::loopback(os::local_port(clients_[1].fd())).ip);
}

TEST_F(AnAcceptor, LeavesOutWhoResetAlsoInSeveralBatchesAndWhenItCloses) {
  acceptor_.pause();
  clients_come(4);
  clients_[1].resets();
  clients_[3].resets();
  then_ = [&] { acceptor_.pause(); };
  acceptor_.resume();
  ASSERT_TRUE(accepts(1));
  acceptor_.drain_and_close();
  EXPECT_EQ(accepted_.size(), 2U);
}

TEST_F(AnAcceptor, LeavesOutWhoResetWhileAnotherProcessHadTheSocket) {
  test::Listening old{16};
  const std::uint16_t port = old.port();
  test::Peer gone = test::Peer::connected_to(port);
  const test::Peer waits = test::Peer::connected_to(port);
  gone.resets();
  Acceptor next{reactor_, *this, old.take()};
  ASSERT_EQ(next.open(Acceptor::Backlog::kOld), 0);
  ASSERT_TRUE(accepts(1));
  EXPECT_EQ(peers_[0], test::loopback(os::local_port(waits.fd())).ip);
  next.close();
}

// Asking costs a system call, which is for those alone who may have waited for long.
TEST_F(AnAcceptor, AsksNobodyOnceTheBacklogWasEmpty) {
  acceptor_.pause();
  clients_come(1);
  acceptor_.resume();
  ASSERT_TRUE(accepts(1));
  test::turn(reactor_);
  clients_come(1);
  clients_[1].resets();
  EXPECT_TRUE(accepts(2)) << "it is for the connection to find out";
}

}  // namespace
}  // namespace lb::net
