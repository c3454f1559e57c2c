#include "lb/net/acceptor.h"

#include "lb/base/log.h"

namespace lb::net {

Acceptor::Acceptor(event::Reactor& reactor, AcceptorHandler& handler, os::Fd listener)
    : handler_(handler),
      listener_(std::move(listener)),
      watch_(reactor),
      rest_(reactor, Callback<>::to<&Acceptor::on_rested>(this)) {}

int Acceptor::open(Backlog backlog) {
  rested_ = backlog == Backlog::kOld;
  return watch_.open(listener_.get(), {.read = true, .write = false},
                     Callback<event::Ready>::to<&Acceptor::on_ready>(this));
}

void Acceptor::pause() {
  paused_ = true;
  rested_ = true;
  watch_.set({.read = false, .write = false});
}

void Acceptor::resume() {
  paused_ = false;
  exhausted_ = false;
  rest_.cancel();
  watch_.set({.read = true, .write = false});
}

void Acceptor::retry() {
  if (exhausted_) on_rested();
}

void Acceptor::on_rested() {
  exhausted_ = false;
  rest_.cancel();
  if (!paused_) watch_.set({.read = true, .write = false});
}

void Acceptor::on_ready(event::Ready) {
  for (int i = 0; i < kAcceptsPerTurnMax && !paused_ && watch_.is_open(); ++i) {
    if (!accept_one()) return;
  }
}

bool Acceptor::accept_one() {
  os::Accepted accepted = os::accept(listener_.get());
  if (accepted.fd.is_open()) {
    if (rested_ && os::socket_error(accepted.fd.get()) != 0) return true;
    handler_.on_accepted(std::move(accepted.fd), accepted.peer);
    return true;
  }
  if (os::is_exhausted(accepted.error)) {
    if (!warned_) {
      log::warning("cannot accept connections for now: ", os::error_text(accepted.error));
    }
    warned_ = true;
    rested_ = true;
    exhausted_ = true;
    watch_.set({.read = false, .write = false});
    rest_.set_after(kRest);
  } else {
    rested_ = false;  // nobody waits any more
    warned_ = false;
  }
  return false;
}

void Acceptor::drain_and_close() {
  while (accept_one()) {
  }
  close();
}

void Acceptor::close() {
  watch_.close();
  rest_.cancel();
  exhausted_ = false;
  listener_.reset();
}

}  // namespace lb::net
