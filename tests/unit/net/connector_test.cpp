#include "lb/net/connector.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::net {
namespace {

using std::chrono::milliseconds;

constexpr os::Time::duration kNoLimit{0};

class AConnector : public testing::Test, public ConnectorHandler {
 protected:
  void start(std::vector<os::Address> addresses, std::size_t first = 0,
             os::Time::duration limit = kNoLimit) {
    addresses_ = std::move(addresses);
    connector_.start(addresses_, first, limit);
    EXPECT_EQ(outcomes_, 0) << "never from within start";
  }

  [[nodiscard]] bool ends() {
    return test::run_until(reactor_, [&] { return outcomes_ > 0; });
  }

  void on_connected(os::Fd fd, std::size_t address) override {
    ++outcomes_;
    fd_ = std::move(fd);
    address_ = address;
  }
  void on_connect_failed(ErrorCode code, int) override {
    ++outcomes_;
    failure_ = code;
  }

  event::Reactor reactor_;
  test::Listening listening_;
  test::Refusing refusing_;
  int outcomes_ = 0;
  os::Fd fd_;
  std::optional<std::size_t> address_;
  std::optional<ErrorCode> failure_;
  std::vector<os::Address> addresses_;
  Connector connector_{reactor_, *this};
};

TEST_F(AConnector, HandsOverAConnectedDescriptor) {
  start({listening_.address()});
  ASSERT_TRUE(ends());
  EXPECT_EQ(address_, 0U);
  test::Peer far = listening_.accept();
  EXPECT_EQ(os::send(fd_.get(), std::string_view("hello")).error, 0);
  ASSERT_TRUE(test::wait_until_readable(far.fd()));
  EXPECT_EQ(far.received(), "hello");
}

TEST_F(AConnector, LeavesNothingRegistered) {
  start({listening_.address()}, 0, std::chrono::seconds(9));
  ASSERT_TRUE(ends());
  EXPECT_EQ(reactor_.watches(), 0U);
  test::run_for(reactor_, milliseconds(20));
  EXPECT_EQ(outcomes_, 1);
}

TEST_F(AConnector, TellsThatItIsRefused) {
  start({refusing_.address()});
  ASSERT_TRUE(ends());
  EXPECT_EQ(failure_, ErrorCode::kRefused);
  EXPECT_FALSE(address_.has_value());
}

TEST_F(AConnector, TellsFromTheTurnWhatFailedAtOnce) {
  start({test::unix_address("net-missing")});
  ASSERT_TRUE(ends());
  EXPECT_EQ(failure_, ErrorCode::kRefused);
}

TEST_F(AConnector, TellsFromTheTurnWhatWorkedAtOnce) {
  const os::Address address = test::unix_address("net-listen");
  const auto listener = os::listen(address, 4);
  ASSERT_TRUE(listener.has_value());
  start({address});  // a unix socket connects without waiting
  ASSERT_TRUE(ends());
  EXPECT_EQ(address_, 0U);
  EXPECT_TRUE(fd_.is_open());
}

TEST_F(AConnector, GoesOnToTheNextAddressWhenOneIsRefused) {
  start({refusing_.address(), listening_.address()});
  ASSERT_TRUE(ends());
  EXPECT_EQ(address_, 1U);
  EXPECT_EQ(outcomes_, 1);
}

TEST_F(AConnector, GoesOnToTheNextAddressWhenOneFailsAtOnce) {
  start({test::unix_address("net-missing"), listening_.address()});
  ASSERT_TRUE(ends());
  EXPECT_EQ(address_, 1U);
}

TEST_F(AConnector, BeginsWhereItIsToldAndGoesRoundTheEnd) {
  start({listening_.address(), refusing_.address(), refusing_.address()}, 1);
  ASSERT_TRUE(ends());
  EXPECT_EQ(address_, 0U);
}

TEST_F(AConnector, DoesNotAskTheOthersWhenTheFirstWorks) {
  test::Listening other;
  start({other.address(), listening_.address()}, 1);
  ASSERT_TRUE(ends());
  EXPECT_EQ(address_, 1U);
  EXPECT_FALSE(other.accept_now().is_open());
}

// That nobody listens says more than silence.
TEST_F(AConnector, TellsTheMostTellingFailureWhereverItStands) {
  const test::Silent silent;
  start({refusing_.address(), silent.address()}, 0, milliseconds(20));
  ASSERT_TRUE(ends());
  EXPECT_EQ(failure_, ErrorCode::kRefused);
  failure_.reset();
  outcomes_ = 0;
  start({silent.address(), refusing_.address()}, 0, milliseconds(400));
  ASSERT_TRUE(ends());
  EXPECT_EQ(failure_, ErrorCode::kRefused);
}

TEST_F(AConnector, GivesUpWhenItsTimeIsOver) {
  test::Silent silent;
  const os::Time due = os::now() + milliseconds(20);
  test::turn(reactor_);
  start({silent.address()}, 0, milliseconds(20));
  ASSERT_TRUE(ends());
  EXPECT_EQ(failure_, ErrorCode::kTimedOut);
  EXPECT_GE(os::now(), due);
}

TEST_F(AConnector, GivesEachAddressAShareOfTheTime) {
  test::Silent silent;
  start({silent.address(), listening_.address()}, 0, milliseconds(400));
  const os::Time end = os::now() + milliseconds(400);
  ASSERT_TRUE(ends());
  EXPECT_EQ(address_, 1U);
  EXPECT_LT(os::now(), end) << "half of the time is the second address's";
}

TEST_F(AConnector, EndsWithinItsTimeHoweverManyAddressesAreSilent) {
  test::Silent silent;
  test::turn(reactor_);
  const os::Time due = os::now() + milliseconds(60);
  start({silent.address(), silent.address(), silent.address()}, 0, milliseconds(60));
  ASSERT_TRUE(ends());
  EXPECT_EQ(failure_, ErrorCode::kTimedOut);
  EXPECT_GE(reactor_.now() + milliseconds(5), due);
}

TEST_F(AConnector, WaitsForTheKernelWithoutALimit) {
  test::Silent silent;
  start({silent.address()});
  test::run_for(reactor_, milliseconds(50));
  EXPECT_EQ(outcomes_, 0);
}

TEST_F(AConnector, IsSilentOnceCancelled) {
  start({listening_.address()});
  connector_.cancel();
  test::run_for(reactor_, milliseconds(20));
  EXPECT_EQ(outcomes_, 0);
  EXPECT_EQ(reactor_.watches(), 0U);
}

TEST_F(AConnector, IsSilentOnceCancelledWhenTheOutcomeIsKnown) {
  start({test::unix_address("net-missing")});
  connector_.cancel();
  test::run_for(reactor_, milliseconds(20));
  EXPECT_EQ(outcomes_, 0);
}

}  // namespace
}  // namespace lb::net
