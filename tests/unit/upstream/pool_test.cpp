#include "lb/upstream/pool.h"

#include <algorithm>

#include "tests/unit/upstream/client_fixture.h"

namespace lb::upstream {
namespace {

using std::chrono::milliseconds;

class APool : public AClient {
 protected:
  struct Lease {
    std::unique_ptr<H1Client> client;
    test::Peer origin;
  };

  // A connection that has carried one request.
  Lease used(std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") {
    handler_ = {};
    connects();
    asks();
    answers(answer);
    return {std::move(client_), std::move(origin_)};
  }
  // The server's end of a connection that rests in the pool.
  test::Peer pooled() {
    Lease lease = used();
    upstream().give_back(std::move(lease.client));
    return std::move(lease.origin);
  }
  // The same, of several at once.
  std::vector<test::Peer> pooled(std::size_t count) {
    std::vector<Lease> leases;
    for (std::size_t i = 0; i < count; ++i) leases.push_back(used());
    std::vector<test::Peer> origins;
    for (Lease& lease : leases) {
      upstream().give_back(std::move(lease.client));
      origins.push_back(std::move(lease.origin));
    }
    return origins;
  }

  [[nodiscard]] bool ends(test::Peer& origin) {
    return test::run_until(reactor_, [&] { return origin.saw_end(); });
  }
  [[nodiscard]] bool has_size(std::size_t size) {
    return test::run_until(reactor_, [&] { return pool().size() == size; });
  }
};

TEST_F(APool, KeepsACleanConnection) {
  test::Peer origin = pooled();
  EXPECT_EQ(pool().size(), 1U);
  test::run_for(reactor_, milliseconds(10));
  EXPECT_FALSE(origin.saw_end());
}

TEST_F(APool, IsEmptyAtFirst) {
  upstream();
  EXPECT_EQ(pool().take(), nullptr);
  EXPECT_FALSE(pool().evict_oldest());
}

TEST_F(APool, GivesTheNewestFirst) {
  Lease first = used();
  Lease second = used();
  const H1Client* const older = first.client.get();
  const H1Client* const newer = second.client.get();
  upstream().give_back(std::move(first.client));
  upstream().give_back(std::move(second.client));
  const auto taken = pool().take();
  EXPECT_EQ(taken.get(), newer);
  const auto next = pool().take();
  EXPECT_EQ(next.get(), older);
  EXPECT_EQ(pool().size(), 0U);
}

TEST_F(APool, EvictsTheOldestWhenItIsFull) {
  idle_max_ = 2;
  std::vector<test::Peer> origins = pooled(3);
  EXPECT_EQ(pool().size(), 2U);
  EXPECT_TRUE(ends(origins[0]));
  EXPECT_FALSE(origins[1].saw_end());
  EXPECT_FALSE(origins[2].saw_end());
}

TEST_F(APool, OfSizeZeroKeepsNothing) {
  idle_max_ = 0;
  test::Peer origin = pooled();
  EXPECT_EQ(pool().size(), 0U);
  EXPECT_TRUE(ends(origin));
}

TEST_F(APool, DropsAConnectionWhoseServerCloses) {
  test::Peer origin = pooled();
  origin.closes();
  EXPECT_TRUE(has_size(0));
}

TEST_F(APool, DropsAConnectionWhoseServerResets) {
  test::Peer origin = pooled();
  origin.resets();
  EXPECT_TRUE(has_size(0));
}

TEST_F(APool, DropsAConnectionWhoseServerSpeaksOutOfTurn) {
  test::Peer origin = pooled();
  origin.sends("HTTP/1.1 408 Request Timeout\r\n\r\n");
  EXPECT_TRUE(has_size(0));
  EXPECT_TRUE(ends(origin));
  EXPECT_EQ(handler_.failures, 0);
}

// No turn has told of it, but it has rested long enough to be looked at.
TEST_F(APool, DoesNotGiveAConnectionWhoseServerSpokeUnseen) {
  test::Peer origin = pooled();
  test::run_for(reactor_, kRestUnseen + milliseconds(10));
  origin.sends("HTTP/1.1 408 Request Timeout\r\n\r\n");
  origin.waits_until_it_arrived();
  EXPECT_EQ(pool().take(), nullptr);
  EXPECT_EQ(pool().size(), 0U);
  EXPECT_TRUE(ends(origin));
}

// The head of the request that is to be sent may lie in the memory of the turn.
TEST_F(APool, LooksAtAConnectionBesideTheMemoryOfTheTurn) {
  test::Peer origin = pooled();
  test::run_for(reactor_, kRestUnseen + milliseconds(10));
  origin.sends("HTTP/1.1 408 Request Timeout\r\n\r\n");
  origin.waits_until_it_arrived();
  const std::span<char> memory = reactor_.scratch().in;
  std::ranges::fill(memory, 'x');
  EXPECT_EQ(pool().take(), nullptr);
  EXPECT_TRUE(std::ranges::all_of(memory, [](char c) { return c == 'x'; }));
}

TEST_F(APool, GivesTheNextOneWhereTheNewestHasEndedUnseen) {
  std::vector<test::Peer> origins = pooled(2);
  test::run_for(reactor_, kRestUnseen + milliseconds(10));
  origins[1].sends("?");
  origins[1].waits_until_it_arrived();
  const auto taken = pool().take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(pool().size(), 0U);
  EXPECT_FALSE(origins[0].saw_end());
}

TEST_F(APool, DropsTheRightOneOfSeveral) {
  std::vector<test::Peer> origins = pooled(3);
  origins[1].closes();
  EXPECT_TRUE(has_size(2));
  EXPECT_FALSE(origins[0].saw_end());
  EXPECT_FALSE(origins[2].saw_end());
}

TEST_F(APool, DropsAConnectionThatRestedTooLong) {
  limits_.keepalive_timeout = milliseconds(20);
  test::Peer origin = pooled();
  EXPECT_TRUE(has_size(0));
  EXPECT_TRUE(ends(origin));
}

TEST_F(APool, DoesNotCountTheTimeOfALeaseAsRest) {
  limits_.keepalive_timeout = milliseconds(20);
  origin_ = pooled();
  handler_ = {};
  opens();
  ASSERT_TRUE(client_->connected());
  asks();
  test::run_for(reactor_, milliseconds(60));
  EXPECT_EQ(handler_.failures, 0);
  answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(client_->reusable());
}

TEST_F(APool, NeverKeepsAnUncleanConnection) {
  for (const char* answer : {
           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nsurplus",
           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
           "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
       }) {
    Lease lease = used(answer);
    upstream().give_back(std::move(lease.client));
    EXPECT_EQ(pool().size(), 0U) << answer;
    EXPECT_TRUE(ends(lease.origin)) << answer;
  }
}

TEST_F(APool, NeverKeepsAConnectionThatHasNotCarriedItsResponse) {
  connects();
  asks();
  upstream().give_back(std::move(client_));
  EXPECT_EQ(pool().size(), 0U);
  EXPECT_TRUE(ends(origin_));
}

TEST_F(APool, DoesNotKeepAConnectionToAServerThatWentDownMeanwhile) {
  Lease lease = used();
  ASSERT_TRUE(upstream().observe(*upstream().endpoints()[0], Health::Verdict::kRefused, {}));
  upstream().give_back(std::move(lease.client));
  EXPECT_EQ(pool().size(), 0U);
  EXPECT_TRUE(ends(lease.origin));
}

TEST_F(APool, EndsAllWhenCleared) {
  std::vector<test::Peer> origins = pooled(3);
  pool().clear();
  EXPECT_EQ(pool().size(), 0U);
  for (test::Peer& origin : origins) EXPECT_TRUE(ends(origin));
}

}  // namespace
}  // namespace lb::upstream
