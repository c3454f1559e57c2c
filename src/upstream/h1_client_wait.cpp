// The part of H1Client that waits for the server: how long, and what it does when that is over.

#include <algorithm>

#include "lb/upstream/endpoint.h"
#include "lb/upstream/h1_client.h"

namespace lb::upstream {

Phase H1Client::phase() const {
  return response_ == ResponseHalf::kHead ? Phase::kHead : Phase::kBody;
}

void H1Client::set_timer(std::chrono::milliseconds limit) {
  if (limit.count() > 0) {
    timer_.set_after(limit);
  } else {
    timer_.cancel();
  }
}

void H1Client::wait_for_server() {
  const std::chrono::milliseconds limit = context_.limits.server_timeout / net::kLooksPerTimeout;
  const std::chrono::milliseconds first_look = net::Pace::kFirstLook;
  const bool paced = !connection_.sent() && context_.limits.rate_min > 0 &&
                     (limit.count() == 0 || limit > first_look);
  set_timer(paced ? first_look : limit);
  // A wait that goes on is judged in its time, however often it seems to begin.
  if (pace_) timer_.set_at(std::min(timer_.deadline(), pace_->window_ends_at()));
}

// With what is sent: a look that comes earlier stays, or a server that takes a little now and then
// would put it off each time.
void H1Client::begin_to_wait() {
  const os::Time look = timer_.deadline();
  wait_for_server();
  if (look > context_.reactor.now()) timer_.set_at(std::min(look, timer_.deadline()));
}

// Not while the client is slow with its body, nor while the response is paused for it. The silence
// of a tunnel is counted on the side of the client.
bool H1Client::waits_for_server() const {
  if (tunnels()) return !connection_.sent();
  const bool its_turn = request_ == RequestHalf::kDone || expects_continue_;
  return !connection_.sent() ||
         (its_turn && response_ != ResponseHalf::kDone && connection_.reading());
}

void H1Client::on_due() {
  if (state_ == State::kIdle) return end_idle();
  if (state_ != State::kStreaming) return;
  if (awaits_reset_) return fail(ErrorCode::kClosed, phase());
  const std::uint64_t acknowledged_before = connection_.bytes_acknowledged();
  connection_.look_for_progress();  // a server may still be reading what the kernel has taken
  if (!waits_for_server()) {
    pace_.reset();
    return wait_for_server();
  }
  const std::chrono::milliseconds limit = context_.limits.server_timeout;
  const os::Time now = context_.reactor.now();
  const os::Time due = limit.count() == 0
                           ? os::Time::max()
                           : std::max(connection_.received_at(), connection_.sent_at()) + limit;
  if (due <= now) return fail(ErrorCode::kTimedOut, phase());
  if (lags(acknowledged_before)) return fail(ErrorCode::kTooSlow, phase());
  os::Time look = due;
  if (limit.count() > 0 && !connection_.acknowledged()) {
    look = std::min(look, now + limit / net::kLooksPerTimeout);
  }
  if (pace_) look = std::min(look, pace_->window_ends_at());
  if (look != os::Time::max()) timer_.set_at(look);
}

// Whether the server takes the request slower than --min-rate. How slowly it answers is its own
// affair: a stream of events may be silent for long.
bool H1Client::lags(std::uint64_t acknowledged_before) {
  if (connection_.sent() || context_.limits.rate_min == 0) {
    pace_.reset();
    return false;
  }
  const os::Time now = context_.reactor.now();
  const std::uint64_t moved = connection_.bytes_acknowledged();
  const std::uint64_t left = connection_.bytes_left();
  if (pace_) return pace_->too_slow(now, moved, left, context_.limits.rate_min);
  pace_ = std::make_unique<net::Pace>(now, acknowledged_before, moved, left);
  return false;
}

// Reading sees only the FIN of a server that closed while the connection was idle; that it answered
// our bytes with a reset stands in the error of the socket, now or a round trip later.
void H1Client::on_stale_end() {
  const int error = connection_.take_error();
  if (error != 0) return fail(code_of_errno(error), phase(), error);
  if (http::is_idempotent(method_)) return fail(ErrorCode::kClosed, phase());  // needs no proof
  awaits_reset_ = true;
  timer_.set_after(std::max<os::Time::duration>(3 * connection_.round_trip(), kResetWait));
}

}  // namespace lb::upstream
