#include "tests/sim/kernel/socket.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tests/sim/kernel/network.h"

namespace lb::sim {

Socket::Socket(Network& network, os::Family family, std::uint32_t number)
    : network_(network), family_(family), number_(number) {
  address_.family = family;
}

void Socket::set_buffers(std::size_t send_max, std::size_t receive_max) {
  send_max_ = send_max;
  receive_max_ = receive_max;
}

// ---- what the owner asks

// Linux, tcp_recvmsg_locked: what has arrived is given before any error; a FIN that came before the
// reset hides it (SOCK_DONE).
os::IoResult Socket::receive(std::span<char> into) {
  if (unread() > 0) {
    const std::size_t count = std::min(into.size(), unread());
    std::ranges::copy(std::string_view(arrived_).substr(read_at_, count), into.begin());
    read_at_ += count;
    read_total_ += count;
    activity_at_ = network_.now();
    if (read_at_ == arrived_.size()) {
      arrived_.clear();
      read_at_ = 0;
    }
    network_.window_opened(*this);
    return {count, 0};
  }
  if (!is_unix() && fin_received_) return {0, 0};
  if (error_ != 0) return {0, std::exchange(error_, 0)};
  if (fin_received_ || state_ == State::kReset) return {0, 0};
  return {0, state_ == State::kNew ? ENOTCONN : EAGAIN};
}

os::IoResult Socket::send(std::string_view bytes) {
  if (state_ == State::kConnecting) return {0, EAGAIN};
  const os::IoResult result = is_unix() ? send_unix(bytes) : send_tcp(bytes);
  if (result.error == 0) activity_at_ = network_.now();
  return result;
}

// Linux, sk_stream_error: a pending error is taken by the send that meets it; later ones get EPIPE.
os::IoResult Socket::send_tcp(std::string_view bytes) {
  if (error_ != 0) return {0, std::exchange(error_, 0)};
  if (write_shut_ || state_ != State::kConnected) return {0, EPIPE};
  const std::size_t count = std::min(bytes.size(), room());
  if (count == 0) return {0, bytes.empty() ? 0 : EAGAIN};
  note_sent(count);
  network_.transmit(*this, {.due = {}, .bytes = std::string(bytes.substr(0, count))});
  return {count, 0};
}

os::IoResult Socket::send_unix(std::string_view bytes) {
  if (write_shut_ || fin_received_ || peer_ == nullptr) {
    if (state_ == State::kNew) return {0, ENOTCONN};
    // A peer that has only half-closed still reads.
    if (write_shut_ || peer_ == nullptr || peer_->orphan_) return {0, EPIPE};
  }
  const std::size_t count = std::min(bytes.size(), room());
  if (count == 0) return {0, bytes.empty() ? 0 : EAGAIN};
  note_sent(count);
  peer_->append(bytes.substr(0, count));
  network_.tell(*peer_);
  return {count, 0};
}

void Socket::note_sent(std::size_t bytes) {
  marks_.push_back({sent_total_, read_total_, network_.now()});
  sent_total_ += bytes;
}

Socket::Mark Socket::mark_at(std::uint64_t offset) const {
  const auto after = std::ranges::upper_bound(marks_, offset, {}, &Mark::offset);
  return after == marks_.begin() ? Mark{} : *std::prev(after);
}

void Socket::append(std::string_view bytes) {
  if (read_at_ > arrived_.size() / 2) {
    arrived_.erase(0, read_at_);
    read_at_ = 0;
  }
  arrived_ += bytes;
  activity_at_ = network_.now();
}

int Socket::shut_write() {
  if (state_ != State::kConnected) return is_unix() ? 0 : ENOTCONN;
  if (write_shut_) return 0;
  write_shut_ = true;
  if (!is_unix()) {
    network_.transmit(*this, {.due = {}, .bytes = {}, .fin = true});
  } else if (peer_ != nullptr) {
    peer_->fin_received_ = true;
    network_.tell(*peer_);
  }
  return 0;
}

void Socket::close() {
  if (std::exchange(orphan_, true)) return;
  on_change_ = nullptr;
  on_coming_ = nullptr;
  if (vanished_ || state_ != State::kConnected || peer_ == nullptr) return;
  if (is_unix()) return close_unix();
  // RFC 2525 2.17: closing on unread bytes tells the peer that they are lost.
  if (abort_on_close_ || unread() > 0) return network_.send_reset(*this);
  if (!write_shut_) network_.transmit(*this, {.due = {}, .bytes = {}, .fin = true});
  write_shut_ = true;
}

// Linux, unix_release_sock.
void Socket::close_unix() {
  if (unread() > 0) peer_->error_ = ECONNRESET;
  peer_->fin_received_ = true;
  peer_->write_shut_ = true;
  network_.tell(*peer_);
}

void Socket::reset() {
  abort_on_close_ = true;
  close();
}

void Socket::vanish() {
  vanished_ = true;
  orphan_ = true;
  on_change_ = nullptr;
  on_coming_ = nullptr;
  network_.on_vanished(*this);
}

int Socket::take_error() {
  return std::exchange(error_, 0);
}

std::uint64_t Socket::acknowledged_total() {
  while (!acknowledgements_.empty() && acknowledgements_.front().due <= network_.now()) {
    acknowledged_total_ = std::max(acknowledged_total_, acknowledgements_.front().total);
    acknowledgements_.pop_front();
  }
  return acknowledged_total_;
}

std::size_t Socket::unacknowledged() {
  if (is_unix()) return waiting();
  return state_ == State::kReset ? 0 : sent_total_ - acknowledged_total();
}

std::size_t Socket::waiting() const {
  if (!is_unix()) return flight_bytes_;
  return peer_ != nullptr ? peer_->unread() : 0;
}

std::size_t Socket::room() const {
  const std::size_t used = waiting();
  return send_max_ > used ? send_max_ - used : 0;
}

// Linux, tcp_poll and unix_poll.
Readiness Socket::readiness() const {
  if (state_ == State::kConnecting) return {};
  if (state_ == State::kNew) return {.readable = false, .writable = true, .hangup = true};
  const bool reset = state_ == State::kReset;
  Readiness ready;
  ready.readable = unread() > 0 || fin_received_ || reset;
  // TCP: once a third of the buffer is free (sk_stream_is_writeable); unix: three quarters
  // (unix_writable).
  const std::size_t used = send_max_ - std::min(send_max_, room());
  const bool roomy = is_unix() ? used * 4 <= send_max_ : room() >= used / 2;
  ready.writable = write_shut_ || reset || roomy;
  ready.hangup = reset || error_ != 0 || (fin_received_ && write_shut_);
  return ready;
}

// ---- listening

Socket* Listener::accept() {
  if (queue_.empty()) return nullptr;
  Socket* socket = queue_.front();
  queue_.pop_front();
  if (socket->state_ == Socket::State::kReset) {
    socket->dead_on_accept_ = network_.now() - socket->reset_at_;
  }
  return socket;
}

void Listener::close() {
  network_.forget(*this);
  on_change_ = nullptr;
  for (Socket* socket : queue_) {
    if (socket->is_unix() && socket->peer_ != nullptr) socket->peer_->error_ = ECONNRESET;
    socket->reset();
  }
  queue_.clear();
}

}  // namespace lb::sim
