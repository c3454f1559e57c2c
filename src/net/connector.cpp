#include "lb/net/connector.h"

#include <cassert>
#include <cerrno>
#include <utility>

#include "lb/event/reactor.h"

namespace lb::net {
namespace {

// Of the failures at several addresses the one that says most about the server is told: that nobody
// listens is certain, a family that this machine lacks says nothing.
int telling(int error) {
  if (os::is_unsupported(error)) return 0;
  switch (code_of_errno(error)) {
    case ErrorCode::kRefused:
      return 4;
    case ErrorCode::kTimedOut:
      return 3;
    case ErrorCode::kExhausted:
      return 2;
    default:
      return 1;
  }
}

}  // namespace

Connector::Connector(event::Reactor& reactor, ConnectorHandler& handler)
    : reactor_(reactor),
      handler_(handler),
      watch_(reactor, event::Watch::Rank::kFirst),
      timer_(reactor, Callback<>::to<&Connector::on_due>(this)) {}

void Connector::start(std::span<const os::Address> addresses, std::size_t first,
                      os::Time::duration limit) {
  assert(!addresses.empty() && !fd_.is_open());
  addresses_ = addresses;
  first_ = first;
  tried_ = 0;
  told_error_ = 0;
  if (limit > os::Time::duration::zero()) deadline_ = reactor_.now() + limit;
  try_next();
}

void Connector::cancel() {
  watch_.close();
  timer_.cancel();
  watch_.cancel_post();
  fd_.reset();
}

void Connector::try_next() {
  while (tried_ < addresses_.size()) {
    ++tried_;
    begin(current());
    if (fd_.is_open()) return;
    note_failure();
  }
  post_outcome();
}

void Connector::post_outcome() {
  watch_.post(Callback<>::to<&Connector::on_outcome>(this));
}

// One address: leaves fd_ open if there is something to wait for, or to report.
void Connector::begin(const os::Address& address) {
  auto fd = os::open_stream(address.family());
  if (!fd) {
    error_ = fd.error();
    return;
  }
  error_ = os::connect(fd->get(), address);
  if (error_ == 0) {
    fd_ = std::move(*fd);
    post_outcome();
    return;
  }
  if (!os::is_in_progress(error_)) return;
  error_ = watch_.open(fd->get(), {.read = false, .write = true},
                       Callback<event::Ready>::to<&Connector::on_ready>(this));
  if (error_ != 0) return;
  fd_ = std::move(*fd);
  if (deadline_ != os::Time::max()) {
    const auto left = static_cast<os::Time::rep>(addresses_.size() - tried_ + 1);
    timer_.set_at(reactor_.now() + (deadline_ - reactor_.now()) / left);
  }
}

void Connector::on_ready(event::Ready) {
  error_ = os::socket_error(fd_.get());
  if (error_ != 0) return give_up_address(error_);
  watch_.close();
  timer_.cancel();
  handler_.on_connected(std::move(fd_), (first_ + tried_ - 1) % addresses_.size());
}

void Connector::on_due() {
  give_up_address(ETIMEDOUT);
}

void Connector::give_up_address(int error) {
  error_ = error;
  note_failure();
  watch_.close();
  timer_.cancel();
  fd_.reset();
  try_next();
}

void Connector::note_failure() {
  if (told_error_ == 0 || telling(error_) > telling(told_error_)) told_error_ = error_;
}

void Connector::on_outcome() {
  if (fd_.is_open()) {
    handler_.on_connected(std::move(fd_), (first_ + tried_ - 1) % addresses_.size());
  } else {
    handler_.on_connect_failed(code_of_errno(told_error_), told_error_);
  }
}

}  // namespace lb::net
