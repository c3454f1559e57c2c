// What a backend of a trial does with one connection.

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "tests/e2e/trials/backend/server.h"

namespace lb::e2e {
namespace {

constexpr std::chrono::milliseconds kHalfClosedFor{20};
constexpr std::chrono::milliseconds kForAClose{1000};
constexpr std::chrono::milliseconds kUntilTheReset{5};
constexpr std::size_t kBytesPerTurnMax = 256 * 1024;

}  // namespace

bool BackendServer::reads(Connection& connection) {
  for (;;) {
    const ssize_t size =
        ::recv(connection.fd.number(), scratch_.data(), scratch_.size(), MSG_DONTWAIT);
    if (size > 0) {
      connection.in.append(scratch_.data(), static_cast<std::size_t>(size));
      if (static_cast<std::size_t>(size) == scratch_.size()) continue;
      return true;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return true;
    closes(connection);
    return false;
  }
}

void BackendServer::serves(Connection& connection) {
  const int number = connection.fd.number();
  // A step may end the connection.
  while (connections_.contains(number) && !connection.busy) {
    const TrialRequest request = read_trial_request(connection.in);
    switch (request.state) {
      case TrialRequest::State::kIncomplete:
        return;
      case TrialRequest::State::kMalformed:
        ledger_.counts_malformed();
        return resets(connection);
      case TrialRequest::State::kHeadOnly:
        if (mode_ == Mode::kNeverReads) watches(connection, 0);
        return;
      case TrialRequest::State::kWhole:
        takes(connection, request);
    }
  }
}

void BackendServer::takes(Connection& connection, const TrialRequest& request) {
  const bool misread = request.post && request.body != form_of(request.id);
  if (request.check) {
    ledger_.counts_check(behaviour_.index);
    connection.in.erase(0, request.bytes);
    connection.busy = true;
    connection.id = 0;
    connection.out = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    return flushes(connection);
  }
  ledger_.counts_request(behaviour_.index);
  if (misread) ledger_.counts_malformed();
  connection.id = request.id;
  connection.post = request.post;
  connection.large = request.large;
  connection.in.erase(0, request.bytes);
  connection.busy = true;
  if (!fails_instead(connection)) begins_answer(connection);
}

// What the mode wants instead of an answer.
bool BackendServer::fails_instead(Connection& connection) {
  if (connection.half_closed) {  // E: it works on, and nobody can hear of it
    applies(connection.id, connection.post);
    ledger_.ends(connection.id, Ending::kHalfClosed);
    connection.busy = false;
    return true;
  }
  if (connection.ending != Ending::kNone) {
    applies(connection.id, connection.post);
    ledger_.ends(connection.id, connection.ending);
    if (connection.ending == Ending::kProcessedThenReset) {
      resets(connection);
    } else {
      closes(connection);
    }
    return true;
  }
  const bool fails = mode_ >= Mode::kResetsOnRequest && mode_ <= Mode::kNeverAnswers;
  if (!fails || !meets_mode()) return false;
  ledger_.counts_misdeed();
  misbehaves(connection);
  return true;
}

void BackendServer::misbehaves(Connection& connection) {
  static constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\n";
  if (mode_ == Mode::kNeverAnswers) return;
  if (mode_ == Mode::kResetsOnRequest) return resets(connection);
  const std::string_view body = answer_of(connection.id);
  const std::string field = std::string(kIdField) + std::to_string(connection.id) + "\r\n";
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  std::string part;
  if (mode_ == Mode::kResetsInHead) part = std::string(kHead) + "Content-Le";
  if (mode_ == Mode::kResetsInBody) part.append(kHead).append(field + length);
  if (mode_ == Mode::kResetsUntilClose) part.append(kHead).append(field);
  if (mode_ == Mode::kResetsInBody || mode_ == Mode::kResetsUntilClose) {
    part.append("\r\n").append(body.substr(0, body.size() / 2));
  }
  if (mode_ == Mode::kTalksGarbage) part = "220 mail.example ESMTP\r\n\r\n" + std::string(body);
  ::send(connection.fd.number(), part.data(), part.size(), MSG_NOSIGNAL);
  // Not at once: the part shall be read before the reset comes, which would make its reader drop
  // it.
  const Step end = mode_ == Mode::kTalksGarbage ? Step::kCloses : Step::kResets;
  sets_due(connection, end, kUntilTheReset);
}

void BackendServer::begins_answer(Connection& connection) {
  if (behaviour_.delay.count() == 0) return answers(connection);
  sets_due(connection, Step::kAnswers, behaviour_.delay);
}

void BackendServer::answers(Connection& connection) {
  applies(connection.id, connection.post);
  connection.says_close = leaving_ || mode_ == Mode::kSaysClose;
  const std::string_view body = answer_of(connection.id);
  const std::uint64_t length = connection.large ? behaviour_.body_bytes : body.size();
  connection.out.append("HTTP/1.1 200 OK\r\nContent-Length: ").append(std::to_string(length));
  connection.out.append("\r\n").append(kIdField).append(std::to_string(connection.id));
  connection.out.append(connection.says_close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
  if (connection.large) {
    connection.body_left = length;
  } else {
    connection.out.append(body);
  }
  flushes(connection);
}

// No more than its share of a turn: others wait, too.
void BackendServer::flushes(Connection& connection) {
  std::size_t flushed = 0;
  while (!connection.out.empty() || connection.body_left > 0) {
    if (connection.out.empty()) {
      connection.out = scratch_.substr(0, std::min(connection.body_left, scratch_.size()));
      connection.body_left -= connection.out.size();
    }
    const ssize_t size = ::send(connection.fd.number(), connection.out.data(),
                                connection.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN) return closes(connection);
    if (size > 0) connection.out.erase(0, static_cast<std::size_t>(size));
    flushed += size > 0 ? static_cast<std::size_t>(size) : 0;
    if (size < 0 || flushed >= kBytesPerTurnMax) {
      connection.writes = true;
      return watches(connection, EPOLLOUT);
    }
  }
  answered(connection);
}

void BackendServer::answered(Connection& connection) {
  connection.busy = false;
  if (std::exchange(connection.writes, false)) watches(connection, EPOLLIN);
  if (connection.says_close) {
    connection.busy = true;  // nothing more is taken
    // One that says so and leaves the closing to the other side makes the ports of that side rest.
    if (mode_ == Mode::kSaysClose) return;
    ::shutdown(connection.fd.number(), SHUT_WR);
    return sets_due(connection, Step::kCloses, kForAClose);
  }
  if (mode_ == Mode::kClosesIdle && connection.id != 0) draws_end(connection);
}

// Most connections are closed when their idle time is over: the next request meets case A, or C.
void BackendServer::draws_end(Connection& connection) {
  const auto span = std::chrono::milliseconds(
      std::uniform_int_distribution<long long>(0, behaviour_.idle_max.count())(dice_));
  sets_due(connection, Step::kEndsIdle, span);
}

void BackendServer::ends_idle(Connection& connection) {
  if (connection.busy || !connection.in.empty()) return;
  const int draw = std::uniform_int_distribution<int>(0, 99)(dice_);
  if (draw == 0) {
    connection.ending = Ending::kProcessedThenClosed;
  } else if (draw == 1) {
    connection.ending = Ending::kProcessedThenReset;
  } else if (draw <= 3) {
    half_closes(connection);
  } else {
    closes(connection);
  }
}

void BackendServer::half_closes(Connection& connection) {
  ::shutdown(connection.fd.number(), SHUT_WR);
  connection.half_closed = true;
  sets_due(connection, Step::kEndsHalfClosed, kHalfClosedFor);
}

void BackendServer::sets_due(Connection& connection, Step step, std::chrono::milliseconds span) {
  if (connection.step != Step::kNone) due_.erase({connection.due, connection.fd.number()});
  connection.step = step;
  connection.due = Clock::now() + span;
  due_.insert({connection.due, connection.fd.number()});
}

void BackendServer::watches(Connection& connection, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = connection.fd.number();
  ::epoll_ctl(poll_.number(), EPOLL_CTL_MOD, connection.fd.number(), &event);
}

// What the kernel holds unread makes it answer with a reset (tcp(7)): that is case C.
void BackendServer::closes(Connection& connection) {
  const int number = connection.fd.number();
  if (connection.step != Step::kNone) due_.erase({connection.due, number});
  std::array<char, 64> begin{};
  const ssize_t size = ::recv(number, begin.data(), begin.size(), MSG_PEEK | MSG_DONTWAIT);
  connection.fd.close();
  if (size > 0) {
    const RequestId id = id_in({begin.data(), static_cast<std::size_t>(size)});
    ledger_.ends(id, Ending::kUnread);
  }
  connections_.erase(number);
}

void BackendServer::resets(Connection& connection) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(connection.fd.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  closes(connection);
}

}  // namespace lb::e2e
