#include "tests/e2e/trials/backend/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "tests/e2e/support/address.h"
#include "tests/e2e/support/deadline.h"

namespace lb::e2e {
namespace {

constexpr int kEventsMax = 256;

Fd blocked_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGUSR1, SIGUSR2}) sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return Fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

void adds(const Fd& poll, const Fd& fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd.number();
  ::epoll_ctl(poll.number(), EPOLL_CTL_ADD, fd.number(), &event);
}

}  // namespace

BackendServer::BackendServer(const Behaviour& behaviour)
    : behaviour_(behaviour),
      ledger_(behaviour.ledger),
      dice_(behaviour.seed),
      mode_(behaviour.mode_from_signal ? Mode::kPlain : behaviour.mode),
      poll_(::epoll_create1(EPOLL_CLOEXEC)),
      signals_(blocked_signals()),
      scratch_(64 * 1024, ' ') {
  listens();
  adds(poll_, listener_);
  adds(poll_, signals_);
}

std::uint16_t BackendServer::port() const {
  return port_of(listener_);
}

void BackendServer::runs() {
  while (!leaving_ || !connections_.empty()) turns();
}

// ---- events

void BackendServer::listens() {
  const SocketAddress address = ip_address("127.0.0.1", behaviour_.port);
  listener_ = new_socket(address, SOCK_NONBLOCK);
  const int on = 1;
  ::setsockopt(listener_.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener_.number(), address.get(), address.size) != 0 ||
      ::listen(listener_.number(), SOMAXCONN) != 0) {
    throw Failure(std::string("cannot listen: ") + std::strerror(errno));
  }
}

void BackendServer::turns() {
  std::array<epoll_event, kEventsMax> events{};
  const int count = ::epoll_wait(poll_.number(), events.data(), kEventsMax, wait_milliseconds());
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == listener_.number()) {
      accepts();
    } else if (event.data.fd == signals_.number()) {
      on_signal();
    } else {
      on_ready(event.data.fd, event.events);
    }
  }
  on_due();
}

void BackendServer::accepts() {
  for (;;) {
    Fd fd(::accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.open()) return;
    const int on = 1;
    ::setsockopt(fd.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    adds(poll_, fd);
    const int number = fd.number();
    Connection& connection = connections_[number];
    connection.fd = std::move(fd);
    if (mode_ == Mode::kResetsOnAccept && meets_mode()) {
      ledger_.counts_misdeed();
      resets(connection);
    }
  }
}

void BackendServer::on_ready(int number, std::uint32_t events) {
  const auto found = connections_.find(number);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if ((events & EPOLLERR) != 0U) return closes(connection);
  if ((events & EPOLLOUT) != 0U) return flushes(connection);
  if (reads(connection)) serves(connection);
}

void BackendServer::on_signal() {
  signalfd_siginfo info{};
  while (::read(signals_.number(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGUSR1) mode_ = behaviour_.mode;
    if (info.ssi_signo == SIGUSR1 && mode_ == Mode::kAnswersNoConnect) fills_queue();
    if (info.ssi_signo == SIGUSR2) mode_ = Mode::kPlain;
    if (info.ssi_signo == SIGTERM && behaviour_.stops_abruptly) leaves_abruptly();
    if (info.ssi_signo == SIGTERM) leaves();
  }
}

void BackendServer::on_due() {
  const Time now = Clock::now();
  while (!due_.empty() && due_.begin()->first <= now) {
    Connection& connection = connections_.at(due_.begin()->second);
    due_.erase(due_.begin());
    switch (std::exchange(connection.step, Step::kNone)) {
      case Step::kNone:
        break;
      case Step::kAnswers:
        answers(connection);
        break;
      case Step::kEndsIdle:
        ends_idle(connection);
        break;
      case Step::kEndsHalfClosed:
      case Step::kCloses:
        closes(connection);
        break;
      case Step::kResets:
        resets(connection);
        break;
    }
  }
}

int BackendServer::wait_milliseconds() const {
  if (due_.empty()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(due_.begin()->first - Clock::now());
  return static_cast<int>(std::max<long long>(left.count(), 0));
}

// ---- the whole

bool BackendServer::meets_mode() {
  return ++met_ % behaviour_.every == 0;
}

void BackendServer::applies(RequestId id, bool post) {
  if (post) ledger_.applies(id);
}

std::vector<int> BackendServer::numbers() const {
  std::vector<int> numbers;
  numbers.reserve(connections_.size());
  for (const auto& [number, connection] : connections_) numbers.push_back(number);
  return numbers;
}

// Takes what has come, finishes what is in hand, and closes what is idle.
void BackendServer::leaves() {
  accepts();
  listener_.close();
  leaving_ = true;
  for (const int number : numbers()) {
    on_ready(number, EPOLLIN);
    const auto found = connections_.find(number);
    if (found == connections_.end()) continue;
    if (!found->second.busy && found->second.in.empty()) closes(found->second);
  }
}

// Ends as a process does that just exits. It closes its connections itself, because only so it can
// tell what lay in them unread until then.
void BackendServer::leaves_abruptly() {
  accepts();
  listener_.close();
  for (const int number : numbers()) {
    Connection& connection = connections_.at(number);
    if (connection.busy) ledger_.ends(connection.id, Ending::kInHand);
    closes(connection);
  }
  ::_exit(0);
}

// A queue of one that is full: the kernel drops every SYN that follows (tcp(7)).
void BackendServer::fills_queue() {
  ::epoll_ctl(poll_.number(), EPOLL_CTL_DEL, listener_.number(), nullptr);
  ::listen(listener_.number(), 0);
  const SocketAddress address = ip_address("127.0.0.1", port());
  for (bool stuck = false; !stuck;) {
    Fd filler = new_socket(address, SOCK_NONBLOCK);
    const int connected = ::connect(filler.number(), address.get(), address.size);
    pollfd entry{.fd = filler.number(), .events = POLLOUT, .revents = 0};
    stuck = connected != 0 && ::poll(&entry, 1, 100) == 0;
    fillers_.push_back(std::move(filler));
  }
  for (const int number : numbers()) closes(connections_.at(number));
}

}  // namespace lb::e2e
