#include "tests/unit/support/loopback.h"

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <vector>

#include "lb/base/log.h"
#include "tests/unit/support/turns.h"

namespace lb::test {
namespace {

[[nodiscard]] bool wait_until_ready(int fd, os::Interest interest) {
  const auto poller = os::open_poller();
  const auto timer = os::open_timer();
  if (!poller || !timer) return false;
  os::arm_timer(timer->get(), os::now() + kPatience);
  if (os::poller_add(poller->get(), fd, interest, 1) != 0) return false;
  if (os::poller_add(poller->get(), timer->get(), {.read = true, .write = false}, 2) != 0) {
    return false;
  }
  std::array<os::Event, 1> event;
  while (os::wait(poller->get(), event, true) == 0) {
  }
  return event[0].token == 1;
}

os::Fd connect_to(const os::Address& address) {
  auto fd = os::open_stream(address.family());
  EXPECT_TRUE(fd.has_value());
  const int error = os::connect(fd->get(), address);
  EXPECT_TRUE(error == 0 || os::is_in_progress(error)) << os::error_text(error);
  return std::move(*fd);
}

// Small, but not so small that the kernel's care about silly windows makes it slow.
void shrink(int fd, int option) {
  const int bytes = 32 * 1024;
  EXPECT_EQ(setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes), 0);
}

}  // namespace

os::Address loopback(std::uint16_t port) {
  os::Address address;
  address.ip.family = os::Family::kIpv4;
  address.ip.port = port;
  address.ip.octets[0] = 127;
  address.ip.octets[3] = 1;
  return address;
}

os::Address loopback6(std::uint16_t port) {
  os::Address address;
  address.ip.family = os::Family::kIpv6;
  address.ip.port = port;
  address.ip.octets[15] = 1;
  return address;
}

os::Address unix_address(std::string_view name) {
  os::Address address;
  address.unix_path = testing::TempDir() + "lb-" + std::to_string(getpid()) + "-";
  address.unix_path += name;
  return address;
}

bool wait_until_readable(int fd) {
  return wait_until_ready(fd, {.read = true, .write = false});
}

bool wait_until_writable(int fd) {
  return wait_until_ready(fd, {.read = false, .write = true});
}

// ---- Peer

Peer Peer::connected_to(std::uint16_t port) {
  Peer peer(connect_to(loopback(port)));
  EXPECT_TRUE(wait_until_writable(peer.fd()));
  EXPECT_EQ(os::socket_error(peer.fd()), 0);
  return peer;
}

void Peer::sends(std::string_view text) {
  const os::IoResult put = os::send(fd_.get(), text);
  EXPECT_EQ(put.error, 0) << os::error_text(put.error);
  EXPECT_EQ(put.bytes, text.size()) << "more than the kernel takes at once";
}

void Peer::waits_until_it_arrived() const {
  const os::Time deadline = os::now() + kPatience;
  int on_the_way = 1;
  while (on_the_way > 0 && os::now() < deadline) {
    ASSERT_EQ(ioctl(fd_.get(), SIOCOUTQ, &on_the_way), 0);
  }
  EXPECT_EQ(on_the_way, 0);
}

void Peer::half_closes() {
  EXPECT_EQ(os::shut_write(fd_.get()), 0);
}

void Peer::resets() {
  os::abort_on_close(fd_.get());
  fd_.reset();
}

const std::string& Peer::received(std::size_t bytes_max) {
  std::vector<char> space(std::min<std::size_t>(bytes_max, 256 * 1024));
  while (bytes_max > 0 && fd_.is_open() && !eof_ && !reset_) {
    const auto ask = std::min(space.size(), bytes_max);
    const os::IoResult got = os::receive(fd_.get(), std::span(space).first(ask));
    if (got.would_block()) break;
    reset_ = got.error == ECONNRESET;
    eof_ = got.error == 0 && got.bytes == 0;
    EXPECT_TRUE(got.error == 0 || reset_) << os::error_text(got.error);
    received_.append(space.data(), got.bytes);
    bytes_max -= got.bytes;
  }
  return received_;
}

bool Peer::saw_eof() {
  static_cast<void>(received());
  return eof_;
}

bool Peer::saw_reset() {
  static_cast<void>(received());
  return reset_;
}

// ---- pairs and listeners

Pair connected_pair() {
  Listening listening;
  os::Fd near = connect_to(listening.address());
  Peer far = listening.accept();
  EXPECT_TRUE(wait_until_writable(near.get()));
  return {std::move(near), std::move(far)};
}

Pair narrow_pair() {
  Pair pair = connected_pair();
  for (const int fd : {pair.near.get(), pair.far.fd()}) {
    shrink(fd, SO_SNDBUF);
    shrink(fd, SO_RCVBUF);
  }
  return pair;
}

Listening::Listening(int backlog) {
  auto fd = os::listen(loopback(0), backlog);
  EXPECT_TRUE(fd.has_value());
  fd_ = std::move(*fd);
  port_ = os::local_port(fd_.get());
}

Peer Listening::accept_now() {
  os::Accepted accepted = os::accept(fd_.get());
  return Peer(std::move(accepted.fd));
}

Peer Listening::accept() {
  EXPECT_TRUE(wait_until_readable(fd_.get()));
  return accept_now();
}

Refusing::Refusing() {
  auto fd = os::open_stream(os::Family::kIpv4);
  EXPECT_TRUE(fd.has_value());
  fd_ = std::move(*fd);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  port_ = os::local_port(fd_.get());
}

// A backlog of 0 has room for one (listen(2)); the second may wait halfway.
Silent::Silent() : listening_(0) {
  first_ = connect_to(listening_.address());
  EXPECT_TRUE(wait_until_writable(first_.get()));
  second_ = connect_to(listening_.address());
}

NoDescriptorLeft::NoDescriptorLeft() {
  log::configure(log::Level::kOff, log::Format::kText);
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
  const auto next = os::open_stream(os::Family::kIpv4);  // the lowest number that is free
  rlimit limit = before_;
  limit.rlim_cur = static_cast<rlim_t>(next->get());
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

NoDescriptorLeft::~NoDescriptorLeft() {
  setrlimit(RLIMIT_NOFILE, &before_);
  log::configure(log::Level::kInfo, log::Format::kText);
}

}  // namespace lb::test
