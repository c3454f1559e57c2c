#include "tests/sim/kernel/network.h"

#include <algorithm>
#include <cerrno>

namespace lb::sim {
namespace {

constexpr std::uint16_t kPortsFirst = 40'000;
constexpr Duration kSynRetry = std::chrono::seconds(1);          // doubled each time (tcp(7))
constexpr Duration kConnectGivesUp = std::chrono::seconds(127);  // tcp_syn_retries = 6
constexpr Duration kDelayedAck = std::chrono::milliseconds(40);  // of every other socket
constexpr Duration kRetransmissionGivesUp = std::chrono::seconds(924);  // tcp_retries2 = 15

}  // namespace

// ---- connecting

Socket& Network::open(os::Family family) {
  sockets_.push_back(
      std::make_unique<Socket>(*this, family, static_cast<std::uint32_t>(sockets_.size())));
  return *sockets_.back();
}

int Network::connect(Socket& socket, const os::Address& to, Answer answer) {
  socket.opened_at_ = now();
  if (to.family() == os::Family::kUnix) return connect_unix(socket, to);
  socket.state_ = Socket::State::kConnecting;
  socket.latency_ = draw_latency();
  socket.activity_at_ = now();
  socket.address_ = to.ip;
  socket.address_.port = next_port_++;
  if (next_port_ == 0) next_port_ = kPortsFirst;
  Socket* from = &socket;
  const std::string where = describe(to);
  const auto found = listening_.find(where);
  if (answer == Answer::kAtOnce && found != listening_.end() && !found->second->full()) {
    join(socket, *found->second);
    return 0;
  }
  if (answer != Answer::kNever) {
    agenda_.after(socket.latency_, [this, from, where] { on_syn(*from, where, 0); });
  }
  agenda_.after(kConnectGivesUp, [this, from] {
    if (from->state_ == Socket::State::kConnecting) refuse(*from, ETIMEDOUT);
  });
  return EINPROGRESS;
}

int Network::connect_unix(Socket& socket, const os::Address& to) {
  const std::string where = describe(to);
  if (!unix_inode(to.unix_path)) return ENOENT;
  const auto found = listening_.find(where);
  if (found == listening_.end()) return ECONNREFUSED;
  if (found->second->full()) return EAGAIN;
  join(socket, *found->second);
  return 0;
}

// Both ends at once.
void Network::join(Socket& socket, Listener& listener) {
  Socket& accepted = pair(socket, listener.address_);
  socket.state_ = Socket::State::kConnected;
  socket.peer_ = &accepted;
  socket.activity_at_ = socket.heard_at_ = now();
  listener.queue_.push_back(&accepted);
  tell(listener);
  tell(socket);
}

// The end at the server, which the kernel there opens.
Socket& Network::pair(Socket& from, const os::Address& local) {
  Socket& accepted = open(local.family());
  accepted.state_ = Socket::State::kConnected;
  accepted.peer_ = &from;
  accepted.address_ = local.ip;
  accepted.latency_ = from.latency_;
  accepted.opened_at_ = accepted.activity_at_ = accepted.heard_at_ = now();
  accepted.set_buffers(from.send_max_, from.receive_max_);
  return accepted;
}

void Network::on_syn(Socket& from, const std::string& to, int attempt) {
  if (from.orphan_ || from.state_ != Socket::State::kConnecting) return;
  Socket* socket = &from;
  const auto cut = cut_off_until_.find(to);
  const bool lost = cut != cut_off_until_.end() && cut->second > now();
  const auto found = listening_.find(to);
  if (lost || (found != listening_.end() && found->second->full())) {
    agenda_.after(kSynRetry * (1 << attempt), [=, this] { on_syn(*socket, to, attempt + 1); });
    return;
  }
  if (found == listening_.end()) {
    agenda_.after(from.latency_, [=, this] { refuse(*socket, ECONNREFUSED); });
    return;
  }
  Socket& accepted = pair(from, found->second->address_);
  accepted.last_due_ = now() + from.latency_;
  found->second->queue_.push_back(&accepted);
  tell(*found->second);
  Socket* other = &accepted;
  agenda_.after(from.latency_, [=, this] { on_established(*socket, *other); });
}

void Network::on_established(Socket& from, Socket& to) {
  from.peer_ = &to;
  if (from.orphan_) {  // nobody is there any more: the handshake is answered by a reset
    from.state_ = Socket::State::kReset;
    if (!from.vanished_) send_reset(from);
    return;
  }
  if (from.state_ != Socket::State::kConnecting) return;
  from.state_ = Socket::State::kConnected;
  from.activity_at_ = from.heard_at_ = now();
  tell(from);
}

void Network::refuse(Socket& from, int error) {
  if (from.state_ != Socket::State::kConnecting) return;
  from.state_ = Socket::State::kReset;
  from.error_ = error;
  tell(from);
}

std::expected<Listener*, int> Network::listen(os::Address address, std::size_t backlog) {
  if (address.family() != os::Family::kUnix && address.ip.port == 0) {
    do {
      address.ip.port = next_port_++;
    } while (listening_.contains(describe(address)));
  }
  const std::string where = describe(address);
  if (listening_.contains(where)) return std::unexpected(EADDRINUSE);
  if (address.family() == os::Family::kUnix && !unix_inode(address.unix_path)) {
    unix_inodes_[address.unix_path] = next_inode_++;
  }
  listeners_.push_back(std::make_unique<Listener>(*this, std::move(address), backlog));
  listening_[where] = listeners_.back().get();
  return listeners_.back().get();
}

std::optional<std::uint64_t> Network::unix_inode(const std::string& path) const {
  const auto found = unix_inodes_.find(path);
  if (found == unix_inodes_.end()) return std::nullopt;
  return found->second;
}

void Network::unlink_unix(const std::string& path) {
  unix_inodes_.erase(path);
  listening_.erase(describe(os::Address{.ip = {}, .unix_path = path}));
}

void Network::forget(const Listener& listener) {
  const auto found = listening_.find(describe(listener.address_));
  if (found != listening_.end() && found->second == &listener) listening_.erase(found);
}

// ---- bytes on their way

void Network::transmit(Socket& from, Socket::Segment segment) {
  const Duration jitter = dice_.between(Duration(0), from.latency_ / 4);
  if (from.peer_ != nullptr) segment.acknowledges = from.peer_->delivered_total_;
  segment.due = std::max(from.last_due_, now() + from.latency_ + jitter);
  from.last_due_ = segment.due;
  from.flight_bytes_ += segment.bytes.size();
  const os::Time due = segment.due;
  const bool coming = !segment.bytes.empty() && from.peer_ != nullptr && from.peer_->on_coming_;
  from.flight_.push_back(std::move(segment));
  if (coming) from.peer_->on_coming_(due);
  agenda_.at(due, [this, socket = &from] { deliver(*socket); });
}

void Network::deliver(Socket& from) {
  if (from.flight_.empty() || from.peer_ == nullptr) return;
  Socket& to = *from.peer_;
  if (from.vanished_ || to.vanished_) return;
  const os::Time open_at = std::max(cut_off_until(from), cut_off_until(to));
  if (open_at > now()) {
    agenda_.at(open_at + from.latency_, [this, socket = &from] { deliver(*socket); });
    return;
  }
  if (dice_.chance(faults.connection_reset)) {
    trace_.note("something between resets socket ", from.number_, " and ", to.number_);
    injuries.add(now(), faults.felt, "a connection was reset");
    on_reset(to, ECONNRESET);
    on_reset(from, ECONNRESET);
    return;
  }
  to.heard_at_ = from.heard_at_ = now();
  while (!from.flight_.empty() && from.flight_.front().due <= now()) {
    if (!deliver_first(from, to)) break;
  }
  tell(to);
  tell(from);
}

bool Network::deliver_first(Socket& from, Socket& to) {
  Socket::Segment& segment = from.flight_.front();
  to.acknowledged_total_ = std::max(to.acknowledged_total_, segment.acknowledges);
  if (to.orphan_ && !segment.bytes.empty()) {
    // Linux, tcp_rcv_state_process: bytes for a socket that nobody reads any more. It resets, and
    // what it had not delivered yet is lost: why a server lingers.
    from.flight_.clear();
    from.flight_bytes_ = 0;
    send_reset(to);
    return false;
  }
  if (to.state_ == Socket::State::kReset) {
    from.flight_.clear();
    from.flight_bytes_ = 0;
    return false;
  }
  const std::size_t room = to.receive_max_ > to.unread() ? to.receive_max_ - to.unread() : 0;
  const std::size_t count = std::min(room, segment.bytes.size());
  if (count > 0) {
    to.append(std::string_view(segment.bytes).substr(0, count));
    from.flight_bytes_ -= count;
    from.delivered_total_ += count;
    const Duration delay = to.number_ % 2 == 0 ? Duration(0) : kDelayedAck;
    from.acknowledgements_.push_back({now() + to.latency_ + delay, from.delivered_total_});
  }
  if (count < segment.bytes.size()) {
    segment.bytes.erase(0, count);
    return false;
  }
  to.fin_received_ = to.fin_received_ || segment.fin;
  from.flight_.pop_front();
  return true;
}

// The reader took bytes: what waited for room comes after a round of the network.
void Network::window_opened(Socket& reader) {
  Socket* from = reader.peer_;
  if (from == nullptr) return;
  if (reader.is_unix()) return tell(*from);
  if (from->flight_.empty() || from->flight_.front().due > now()) return;
  agenda_.after(reader.latency_, [this, from] { deliver(*from); });
}

void Network::send_reset(Socket& from) {
  if (from.peer_ == nullptr) return;
  Socket* to = from.peer_;
  from.state_ = Socket::State::kReset;
  if (from.is_unix()) {
    to->fin_received_ = true;
    to->write_shut_ = true;
    if (to->error_ == 0 && from.unread() > 0) to->error_ = ECONNRESET;
    return tell(*to);
  }
  const os::Time due = std::max(from.last_due_, now() + from.latency_);
  Socket* sender = &from;
  agenda_.at(std::max(due, cut_off_until(*to)), [this, sender, to] {
    if (sender->vanished_ || to->vanished_) return;
    sender->flight_.clear();
    sender->flight_bytes_ = 0;
    on_reset(*to, ECONNRESET);
  });
}

// Linux, tcp_reset: what was received stays readable, what was not sent is gone.
void Network::on_reset(Socket& at, int error) {
  if (at.state_ == Socket::State::kReset) return;
  if (at.state_ == Socket::State::kConnecting) error = ECONNREFUSED;
  at.error_ = at.fin_received_ && error == ECONNRESET ? EPIPE : error;
  at.state_ = Socket::State::kReset;
  at.reset_at_ = now();
  static_cast<void>(at.acknowledged_total());
  at.acknowledgements_.clear();  // what comes now is dropped
  at.flight_.clear();
  at.flight_bytes_ = 0;
  tell(at);
}

// ---- silence

void Network::on_vanished(Socket& gone) {
  if (gone.is_unix() || gone.peer_ == nullptr) return;
  Socket* left = gone.peer_;
  agenda_.at(std::max(now(), left->heard_at_ + kKeepalive), [this, left] { find_silent(*left); });
}

// Linux, tcp_keepalive_timer: nothing is probed while something is unacknowledged; sending it again
// and again is given up far later.
void Network::find_silent(Socket& left) {
  if (left.state_ != Socket::State::kConnected) return;
  if (left.flight_.empty()) return on_reset(left, ETIMEDOUT);
  agenda_.after(kRetransmissionGivesUp, [this, &left] { on_reset(left, ETIMEDOUT); });
}

// ---- telling actors

void Network::tell(Socket& socket) {
  if (!socket.on_change_ || socket.change_told_) return;
  socket.change_told_ = true;
  agenda_.at(now(), [told = &socket] {
    told->change_told_ = false;
    if (!told->on_change_) return;
    const std::function<void()> act = told->on_change_;  // it may replace itself
    act();
  });
}

void Network::tell(Listener& listener) {
  if (!listener.on_change_) return;
  agenda_.at(now(), [told = &listener] {
    if (told->on_change_) told->on_change_();
  });
}

// ---- the state of the lines

Duration Network::draw_latency() {
  return dice_.between(faults.latency_min, faults.latency_max);
}

void Network::cut_off(const os::Address& address, Duration time) {
  cut_off_until_[describe(address)] = now() + time;
}

os::Time Network::cut_off_until(const Socket& socket) const {
  if (cut_off_until_.empty() || socket.is_unix()) return {};
  const auto found = cut_off_until_.find(os::describe({.ip = socket.address_, .unix_path = {}}));
  return found == cut_off_until_.end() ? os::Time{} : found->second;
}

}  // namespace lb::sim
