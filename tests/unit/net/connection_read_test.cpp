#include <algorithm>

#include "tests/unit/net/connection_fixture.h"

namespace lb::net {
namespace {

using std::chrono::milliseconds;

class AReadingConnection : public AConnection {};

TEST_F(AReadingConnection, HandsUpWhatCame) {
  opens();
  hears("hello");
  test::turn(reactor_);
  EXPECT_EQ(handler_.taken, "hello");
  EXPECT_EQ(connection_.kept_bytes(), 0U);
}

TEST_F(AReadingConnection, ReceivesAtOnceWhenAskedTo) {
  opens();
  hears("hello");
  connection_.receive();
  EXPECT_EQ(handler_.taken, "hello");
}

TEST_F(AReadingConnection, HandsUpNothingWhenAskedTooEarly) {
  opens();
  connection_.receive();
  EXPECT_TRUE(handler_.offers.empty());
  EXPECT_FALSE(connection_.failed());
}

TEST_F(AReadingConnection, KeepsWhatIsNotConsumedAndGivesItAgainWithWhatFollows) {
  opens();
  handler_.takes = [](std::span<char> bytes) { return bytes.size() < 5 ? 0 : bytes.size(); };
  hears("hel");
  test::turn(reactor_);
  EXPECT_EQ(connection_.kept_bytes(), 3U);
  hears("lo");
  test::turn(reactor_);
  EXPECT_EQ(handler_.offers, (std::vector<std::string>{"hel", "hello"}));
  EXPECT_EQ(connection_.kept_bytes(), 0U);
}

TEST_F(AReadingConnection, KeepsTheRestOfWhatIsPartlyConsumed) {
  opens();
  handler_.takes = [](std::span<char>) { return 2; };
  hears("hello");
  test::turn(reactor_);
  hears("!");
  test::turn(reactor_);
  EXPECT_EQ(handler_.offers, (std::vector<std::string>{"hello", "llo!"}));
  EXPECT_EQ(connection_.kept_bytes(), 2U);
}

TEST_F(AReadingConnection, DoesNotOfferKeptBytesByItself) {
  opens();
  handler_.takes = [](std::span<char>) { return 0; };
  hears("hello");
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 6U);
  EXPECT_EQ(handler_.offers.size(), 1U);
}

TEST_F(AReadingConnection, OffersKeptBytesAgainInTheSameTurnWhenAskedTo) {
  opens();
  handler_.takes = [&](std::span<char> bytes) {
    if (bytes.size() > 1) connection_.again();
    return 1;
  };
  hears("abc");
  test::turn(reactor_);
  EXPECT_GE(handler_.offers.size(), 2U);
  test::turn(reactor_);
  test::turn(reactor_);
  EXPECT_EQ(handler_.offers, (std::vector<std::string>{"abc", "bc", "c"}));
}

TEST_F(AReadingConnection, OffersNothingAgainWhereNothingIsKept) {
  opens();
  connection_.again();
  test::turn(reactor_);
  EXPECT_TRUE(handler_.offers.empty());
}

TEST_F(AReadingConnection, TellsTheEndAgainWhenAskedToAndNothingIsKept) {
  opens();
  far_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs == 1; }));
  connection_.again();
  test::turn(reactor_);
  EXPECT_EQ(handler_.eofs, 2);
  EXPECT_TRUE(handler_.offers.empty());
}

TEST_F(AReadingConnection, LetsBytesBeEditedInPlaceWhereTheyAreKept) {
  opens();
  handler_.takes = [](std::span<char> bytes) {
    bytes[0] = 'H';
    return 0;
  };
  hears("hello");
  test::turn(reactor_);
  connection_.again();
  test::turn(reactor_);
  EXPECT_EQ(handler_.offers.back(), "Hello");
}

TEST_F(AReadingConnection, MayBeClosedWhileItHandsUp) {
  opens();
  handler_.takes = [&](std::span<char>) {
    connection_.close();
    return 0;
  };
  hears("hello");
  far_.closes();
  test::turn(reactor_);
  test::turn(reactor_);
  EXPECT_EQ(handler_.offers.size(), 1U);
  EXPECT_EQ(handler_.eofs, 0);
  EXPECT_EQ(reactor_.watches(), 0U);
}

TEST_F(AReadingConnection, MayBeClosedWhileItOffersKeptBytesAgain) {
  opens();
  handler_.takes = [](std::span<char>) { return 0; };
  hears("hello");
  test::turn(reactor_);
  handler_.takes = [&](std::span<char> bytes) {
    connection_.close();
    EXPECT_EQ(std::string(bytes.data(), bytes.size()), "hello") << "valid after close";
    return 0;
  };
  connection_.again();
  test::turn(reactor_);
  EXPECT_EQ(handler_.offers.size(), 2U);
}

TEST_F(AReadingConnection, TellsTheEndOnceAndDoesNotSpin) {
  opens();
  hears("bye");
  far_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs == 1; }));
  EXPECT_EQ(handler_.taken, "bye");
  EXPECT_TRUE(connection_.eof());
  EXPECT_FALSE(connection_.failed());
  EXPECT_LE(test::run_for(reactor_, milliseconds(50)), 5U);
  EXPECT_EQ(handler_.eofs, 1);
}

TEST_F(AReadingConnection, StillHasWhatWasKeptAtTheEnd) {
  opens();
  handler_.takes = [](std::span<char>) { return 0; };
  hears("half a mess");
  far_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs == 1; }));
  EXPECT_EQ(connection_.kept_bytes(), 11U);
}

TEST_F(AReadingConnection, SendsOnAfterTheEndOfTheOther) {
  opens();
  far_.half_closes();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.eofs == 1; }));
  send("answer");
  EXPECT_TRUE(far_receives("answer"));
}

TEST_F(AReadingConnection, IsDeafWhilePaused) {
  opens();
  connection_.set_reading(false);
  hears("hello");
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
  EXPECT_TRUE(handler_.offers.empty());
  connection_.set_reading(true);
  test::turn(reactor_);
  EXPECT_EQ(handler_.taken, "hello");
}

TEST_F(AReadingConnection, MayPauseItselfWhileItHandsUp) {
  opens();
  handler_.takes = [&](std::span<char> bytes) {
    connection_.set_reading(false);
    return bytes.size();
  };
  hears("one");
  test::turn(reactor_);
  hears("two");
  test::run_for(reactor_, milliseconds(20));
  EXPECT_EQ(handler_.taken, "one");
}

TEST_F(AReadingConnection, NotesProgressWhenBytesCome) {
  opens();
  hears("x");
  test::turn(reactor_);
  EXPECT_EQ(connection_.received_at(), reactor_.now());
  const os::Time then = connection_.received_at();
  send("answer");
  ASSERT_TRUE(test::run_until(reactor_, [&] { return reactor_.now() > then; }));
  EXPECT_EQ(connection_.received_at(), then) << "what is sent is another matter";
}

TEST_F(AReadingConnection, ReportsAReset) {
  opens();
  far_resets();
  test::turn(reactor_);
  EXPECT_EQ(handler_.failure, ErrorCode::kReset);
  EXPECT_EQ(handler_.eofs, 0);
  EXPECT_TRUE(connection_.failed());
  EXPECT_LE(test::run_for(reactor_, milliseconds(30)), 5U);
  EXPECT_EQ(handler_.failures, 1);
}

// ---- how much a receive asks for

class AConnectionThatReadsMuch : public AConnection {
 protected:
  // Sizes of what is handed up while the far end sends all it can.
  std::vector<std::size_t> sizes(std::size_t offers_max) {
    const std::string much(256 * 1024, 'x');
    handler_.offers.clear();
    EXPECT_TRUE(test::run_until(reactor_, [&] {
      static_cast<void>(os::send(far_.fd(), much));
      return handler_.offers.size() >= offers_max;
    }));
    std::vector<std::size_t> result;
    for (const std::string& offer : handler_.offers) result.push_back(offer.size());
    return result;
  }

  static bool is_bounded_by_doubling(const std::vector<std::size_t>& sizes, std::size_t first) {
    std::size_t bound = first;
    return std::ranges::all_of(sizes, [&](std::size_t size) {
      const bool within = size <= bound;
      if (size == bound) bound = std::min<std::size_t>(bound * 2, kReadBytesMax);
      return within;
    });
  }
};

TEST_F(AConnectionThatReadsMuch, DoublesFromTheLeastToTheMost) {
  opens();
  connection_.set_read_bytes(kReadBytesMin, kReadBytesMax);
  const std::vector<std::size_t> all = sizes(30);
  EXPECT_EQ(all.front(), kReadBytesMin);
  EXPECT_TRUE(is_bounded_by_doubling(all, kReadBytesMin));
  EXPECT_EQ(std::ranges::max(all), kReadBytesMax);
}

TEST_F(AConnectionThatReadsMuch, BeginsAsSmallAsItIsTold) {
  opens();
  connection_.set_read_bytes(1000, kReadBytesMax);
  const std::vector<std::size_t> all = sizes(5);
  EXPECT_EQ(all.front(), 1000U);
  EXPECT_TRUE(is_bounded_by_doubling(all, 1000));
}

TEST_F(AConnectionThatReadsMuch, DoesNotGrowBeyondWhatItIsTold) {
  opens();
  connection_.set_read_bytes(1000, 1000);
  EXPECT_EQ(std::ranges::max(sizes(10)), 1000U);
}

TEST_F(AConnectionThatReadsMuch, BeginsAnewAfterAPause) {
  opens();
  connection_.set_read_bytes(kReadBytesMin, kReadBytesMax);
  EXPECT_GT(std::ranges::max(sizes(10)), kReadBytesMin);
  connection_.set_reading(false);
  connection_.set_reading(true);
  const std::vector<std::size_t> all = sizes(2);
  EXPECT_LE(all.front(), kReadBytesMin);
}

}  // namespace
}  // namespace lb::net
