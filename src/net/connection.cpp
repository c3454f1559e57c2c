#include "lb/net/connection.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>

#include "lb/event/reactor.h"

namespace lb::net {

Connection::Connection(event::Reactor& reactor, ConnectionHandler& handler, Unread unread,
                       event::Watch::Rank rank)
    : handler_(handler), watch_(reactor, rank), unread_(unread) {}

int Connection::open(os::Fd fd) {
  assert(closed());
  transport_ = Transport(std::move(fd));
  const int error = watch_.open(transport_.fd(), {.read = true, .write = false},
                                Callback<event::Ready>::to<&Connection::on_ready>(this));
  if (error != 0) transport_.close();
  return error;
}

void Connection::on_ready(event::Ready ready) {
  if (ready.hangup && unread_ == Unread::kForget) {
    // Before a send that would meet the error and take it away.
    const int error = send_error_ != 0 ? send_error_ : transport_.error();
    if (error != 0) return fail(error);
  }
  if (ready.writable) flush();
  if (closed()) return;
  // The batch may have been made before reading went on, so a hang-up is enough to read.
  if ((ready.readable || ready.hangup) && reading_ && read_ == ReadHalf::kOpen) {
    receive();
  } else if (ready.hangup) {
    on_hangup_unread();
  }
}

// ---- reading

void Connection::receive() {
  const bool kept = kept_bytes() > 0;
  if (bypassing_ && !kept && receive_bypassed()) return;
  const std::span<char> space = kept ? stored_->in.reserve(read_bytes_).first(read_bytes_)
                                     : reactor().scratch().in.first(std::min<std::size_t>(
                                           read_bytes_, reactor().scratch().in.size()));
  const os::IoResult got = transport_.receive(space);
  if (got.error != 0) {
    if (!got.would_block()) fail(got.error);
    return;
  }
  if (got.bytes == 0) return take_eof();
  received_at_ = reactor().now();
  if (got.bytes == space.size()) {
    read_bytes_ = std::max(read_bytes_, std::min(read_bytes_ * 2, read_bytes_max_));
  }
  if (kept) {
    stored_->in.commit(got.bytes);
    hand_up_kept();
  } else {
    hand_up_scratch(space.first(got.bytes));
  }
}

bool Connection::silent() {
  std::array<char, 1> byte{};
  return transport_.receive(byte).would_block();
}

// False: nothing came by that way. Whether there is nothing, or the end, or only no way, is for
// receive() to say: splice(2) stops before an urgent byte as if nothing, or nothing more, were
// there. But an error is told once.
bool Connection::receive_bypassed() {
  const Bypass way = handler_.bypass();
  if (way.pipe == nullptr) return false;
  const os::IoResult moved = transport_.splice_to(*way.pipe, way.bytes_max);
  if (moved.bytes > 0) received_at_ = reactor().now();
  handler_.on_bypassed(moved.bytes);
  const bool failed = moved.error != 0 && !moved.would_block() && moved.error != EINVAL;
  if (failed) fail(moved.error);
  return failed || moved.bytes > 0;
}

void Connection::hand_up_scratch(std::span<char> bytes) {
  const std::size_t consumed = handler_.on_bytes(bytes);
  if (consumed == bytes.size() || closed()) return;
  stored().in.append(std::span<const char>(bytes.subspan(consumed)));
}

void Connection::hand_up_kept() {
  const std::size_t consumed = handler_.on_bytes(stored_->in.bytes());
  if (closed()) return;
  stored_->in.consume(consumed);
  drop_empty();
}

void Connection::on_again() {
  if (closed()) return;
  if (hung_up_ && reading_) return fail(ENOMEM);  // epoll would not take it back
  if (send_error_ != 0 && code_of_errno(send_error_) != ErrorCode::kReset) return fail(send_error_);
  if (kept_bytes() > 0) hand_up_kept();
  if (!closed() && kept_bytes() == 0 && read_ == ReadHalf::kEof) handler_.on_eof();
}

void Connection::take_eof() {
  // A send that met a reset has taken the error away from the socket, and reading then ends as if
  // the peer had closed: a body that lasts until close would look complete.
  if (write_ == WriteHalf::kFailed) return fail(send_error_ != 0 ? send_error_ : ECONNRESET);
  read_ = ReadHalf::kEof;
  update_interest();  // or a level-triggered poll would spin on the end
  handler_.on_eof();
}

void Connection::on_hangup_unread() {
  if (unread_ == Unread::kKeep && read_ == ReadHalf::kOpen) return park();
  const int error = send_error_ != 0 ? send_error_ : transport_.error();
  // Both directions have ended in order: it has not failed, and there may be bytes before the end.
  if (error == 0 && write_ == WriteHalf::kShut) return park();
  fail(error != 0 ? error : ECONNRESET);
}

// Off the reactor, which would report the hang-up in every turn; what is left is read when reading
// goes on.
void Connection::park() {
  watch_.close();
  hung_up_ = read_ == ReadHalf::kOpen;
}

void Connection::fail(int errno_value) {
  read_ = ReadHalf::kFailed;
  write_ = WriteHalf::kFailed;
  drop_waiting();
  watch_.close();
  // The kernel gave up a silent peer: no time limit that a user named has passed.
  const ErrorCode code = errno_value == ETIMEDOUT ? ErrorCode::kReset : code_of_errno(errno_value);
  handler_.on_failed(code, errno_value);
}

void Connection::set_reading(bool on) {
  if (reading_ == on || closed()) return;
  reading_ = on;
  if (on) received_at_ = reactor().now();
  if (!on) read_less();
  update_interest();
}

// ---- writing

bool Connection::send(std::span<const std::string_view> slices) {
  if (closed() || write_ != WriteHalf::kOpen) return false;
  if (!sent()) {
    store(slices, 0);
  } else {
    drop_waiting();  // at most a pipe into which nothing came
    const os::IoResult put = transport_.send(slices);
    if (put.error != 0 && !put.would_block()) {
      fail_to_send(put.error);
      return false;
    }
    note_sent(put.bytes);
    store(slices, put.bytes);
  }
  return !sent();
}

void Connection::store(std::span<const std::string_view> slices, std::size_t skip) {
  for (std::string_view slice : slices) {
    const std::size_t skipped = std::min(skip, slice.size());
    skip -= skipped;
    if (skipped < slice.size()) stored().out.append(slice.substr(skipped));
  }
  if (!sent()) update_interest();
}

Connection::Stored& Connection::stored() {
  if (!stored_) stored_ = std::make_unique<Stored>();
  return *stored_;
}

void Connection::drop_empty() {
  if (stored_ && stored_->in.empty() && stored_->out.empty() && !stored_->pipe) stored_.reset();
}

Pipe* Connection::lease_pipe(PipePool& pipes) {
  if (closed() || write_ != WriteHalf::kOpen || !sent()) return nullptr;
  if (!stored_ || !stored_->pipe) {
    PipeLease pipe = pipes.lease();
    if (!pipe) return nullptr;
    stored().pipe = std::move(pipe);
  }
  return stored_->pipe.get();
}

bool Connection::send_piped() {
  if (!stored_ || !stored_->pipe) return false;
  const int error = flush_pipe();
  if (error != 0) {
    fail_to_send(error);
    return false;
  }
  if (sent()) {
    drop_empty();
    return false;
  }
  note_sent(0);  // the wait begins
  update_interest();
  return true;
}

void Connection::flush() {
  if (sent()) return;
  int error = stored_->pipe ? flush_pipe() : 0;
  if (error == 0 && !stored_->pipe && !stored_->out.empty()) error = flush_stored();
  if (error != 0) return fail_to_send(error);
  update_interest();
  if (!sent()) return;
  drop_empty();
  shut_if_finished();
  handler_.on_drained();
  if (!closed() && sent()) handler_.on_sent();
}

// Both: 0, also if the kernel takes nothing now, or an errno.
int Connection::flush_pipe() {
  PipeLease& pipe = stored_->pipe;
  if (!pipe->empty()) {
    const os::IoResult put = transport_.splice_from(*pipe);
    if (put.error != 0) return put.would_block() ? 0 : put.error;
    note_sent(put.bytes);
  }
  if (pipe->empty()) pipe.reset();
  return 0;
}

int Connection::flush_stored() {
  const std::string_view waiting[] = {stored_->out.view()};
  const os::IoResult put = transport_.send(waiting);
  if (put.error != 0) return put.would_block() ? 0 : put.error;
  note_sent(put.bytes);
  stored_->out.consume(put.bytes);
  return 0;
}

void Connection::drop_waiting() {
  if (!stored_) return;
  stored_->pipe.reset();
  stored_->out.clear();
  drop_empty();
}

void Connection::note_sent(std::size_t bytes) {
  bytes_sent_ += bytes;
  sent_at_ = reactor().now();
}

bool Connection::has_taken_nothing_since(std::uint64_t bytes_sent) const {
  const auto tcp = os::tcp_state(transport_.fd());
  // A unix socket moves bytes to the peer within the call; over TCP the SYN counts for one.
  return tcp ? tcp->bytes_acknowledged == 1 + bytes_sent : bytes_sent_ == bytes_sent;
}

os::Time::duration Connection::round_trip() const {
  const auto tcp = os::tcp_state(transport_.fd());
  return tcp ? tcp->round_trip : os::Time::duration::zero();
}

bool Connection::look_for_progress() {
  const std::uint64_t acknowledged = bytes_sent_ - transport_.unacknowledged_bytes();
  if (acknowledged == bytes_acknowledged_) return false;
  bytes_acknowledged_ = acknowledged;
  const auto tcp = os::tcp_state(transport_.fd());
  const os::Time::duration ago = tcp ? tcp->since_acknowledgement : os::Time::duration::zero();
  sent_at_ = std::max(sent_at_, reactor().now() - ago);
  return true;
}

// A peer that is gone is reported by the next turn, as a hang-up, after what it sent before; any
// other failure by nobody, so it is posted.
void Connection::fail_to_send(int errno_value) {
  write_ = WriteHalf::kFailed;
  send_error_ = errno_value;
  drop_waiting();
  update_interest();
  if (code_of_errno(errno_value) != ErrorCode::kReset) again();
}

void Connection::forget_waiting() {
  if (closed()) return;
  drop_waiting();
  update_interest();
}

void Connection::finish() {
  if (closed() || write_ != WriteHalf::kOpen) return;
  write_ = WriteHalf::kFinishing;
  shut_if_finished();
}

void Connection::shut_if_finished() {
  if (write_ != WriteHalf::kFinishing || !sent()) return;
  write_ = transport_.finish() == 0 ? WriteHalf::kShut : WriteHalf::kFailed;
}

// ---- both

void Connection::update_interest() {
  const os::Interest interest{.read = reading_ && read_ == ReadHalf::kOpen, .write = !sent()};
  if (hung_up_ && interest.read) {
    hung_up_ = watch_.open(transport_.fd(), interest,
                           Callback<event::Ready>::to<&Connection::on_ready>(this)) != 0;
    if (hung_up_) again();
    return;
  }
  watch_.set(interest);
}

void Connection::close() {
  if (closed()) return;
  watch_.close_with_descriptor();
  watch_.cancel_post();
  transport_.close();
  drop_waiting();
}

void Connection::abort() {
  if (closed()) return;
  transport_.abort();
  close();
}

}  // namespace lb::net
