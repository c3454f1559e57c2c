#include "lb/net/pipe.h"

#include <sys/socket.h>

#include "lb/base/sanitized.h"
#include "tests/unit/net/connection_fixture.h"

namespace lb::net {
namespace {

constexpr std::size_t kLarge = 300'000;

std::string text_of_size(std::size_t size) {
  std::string text(size, 'a');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

TEST(APipePool, LendsNoMoreThanItMay) {
  event::Reactor reactor;
  PipePool pool(reactor, 2, 0);
  PipeLease one = pool.lease();
  const PipeLease two = pool.lease();
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(pool.lease());
  EXPECT_EQ(pool.leased(), 2U);
  one.reset();
  EXPECT_TRUE(pool.lease());
  EXPECT_EQ(pool.leased(), 1U);
}

TEST(APipePool, TakesForLargeWhatIsWorthAPipe) {
  event::Reactor reactor;
  EXPECT_TRUE(PipePool(reactor, 1, 256 * 1024).is_large(kPieceBytesMin));
  EXPECT_FALSE(PipePool(reactor, 1, 256 * 1024).is_large(kPieceBytesMin - 1));
  EXPECT_TRUE(PipePool(reactor, 1, 1000).is_large(1000));
  EXPECT_FALSE(PipePool(reactor, 1, 1000).is_large(999));
}

TEST(APipePool, KeepsAFewBetweenLeases) {
  event::Reactor reactor;
  PipePool pool(reactor, PipePool::kIdleMax + 2, 0);
  EXPECT_FALSE(pool.free_descriptors());
  std::vector<PipeLease> leases;
  for (std::size_t i = 0; i < PipePool::kIdleMax + 2; ++i) leases.push_back(pool.lease());
  const Pipe* const last = leases.front().get();
  leases.erase(leases.begin() + 1, leases.end());
  leases.clear();
  EXPECT_NE(pool.lease().get(), nullptr);
  EXPECT_NE(pool.lease().get(), last) << "there was room for no more";
  EXPECT_TRUE(pool.free_descriptors());
  EXPECT_FALSE(pool.free_descriptors());
}

TEST(APipePool, ClosesThoseThatNobodyUses) {
  event::Reactor reactor;
  PipePool pool(reactor, 4, 0);
  pool.lease().reset();
  test::run_for(reactor, PipePool::kIdle + std::chrono::milliseconds(50));
  EXPECT_FALSE(pool.free_descriptors());
  EXPECT_TRUE(pool.lease());
}

TEST(APipePool, HasNoneWhereThereIsNoDescriptor) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  event::Reactor reactor;
  PipePool pool(reactor, 4, 0);
  {
    const test::NoDescriptorLeft none;
    EXPECT_FALSE(pool.lease());
    EXPECT_EQ(pool.leased(), 0U);
  }
  // It is not asked each time.
  int skipped = 0;
  while (!pool.lease()) ++skipped;
  EXPECT_EQ(skipped, PipePool::kLeasesSkipped);
}

// What a connection reads goes past the program to another one.
class ABypass : public AConnection, public ConnectionHandler {
 protected:
  ~ABypass() override { source_.close(); }

  void opens_both(test::Pair sink = test::connected_pair()) {
    opens(std::move(sink));
    test::Pair pair = test::connected_pair();
    writer_ = std::move(pair.far);
    ASSERT_EQ(source_.open(std::move(pair.near)), 0);
    source_.set_bypassing(true);
  }

  Bypass bypass() override {
    if (!has_pipe_) return {};
    return {.pipe = connection_.lease_pipe(pool_), .bytes_max = bytes_max_};
  }
  void on_bypassed(std::size_t bytes) override {
    bypassed_ += bytes;
    ++pieces_;
    if (connection_.send_piped()) source_.set_reading(false);
  }
  std::size_t on_bytes(std::span<char> bytes) override {
    received_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_eof() override { eof_ = true; }
  void on_drained() override {}
  void on_sent() override {}
  void on_failed(ErrorCode code, int) override { failure_ = code; }

  PipePool pool_{reactor_, 4, 0};
  Connection source_{reactor_, *this, Unread::kKeep};
  test::Peer writer_;
  std::uint64_t bytes_max_ = UINT64_MAX;
  bool has_pipe_ = true;
  std::size_t bypassed_ = 0;
  int pieces_ = 0;
  std::string received_;
  bool eof_ = false;
  std::optional<ErrorCode> failure_;
};

TEST_F(ABypass, CarriesWhatComesToTheOtherEnd) {
  opens_both();
  writer_.sends("past the program");
  EXPECT_TRUE(far_receives("past the program"));
  EXPECT_EQ(bypassed_, 16U);
  EXPECT_EQ(received_, "");
  EXPECT_EQ(connection_.bytes_sent(), 16U);
  EXPECT_TRUE(connection_.sent());
  EXPECT_EQ(pool_.leased(), 0U) << "an empty pipe is given back";
}

TEST_F(ABypass, TakesNoMoreThanItMay) {
  opens_both();
  bytes_max_ = 4;
  writer_.sends("fourmore");
  ASSERT_TRUE(test::wait_until_readable(source_.fd()));
  test::turn(reactor_);
  EXPECT_EQ(bypassed_, 4U);
  source_.set_bypassing(false);
  EXPECT_TRUE(test::run_until(reactor_, [&] { return received_ == "more"; }));
  EXPECT_EQ(far_.received(), "four");
}

TEST_F(ABypass, HoldsInThePipeWhatTheSinkDoesNotTake) {
  opens_both(test::narrow_pair());
  handler_.then_drained = [&] { source_.set_reading(true); };
  const std::string text = text_of_size(kLarge);
  std::size_t offered = 0;
  EXPECT_TRUE(test::run_until(reactor_, [&] {
    const os::IoResult put = os::send(writer_.fd(), std::string_view(text).substr(offered));
    offered += put.bytes;
    return connection_.waiting_bytes() > 0;
  }));
  EXPECT_FALSE(connection_.sent());
  EXPECT_FALSE(source_.reading()) << "it waits until the pipe is empty";
  EXPECT_EQ(connection_.lease_pipe(pool_), nullptr);
  EXPECT_EQ(pool_.leased(), 1U);
  EXPECT_TRUE(test::run_until(reactor_, [&] {
    const os::IoResult put = os::send(writer_.fd(), std::string_view(text).substr(offered));
    offered += put.bytes;
    return far_.received().size() == text.size();
  }));
  EXPECT_EQ(far_.received(), text);
  EXPECT_GT(handler_.drains, 0);
  EXPECT_GT(handler_.sents, 0);
  EXPECT_EQ(pool_.leased(), 0U);
}

TEST_F(ABypass, KeepsTheOrderOfWhatIsSentBehindIt) {
  opens_both(test::narrow_pair());
  const std::string text = text_of_size(kLarge);
  std::size_t offered = 0;
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    const os::IoResult put = os::send(writer_.fd(), std::string_view(text).substr(offered));
    offered += put.bytes;
    return connection_.waiting_bytes() > 0;
  }));
  const std::string piped = text.substr(0, bypassed_);
  EXPECT_TRUE(send(" and then")) << "still full";
  connection_.finish();
  EXPECT_TRUE(far_receives(piped + " and then"));
  EXPECT_TRUE(test::run_until(reactor_, [&] { return far_.saw_eof(); }));
}

TEST_F(ABypass, EndsWithItsSource) {
  opens_both();
  writer_.sends("all");
  writer_.half_closes();
  EXPECT_TRUE(test::run_until(reactor_, [&] { return eof_; }));
  EXPECT_TRUE(far_receives("all"));
  EXPECT_TRUE(connection_.sent()) << "whatever pipe is at hand is empty";
}

// splice(2) stops before an urgent byte, and says that there is nothing, or that this is the end.
TEST_F(ABypass, EndsNotBeforeAnUrgentByte) {
  opens_both();
  writer_.sends("before");
  ASSERT_EQ(::send(writer_.fd(), "!", 1, MSG_OOB), 1);
  writer_.sends("behind");
  writer_.half_closes();
  EXPECT_TRUE(test::run_until(reactor_, [&] { return eof_; }));
  EXPECT_TRUE(far_receives("before"));
  EXPECT_EQ(received_, "behind") << "it came here";
}

TEST_F(ABypass, FailsWithItsSource) {
  opens_both();
  writer_.resets();
  EXPECT_TRUE(test::run_until(reactor_, [&] { return failure_.has_value(); }));
  EXPECT_EQ(failure_, ErrorCode::kReset);
  EXPECT_FALSE(send("the next piece")) << "which needs no pipe";
  EXPECT_EQ(pool_.leased(), 0U);
}

TEST_F(ABypass, DropsWhatItsSinkWillNeverTake) {
  opens_both();
  far_.resets();
  ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.failures > 0; }));
  EXPECT_EQ(connection_.lease_pipe(pool_), nullptr);
  connection_.close();
  writer_.sends("comes here");
  EXPECT_TRUE(test::run_until(reactor_, [&] { return received_ == "comes here"; }));
}

TEST_F(ABypass, ClosesThePipeOfAConnectionThatIsClosed) {
  opens_both(test::narrow_pair());
  const std::string text = text_of_size(kLarge);
  std::size_t offered = 0;
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    const os::IoResult put = os::send(writer_.fd(), std::string_view(text).substr(offered));
    offered += put.bytes;
    return connection_.waiting_bytes() > 0;
  }));
  connection_.close();
  EXPECT_EQ(pool_.leased(), 0U);
  EXPECT_FALSE(pool_.free_descriptors()) << "one that is not empty is of no use to another";
}

TEST_F(ABypass, LetsBytesComeHereWhereThereIsNoPipe) {
  opens_both();
  has_pipe_ = false;
  writer_.sends("comes here");
  EXPECT_TRUE(test::run_until(reactor_, [&] { return received_ == "comes here"; }));
  EXPECT_EQ(pieces_, 0);
  EXPECT_TRUE(source_.bypassing()) << "there may be one next time";
}

}  // namespace
}  // namespace lb::net
