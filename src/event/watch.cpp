#include "lb/event/watch.h"

#include <cassert>

#include "lb/event/reactor.h"

namespace lb::event {

Watch::~Watch() {
  close();
  cancel_post();
}

int Watch::open(int fd, os::Interest interest, Callback<Ready> on_ready) {
  assert(!is_open());
  fd_ = fd;
  interest_ = interest;
  const int error = reactor_.add(*this, on_ready);
  if (error != 0) fd_ = -1;
  return error;
}

void Watch::set(os::Interest interest) {
  if (!is_open() || interest == interest_) return;
  interest_ = interest;
  reactor_.change(*this);
}

void Watch::set_early(bool early) {
  if (!is_open()) return;
  reactor_.slots_[slot_].early = early;
  reactor_.settle(*this);
}

void Watch::close() {
  if (!is_open()) return;
  os::poller_remove(reactor_.poller(apart_).get(), fd_);
  close_with_descriptor();
}

void Watch::close_with_descriptor() {
  if (!is_open()) return;
  reactor_.remove(*this);
  fd_ = -1;
}

void Watch::post(Callback<> call) {
  reactor_.post(call, posted_);
}

void Watch::cancel_post() {
  reactor_.unpost(posted_);
}

}  // namespace lb::event
