#include "tests/sim/kernel/channel.h"

#include <cerrno>
#include <utility>

#include "tests/sim/kernel/kernel.h"

namespace lb::sim {

void ChannelEnd::join(ChannelEnd& other) {
  other_ = &other;
  other.other_ = this;
}

int ChannelEnd::send(Message message) {
  if (other_->closed_) return EPIPE;
  for (Description* description : message.descriptors) description->refer();
  other_->arrived_.push_back(std::move(message));
  return 0;
}

// Linux, __skb_try_recv_datagram: an error is told before what has arrived.
std::optional<ChannelEnd::Message> ChannelEnd::receive(int& error) {
  if (std::exchange(reset_, false)) {
    error = ECONNRESET;
  } else if (arrived_.empty()) {
    error = other_->closed_ ? 0 : EAGAIN;
  } else {
    Message message = std::move(arrived_.front());
    arrived_.pop_front();
    return message;
  }
  return std::nullopt;
}

Readiness ChannelEnd::readiness() const {
  const bool ended = other_->closed_;
  return {.readable = ended || !arrived_.empty(), .writable = true, .hangup = ended || reset_};
}

// Linux, unix_release_sock.
void ChannelEnd::on_closed() {
  closed_ = true;
  other_->reset_ = !arrived_.empty();
  for (const Message& message : arrived_) {
    for (Description* description : message.descriptors) Kernel::unrefer(*description);
  }
  arrived_.clear();
}

// Who waits to be accepted has an end that nobody holds.
void ChannelListener::on_closed() {
  closed_ = true;
  for (ChannelEnd* end : queue_) end->on_closed();
  queue_.clear();
}

}  // namespace lb::sim
