// The part of H1Server that waits for the client: when it reads, how long it waits, and what it
// does when that is over.

#include <algorithm>

#include "lb/downstream/h1_server.h"

namespace lb::downstream {

// Reading rests while the relay is full, and while a request is in hand and enough of the next ones
// is kept.
void H1Server::update_reading(std::size_t kept) {
  if (state_ != State::kStreaming) return;
  const bool pipelined_enough =
      request_ != RequestHalf::kBody && kept >= context_.limits.head.head_bytes_max;
  connection_.set_reading(!request_paused_ && !pipelined_enough);
}

void H1Server::pause_request() {
  request_paused_ = true;
  update_reading(connection_.kept_bytes());
}

// A short pause is part of the wait for the client that it interrupts, or a slow client would never
// be judged; after a long one it has its time anew.
void H1Server::resume_request() {
  request_paused_ = false;
  const bool long_pause = context_.reactor.now() - connection_.received_at() >= kLongPause;
  if (long_pause) transfer_->upload_pace.reset();
  update_reading(connection_.kept_bytes());
  const bool begins_to_wait = long_pause || !timer_.is_set();
  if (request_ == RequestHalf::kBody && begins_to_wait) wait_for_client();
}

// What comes from the server of a tunnel is progress too: it is sent here.
std::chrono::milliseconds H1Server::progress_limit() const {
  const bool open_both_ways = request_ == RequestHalf::kBody && response_ == ResponseHalf::kBody;
  return tunnels() && open_both_ways ? context_.limits.tunnel_timeout
                                     : context_.limits.client_timeout;
}

bool H1Server::waits_for_body() const {
  return request_ == RequestHalf::kBody && !request_paused_ && !awaits_continue_;
}

// When the client will have been silent for too long; nothing if it is not waited for.
std::optional<os::Time> H1Server::client_due() const {
  const std::chrono::milliseconds limit = progress_limit();
  const auto after = [limit](os::Time since) {
    return limit.count() > 0 ? since + limit : os::Time::max();
  };
  if (tunnels()) {
    const bool said_all = request_ == RequestHalf::kDone && response_ == ResponseHalf::kDone;
    if ((request_paused_ || said_all) && connection_.sent()) return std::nullopt;  // for the server
    return after(std::max(connection_.received_at(), connection_.sent_at()));
  }
  std::optional<os::Time> due;
  if (!connection_.sent()) due = after(connection_.sent_at());
  if (waits_for_body()) {
    due = std::min(due.value_or(os::Time::max()), after(connection_.received_at()));
  }
  return due;
}

void H1Server::set_timer(std::chrono::milliseconds limit) {
  if (limit.count() > 0) {
    timer_.set_after(limit);
  } else {
    timer_.cancel();  // unlimited
  }
}

void H1Server::wait_for_client() {
  const std::chrono::milliseconds limit =
      connection_.sent() ? progress_limit() : progress_limit() / net::kLooksPerTimeout;
  const std::chrono::milliseconds first_look = net::Pace::kFirstLook;
  const bool paced = context_.limits.rate_min > 0 && (limit.count() == 0 || limit > first_look);
  set_timer(paced ? first_look : limit);
  look_in_pace();
}

// With what is sent: a look that comes earlier stays, or a client that takes a little now and then
// would put it off each time.
void H1Server::begin_to_wait() {
  const os::Time look = timer_.deadline();
  wait_for_client();
  if (look > context_.reactor.now()) timer_.set_at(std::min(look, timer_.deadline()));
}

// A wait that goes on is judged in its time, however often it seems to begin.
void H1Server::look_in_pace() {
  for (const net::Pace* pace : {transfer_->upload_pace.get(), transfer_->download_pace.get()}) {
    if (pace != nullptr) timer_.set_at(std::min(timer_.deadline(), pace->window_ends_at()));
  }
}

void H1Server::on_due() {
  switch (state_) {
    case State::kProxyHeader:
      if (context_.draining) return close();
      return refuse_peer("it was not whole within --header-timeout");
    case State::kIdle:
      // The time between requests begins when the client has the last response.
      if (!connection_.look_for_progress()) return close();
      return timer_.set_after(std::max(idle_limit(), kDeliveryLook));
    case State::kLingering:
      return connection_.look_for_progress() && ++linger_looks_ < kLingerLooksMax
                 ? timer_.set_after(kLinger)
                 : close();
    case State::kHead:
      if (context_.draining) return close();
      return refuse({.status = 408, .reason = "the request head took longer than --header-timeout"},
                    connection_.kept());
    case State::kStreaming:
      return check_progress();
    case State::kClosed:
      return;
  }
}

// At least 1 ms while draining, where none must not mean for ever.
std::chrono::milliseconds H1Server::idle_limit() const {
  if (!context_.draining) return context_.limits.keepalive_timeout;
  return std::max(context_.limits.drain_idle, std::chrono::milliseconds(1));
}

void H1Server::check_progress() {
  const std::uint64_t acknowledged_before = connection_.bytes_acknowledged();
  connection_.look_for_progress();  // it may still be reading what the kernel has taken
  const std::optional<os::Time> due = client_due();
  if (!due) {  // whoever begins to wait sets the timer again
    transfer_->upload_pace.reset();
    transfer_->download_pace.reset();
    return;
  }
  const os::Time now = context_.reactor.now();
  const bool silent = *due <= now;
  if (silent || lags(acknowledged_before)) {
    stalled_ = !connection_.sent();
    return fail_request(silent ? ErrorCode::kTimedOut : ErrorCode::kTooSlow);
  }
  const std::chrono::milliseconds limit = progress_limit();
  os::Time look = *due;
  if (limit.count() > 0 && !connection_.acknowledged()) {
    look = std::min(look, now + limit / net::kLooksPerTimeout);
  }
  if (look != os::Time::max()) timer_.set_at(look);
  look_in_pace();
}

// Whether the client moves less than --min-rate of what it is waited for. A tunnel may be silent
// for long.
bool H1Server::lags(std::uint64_t acknowledged_before) {
  const std::uint32_t rate = context_.limits.rate_min;
  if (rate == 0) return false;
  const os::Time now = context_.reactor.now();
  if (!waits_for_body() || tunnels()) {
    transfer_->upload_pace.reset();
  } else if (!transfer_->upload_pace) {
    transfer_->upload_pace =
        std::make_unique<net::Pace>(now, 0, transfer_->bytes_received, UINT64_MAX);
  } else if (transfer_->upload_pace->too_slow(now, transfer_->bytes_received, UINT64_MAX, rate)) {
    return true;
  }
  const std::uint64_t acknowledged = connection_.bytes_acknowledged();
  const std::uint64_t left = connection_.bytes_left();
  if (connection_.sent()) {
    transfer_->download_pace.reset();
  } else if (!transfer_->download_pace) {
    transfer_->download_pace =
        std::make_unique<net::Pace>(now, acknowledged_before, acknowledged, left);
  } else {
    return transfer_->download_pace->too_slow(now, acknowledged, left, rate);
  }
  return false;
}

}  // namespace lb::downstream
