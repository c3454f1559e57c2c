#include "app/listen.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/unit/support/loopback.h"

namespace lb::app {
namespace {

constexpr int kBacklog = 16;

ListenAddress at(std::string host, std::uint16_t port = 0) {
  return {.host = std::move(host), .port = port, .unix_path = {}};
}

TEST(ListenOn, TellsThePortThatWasDrawn) {
  const auto listening = listen_on(at("127.0.0.1"), kBacklog);
  ASSERT_TRUE(listening) << listening.error();
  ASSERT_EQ(listening->sockets.size(), 1U);
  EXPECT_NE(listening->where.port, 0);
  EXPECT_EQ(describe(listening->where), "127.0.0.1:" + std::to_string(listening->where.port));
  EXPECT_TRUE(test::Peer::connected_to(listening->where.port).is_open());
}

TEST(ListenOn, MeansEveryAddressOfThisMachineWithoutAHost) {
  const auto listening = listen_on(at(""), kBacklog);
  ASSERT_TRUE(listening) << listening.error();
  EXPECT_EQ(describe(listening->where), ":" + std::to_string(listening->where.port));
  for (const os::Fd& socket : listening->sockets) {
    EXPECT_EQ(os::local_port(socket.get()), listening->where.port);
  }
  EXPECT_TRUE(test::Peer::connected_to(listening->where.port).is_open());
  const auto six = os::open_stream(os::Family::kIpv6);
  if (!six || listening->sockets.size() < 2) GTEST_SKIP() << "this machine has no IPv6";
  const int error = os::connect(six->get(), test::loopback6(listening->where.port));
  if (error != 0 && !os::is_in_progress(error)) GTEST_SKIP() << "this machine has no ::1";
  ASSERT_TRUE(test::wait_until_writable(six->get()));
  EXPECT_EQ(os::socket_error(six->get()), 0);
}

TEST(ListenOn, IsRefusedWhereSomebodyListens) {
  const test::Listening other;
  const auto listening = listen_on(at("127.0.0.1", other.port()), kBacklog);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error(), "cannot listen on 127.0.0.1:" + std::to_string(other.port()) +
                                   ": Address already in use");
}

// listen(2): a backlog of N has room for N + 1.
TEST(ListenOn, LetsSoManyWait) {
  const auto listening = listen_on(at("127.0.0.1"), 1);
  ASSERT_TRUE(listening) << listening.error();
  const auto first = test::Peer::connected_to(listening->where.port);
  const auto second = test::Peer::connected_to(listening->where.port);
  const auto third = os::open_stream(os::Family::kIpv4);
  ASSERT_TRUE(third.has_value());
  EXPECT_TRUE(os::is_in_progress(os::connect(third->get(), test::loopback(listening->where.port))));
  EXPECT_EQ(os::accept(listening->sockets[0].get()).error, 0);
  EXPECT_EQ(os::accept(listening->sockets[0].get()).error, 0);
  EXPECT_EQ(os::accept(listening->sockets[0].get()).error, EAGAIN) << "it was not let in";
}

class AUnixPath : public testing::Test {
 protected:
  ~AUnixPath() override { std::filesystem::remove(path()); }

  [[nodiscard]] const std::string& path() const { return address_.unix_path; }
  [[nodiscard]] bool exists() const { return std::filesystem::exists(path()); }
  [[nodiscard]] auto listens() const {
    return listen_on({.host = {}, .port = 0, .unix_path = path()}, kBacklog);
  }
  // The error of a connect; 0 where somebody listens.
  [[nodiscard]] int connects() const {
    const auto fd = os::open_stream(os::Family::kUnix);
    return os::connect(fd->get(), address_);
  }
  // As a process that was killed leaves it.
  void leaves_a_stale_file() const {
    ASSERT_TRUE(os::listen(address_, kBacklog).has_value());
    ASSERT_TRUE(exists());
  }

  const os::Address address_ = test::unix_address("listen.sock");
};

TEST_F(AUnixPath, IsListenedOnAndTakenAwayAtTheEnd) {
  {
    const auto listening = listens();
    ASSERT_TRUE(listening) << listening.error();
    EXPECT_EQ(describe(listening->where), "unix:" + path());
    EXPECT_EQ(connects(), 0);
  }
  EXPECT_FALSE(exists());
}

TEST_F(AUnixPath, HasTheModeThatTheUmaskLeaves) {
  const mode_t before = umask(027);
  const auto listening = listens();
  umask(before);
  ASSERT_TRUE(listening) << listening.error();
  struct stat status{};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0750U);
}

TEST_F(AUnixPath, IsTakenOverFromTheDead) {
  leaves_a_stale_file();
  const auto listening = listens();
  ASSERT_TRUE(listening) << listening.error();
  EXPECT_EQ(connects(), 0);
}

TEST_F(AUnixPath, IsNotTakenOverFromTheLiving) {
  const auto living = os::listen(address_, kBacklog);
  ASSERT_TRUE(living.has_value());
  const auto listening = listens();
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error(), "cannot listen on unix:" + path() + ": Address already in use");
  EXPECT_EQ(connects(), 0) << "the other one is still there";
}

// Busy is not dead: connecting says EAGAIN.
TEST_F(AUnixPath, IsNotTakenOverFromTheBusy) {
  const auto busy = os::listen(address_, 0);
  ASSERT_TRUE(busy.has_value());
  const auto waits = os::open_stream(os::Family::kUnix);
  ASSERT_EQ(os::connect(waits->get(), address_), 0);
  EXPECT_EQ(connects(), EAGAIN);
  EXPECT_FALSE(listens());
  EXPECT_TRUE(exists());
}

TEST_F(AUnixPath, IsNotTakenFromAFileThatIsNoSocket) {
  std::ofstream(path()) << "precious";
  const auto listening = listens();
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error(),
            "cannot listen on unix:" + path() + ": the file that is there is no socket");
  std::string text;
  std::ifstream(path()) >> text;
  EXPECT_EQ(text, "precious");
}

TEST_F(AUnixPath, IsNotTakenFromALinkToNowhere) {
  std::filesystem::create_symlink(path() + ".missing", path());
  EXPECT_FALSE(listens());
  EXPECT_TRUE(std::filesystem::is_symlink(path()));
}

TEST_F(AUnixPath, IsLeftToWhoeverHasTakenItMeanwhile) {
  auto listening = listens();
  ASSERT_TRUE(listening) << listening.error();
  std::filesystem::remove(path());
  const auto next = os::listen(address_, kBacklog);
  ASSERT_TRUE(next.has_value());
  {
    const Listening gone = std::move(*listening);
  }
  EXPECT_TRUE(exists());
  EXPECT_EQ(connects(), 0);
}

TEST_F(AUnixPath, MustBeInAFolder) {
  const auto listening =
      listen_on({.host = {}, .port = 0, .unix_path = path() + ".missing/a.sock"}, kBacklog);
  ASSERT_FALSE(listening);
  EXPECT_NE(listening.error().find(": No such file or directory"), std::string::npos)
      << listening.error();
}

}  // namespace
}  // namespace lb::app
