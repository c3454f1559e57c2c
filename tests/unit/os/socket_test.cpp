#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "lb/os/os.h"
#include "tests/unit/support/loopback.h"

namespace lb::os {
namespace {

// Connects to what listens at `address` and returns the accepted end; `fd` is the other.
Accepted accept_from(const Fd& listener, const Address& address, Fd& fd) {
  auto opened = open_stream(address.family());
  EXPECT_TRUE(opened.has_value());
  fd = std::move(*opened);
  const int error = connect(fd.get(), address);
  EXPECT_TRUE(error == 0 || is_in_progress(error)) << error_text(error);
  EXPECT_TRUE(test::wait_until_readable(listener.get()));
  return accept(listener.get());
}

TEST(AListener, TakesAFreePortForPortZero) {
  const auto listener = listen(test::loopback(0), 1);
  ASSERT_TRUE(listener.has_value());
  EXPECT_NE(local_port(listener->get()), 0);
}

TEST(AListener, TellsThatThePortIsTaken) {
  test::Listening listening;
  const auto second = listen(listening.address(), 1);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(), EADDRINUSE);
}

TEST(AListener, HasNobodyToAcceptAtFirst) {
  test::Listening listening;
  const Accepted accepted = accept(listening.fd());
  EXPECT_FALSE(accepted.fd.is_open());
  EXPECT_EQ(accepted.error, EAGAIN);
}

TEST(AListener, TellsWhoConnected) {
  const auto listener = listen(test::loopback(0), 1);
  ASSERT_TRUE(listener.has_value());
  Fd fd;
  const Accepted accepted = accept_from(*listener, test::loopback(local_port(listener->get())), fd);
  ASSERT_EQ(accepted.error, 0);
  EXPECT_EQ(accepted.peer, test::loopback(local_port(fd.get())).ip);
}

TEST(AListener, TellsAnIpv6Peer) {
  const auto listener = listen(test::loopback6(0), 1);
  if (!listener) GTEST_SKIP() << "this machine has no IPv6: " << error_text(listener.error());
  const std::uint16_t port = local_port(listener->get());
  Fd fd;
  const Accepted accepted = accept_from(*listener, test::loopback6(port), fd);
  EXPECT_EQ(accepted.peer, test::loopback6(local_port(fd.get())).ip);
}

TEST(AListener, OfAUnixSocketHasPeersWithoutAddress) {
  const Address address = test::unix_address("os-listen");
  const auto listener = listen(address, 1);
  ASSERT_TRUE(listener.has_value());
  Fd fd;
  const Accepted accepted = accept_from(*listener, address, fd);
  std::filesystem::remove(address.unix_path);
  ASSERT_EQ(accepted.error, 0);
  EXPECT_EQ(accepted.peer.family, Family::kUnix);
}

TEST(Connecting, ToAPortWhereNobodyListensIsRefused) {
  test::Refusing refusing;
  const auto fd = open_stream(Family::kIpv4);
  ASSERT_TRUE(fd.has_value());
  int error = connect(fd->get(), refusing.address());
  if (is_in_progress(error)) {
    ASSERT_TRUE(test::wait_until_writable(fd->get()));
    error = socket_error(fd->get());
    EXPECT_EQ(socket_error(fd->get()), 0) << "reading it clears it";
  }
  EXPECT_EQ(error, ECONNREFUSED);
}

TEST(Connecting, ToAUnixSocketThatIsMissingFails) {
  const auto fd = open_stream(Family::kUnix);
  ASSERT_TRUE(fd.has_value());
  EXPECT_EQ(connect(fd->get(), test::unix_address("os-missing")), ENOENT);
}

TEST(AStream, CarriesSlicesInOrder) {
  test::Pair pair = test::connected_pair();
  const std::string_view slices[] = {"one ", "", "two ", "three"};
  const IoResult put = send_slices(pair.near.get(), slices);
  EXPECT_EQ(put.error, 0);
  EXPECT_EQ(put.bytes, 13U);
  ASSERT_TRUE(test::wait_until_readable(pair.far.fd()));
  EXPECT_EQ(pair.far.received(), "one two three");
}

TEST(AStream, WouldBlockWhereNothingHasCome) {
  test::Pair pair = test::connected_pair();
  std::array<char, 8> space;
  const IoResult got = receive(pair.near.get(), space);
  EXPECT_TRUE(got.would_block());
  EXPECT_EQ(got.bytes, 0U);
}

TEST(AStream, GivesWhatHasComeUpToTheSpace) {
  test::Pair pair = test::connected_pair();
  pair.far.sends("hello");
  ASSERT_TRUE(test::wait_until_readable(pair.near.get()));
  std::array<char, 3> space;
  const IoResult got = receive(pair.near.get(), space);
  EXPECT_EQ(std::string(space.data(), got.bytes), "hel");
}

TEST(AStream, EndsWithZeroBytesAndNoError) {
  test::Pair pair = test::connected_pair();
  pair.far.half_closes();
  ASSERT_TRUE(test::wait_until_readable(pair.near.get()));
  std::array<char, 8> space;
  const IoResult got = receive(pair.near.get(), space);
  EXPECT_EQ(got.error, 0);
  EXPECT_FALSE(got.would_block());
  EXPECT_EQ(got.bytes, 0U);
}

TEST(AStream, GoesOnInTheOtherDirectionAfterItsEnd) {
  test::Pair pair = test::connected_pair();
  ASSERT_EQ(shut_write(pair.near.get()), 0);
  ASSERT_TRUE(test::wait_until_readable(pair.far.fd()));
  EXPECT_TRUE(pair.far.saw_eof());
  pair.far.sends("still here");
  ASSERT_TRUE(test::wait_until_readable(pair.near.get()));
}

TEST(AStream, TellsAFullBufferFromAFailure) {
  test::Pair pair = test::narrow_pair();
  const std::string much(1 << 20, 'x');
  IoResult put = send(pair.near.get(), much);
  EXPECT_LT(put.bytes, much.size());
  while (put.error == 0) put = send(pair.near.get(), much);
  EXPECT_TRUE(put.would_block());
}

TEST(AStream, IsResetByAnAbort) {
  test::Pair pair = test::connected_pair();
  abort_on_close(pair.near.get());
  pair.near.reset();
  ASSERT_TRUE(test::wait_until_readable(pair.far.fd()));
  EXPECT_TRUE(pair.far.saw_reset());
}

TEST(AStream, ReportsABrokenPipeWithoutASignal) {
  test::Pair pair = test::connected_pair();
  ASSERT_EQ(shut_write(pair.near.get()), 0);
  EXPECT_EQ(send(pair.near.get(), std::string_view("x")).error, EPIPE);
}

}  // namespace
}  // namespace lb::os
