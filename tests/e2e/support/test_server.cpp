#include "tests/e2e/support/test_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tests/e2e/support/address.h"
#include "tests/e2e/support/deadline.h"

namespace lb::e2e {
namespace {

constexpr int kTriesMax = 200;

SocketAddress address_of(const Place& place) {
  return place.unix_path.empty() ? ip_address(place.ip, place.port) : unix_address(place.unix_path);
}

}  // namespace

std::string Place::name() const {
  return unix_path.empty() ? shown + ':' + std::to_string(port) : "unix:" + unix_path;
}

TestServer::TestServer(Place place, Serve serve)
    : place_(std::move(place)), serve_(std::move(serve)), wake_(::eventfd(0, EFD_CLOEXEC)) {
  if (place_.unix_path.empty()) holds_place();
  listens();
}

TestServer::~TestServer() {
  dies();
  if (!place_.unix_path.empty()) ::unlink(place_.unix_path.c_str());
}

void TestServer::dies() {
  stops_accepting();
  fillers_.clear();
  {
    const std::scoped_lock lock(mutex_);
    for (const Connection& entry : connections_) {
      if (entry.number >= 0) ::shutdown(entry.number, SHUT_RDWR);
    }
  }
  for (Connection& entry : connections_) entry.thread.join();
  connections_.clear();
}

void TestServer::is_reborn() {
  listens();
}

// A queue of one that is full: the kernel drops every SYN that follows (tcp(7),
// tcp_abort_on_overflow is off).
void TestServer::stops_answering_connects() {
  wakes_acceptor();
  accepting_.join();
  ::listen(listener_.number(), 0);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    Fd filler = new_socket(address_of(place_), SOCK_NONBLOCK);
    if (::connect(filler.number(), address_of(place_).get(), address_of(place_).size) != 0 &&
        errno != EINPROGRESS) {
      throw Failure(std::string("connect: ") + std::strerror(errno));
    }
    pollfd entry{.fd = filler.number(), .events = POLLOUT, .revents = 0};
    const bool stuck = ::poll(&entry, 1, 100) == 0;
    fillers_.push_back(std::move(filler));
    if (stuck) return;
  }
  throw Failure("the queue of the listener never fills");
}

// Holds the port at the server's own address and, for a server that is called localhost, at the
// other one too: a neighbour's listener there would get what is meant for this server.
void TestServer::holds_place() {
  const std::uint16_t wanted = place_.port;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    holders_.clear();
    holders_.push_back(bound_socket(ip_address(place_.ip, wanted)));
    if (!holders_.front().open()) throw Failure("cannot bind " + place_.name());
    place_.port = port_of(holders_.front());
    if (place_.shown != "localhost") return;
    const std::string other = place_.ip == "::1" ? "127.0.0.1" : "::1";
    if (other == "::1" && !has_ipv6()) return;
    holders_.push_back(bound_socket(ip_address(other, place_.port)));
    if (holders_.back().open()) return;
  }
  throw Failure("no port is free at both addresses of localhost");
}

void TestServer::listens() {
  if (!place_.unix_path.empty()) ::unlink(place_.unix_path.c_str());
  listener_ = bound_socket(address_of(place_));
  if (!listener_.open() || ::listen(listener_.number(), SOMAXCONN) != 0) {
    throw Failure("cannot listen at " + name() + ": " + std::strerror(errno));
  }
  accepting_ = std::thread([this] { accepts(); });
}

void TestServer::accepts() {
  for (;;) {
    pollfd entries[] = {{.fd = listener_.number(), .events = POLLIN, .revents = 0},
                        {.fd = wake_.number(), .events = POLLIN, .revents = 0}};
    if (::poll(entries, 2, -1) < 0) continue;
    if (entries[1].revents != 0) {
      std::uint64_t count = 0;
      if (::read(wake_.number(), &count, sizeof count) == sizeof count) return;
    }
    Fd accepted(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted.open()) continue;
    const std::scoped_lock lock(mutex_);
    Connection& entry = connections_.emplace_back();
    entry.number = accepted.number();
    entry.thread = std::thread([this, &entry, id = ++last_id_, fd = std::move(accepted)]() mutable {
      serves(std::move(fd), entry, id);
    });
  }
}

// The function gets a duplicate, so that the number kept for dies() stays this connection's own
// until nobody can look at it any more.
void TestServer::serves(Fd connection, Connection& entry, int id) {
  serve_(Fd(::fcntl(connection.number(), F_DUPFD_CLOEXEC, 0)), id);
  const std::scoped_lock lock(mutex_);
  entry.number = -1;
  connection.close();
}

void TestServer::stops_accepting() {
  if (accepting_.joinable()) {
    wakes_acceptor();
    accepting_.join();
  }
  listener_.close();
}

// An eventfd takes this write whatever happens: its counter is far from full (eventfd(2)).
void TestServer::wakes_acceptor() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.number(), &one, sizeof one);
}

std::uint16_t first_of_free_ports(int count) {
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const std::uint16_t first = port_of(bound_socket(ip_address("127.0.0.1", 0)));
    bool all_free = first < 65'000;
    for (int i = 0; all_free && i < count; ++i) {
      const auto port = static_cast<std::uint16_t>(first + i);
      all_free = bound_socket(ip_address("127.0.0.1", port)).open() &&
                 (!has_ipv6() || bound_socket(ip_address("::1", port)).open());
    }
    if (all_free) return first;
  }
  throw Failure("no free ports side by side");
}

bool has_ipv6() {
  return bound_socket(ip_address("::1", 0)).open();
}

}  // namespace lb::e2e
