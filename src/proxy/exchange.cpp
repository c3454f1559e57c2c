#include "lb/proxy/exchange.h"

#include <cassert>

#include "lb/base/log.h"

namespace lb::proxy {
namespace {

constexpr std::uint16_t kClientLeft = 499;  // in the log: gone before there was an answer
constexpr std::chrono::seconds kRefusalsLoggedEvery{1};

}  // namespace

bool may_enter(Exchange::State from, Exchange::State to) {
  using State = Exchange::State;
  switch (to) {
    case State::kOpening:
      return from == State::kForwarding;
    case State::kForwarding:
      return from == State::kOpening;
    case State::kReplying:
      return from == State::kOpening || from == State::kForwarding;
    case State::kClosed:
      return from != State::kClosed;
  }
  return false;
}

Exchange::Exchange(ProxyContext& context, http::ServerStream& stream)
    : context_(context), stream_(stream), began_at_(context.reactor.now()) {}

Exchange::~Exchange() {
  drop_client();
}

void Exchange::enter(State next) {
  assert(may_enter(state_, next));
  state_ = next;
}

// ---- the request comes

void Exchange::on_request(http::RequestHead& head, const http::Piece& first,
                          const http::Peer& peer) {
  if (context_.access != nullptr) line_.begin(context_.clock.log_time(), peer, &head);
  head_only_ = head.method == http::Method::kHead;
  idempotent_ = http::is_idempotent(head.method);
  if (http::has_passed(head.fields, context_.rules.via)) return reply(reply_loop());
  if (http::max_forwards(head) == 0) return reply(reply_last_hop(head.method));
  if (head.framing.kind == http::Framing::Kind::kChunked) {
    hop_of_request_ = http::listed_by_connection(head.fields);
  }
  http::edit_request(head, peer, context_.rules, context_.scratch);
  if (first.trailers != nullptr) http::edit_trailers(*first.trailers, hop_of_request_);
  offered_ = head.upgrade;
  head.keep_alive = true;  // towards the server, whatever the client wants of its own connection
  if (!open(Reuse::kAllowed)) return reply(reply_nobody_up(context_.upstream.describe_down()));
  outgoing_.write(head, first);
  if (client_->connected()) return forward();
  if (!outgoing_.ended()) stream_.pause_request();
}

void Exchange::on_refused(const http::Refusal& refusal, const http::Peer& peer) {
  if (context_.access != nullptr) line_.begin(context_.clock.log_time(), peer, nullptr);
  head_only_ = refusal.head_only;
  request_.broke();
  reply(reply_to_refusal(refusal));
}

bool Exchange::open(Reuse reuse) {
  client_ = context_.upstream.open(tried_, *this, reuse);
  if (!client_) return false;
  ++attempts_;
  endpoint_ = &client_->endpoint();
  return true;
}

void Exchange::on_connected() {
  forward();
  if (request_.state() == Relay::State::kFlowing) stream_.resume_request();
}

void Exchange::forward() {
  enter(State::kForwarding);
  forwarded_at_ = context_.reactor.now();
  const http::Flow flow = client_->send_request(outgoing_);
  if (!may_repeat_later()) outgoing_.forget();
  carried_request({.bytes = {}, .end = outgoing_.ended()}, flow);
}

// What is not idempotent only where there may be proof that the server never saw it.
bool Exchange::may_repeat_later() const {
  return (idempotent_ || client_->reused()) &&
         outgoing_.held_body_bytes() <= context_.retries.held_bytes_max;
}

void Exchange::on_request_body(const http::Piece& piece) {
  if (piece.trailers != nullptr) http::edit_trailers(*piece.trailers, hop_of_request_);
  if (state_ != State::kForwarding || !client_) return;  // an early response is all there will be
  const std::size_t bytes = outgoing_.held_body_bytes() + piece.octets();
  if (bytes > context_.retries.held_bytes_max) outgoing_.forget();
  carried_request(piece, client_->send_body(piece, outgoing_));
}

// What is held for a repeat has to come here.
net::Pipe* Exchange::request_pipe() {
  if (state_ != State::kForwarding || !client_ || outgoing_.held()) return nullptr;
  return client_->body_pipe();
}

void Exchange::carried_request(const http::Piece& piece, http::Flow flow) {
  if (request_.carried(piece, flow) == Relay::Step::kPauseSource) stream_.pause_request();
  if (!request_.ended() && !client_->request_sent()) stream_.ease_request();
  if (tunnel_) close_if_sent();
}

void Exchange::on_request_drained() {
  if (request_.drained() == Relay::Step::kResumeSource) stream_.resume_request();
}

void Exchange::on_request_sent() {
  if (tunnel_) close_if_sent();
}

// ---- the response comes

void Exchange::on_interim(http::ResponseHead& head) {
  http::edit_response(head);
  stream_.send_interim(head);
}

void Exchange::on_response(http::ResponseHead& head, const http::Piece& first) {
  if (head.status == 101) {
    if (!switches_protocols(head)) {
      return on_server_failed(
          {.code = ErrorCode::kMalformed, .side = Side::kUpstream, .phase = Phase::kHead});
    }
    tunnel_ = true;
    request_ = Relay();
  }
  first_byte_at_ = context_.reactor.now();
  committed_ = true;
  outgoing_.forget();
  status_ = head.status;
  if (head.framing.kind == http::Framing::Kind::kChunked) {
    hop_of_response_ = http::listed_by_connection(head.fields);
  }
  http::edit_response(head);
  // RFC 9110 6.6.1: whoever has a clock dates what comes undated.
  const bool dated = head.status < 200 || http::find(head.fields, http::FieldId::kDate) != nullptr;
  if (!dated) head.fields.push_back(http::make_date(context_.clock.date_line()));
  if (first.trailers != nullptr) http::edit_trailers(*first.trailers, hop_of_response_);
  carried_response(first, stream_.send_response(head, first));
}

// RFC 9110 7.8: only to what was offered, and only after the whole request.
bool Exchange::switches_protocols(const http::ResponseHead& head) const {
  return !offered_.empty() && request_.ended() && http::is_offered_switch(head.fields, offered_);
}

void Exchange::on_response_body(const http::Piece& piece) {
  if (piece.trailers != nullptr) http::edit_trailers(*piece.trailers, hop_of_response_);
  carried_response(piece, stream_.send_body(piece));
}

void Exchange::carried_response(const http::Piece& piece, http::Flow flow) {
  if (response_.carried(piece, flow) == Relay::Step::kPauseSource) client_->pause_response();
  if (!response_.ended()) {
    if (!stream_.response_sent()) client_->ease_response();
    return;
  }
  if (!tunnel_) {
    context_.upstream.give_back(std::move(client_));
    if (!request_.ended()) stream_.pause_request();  // nobody wants the rest of it
  }
  close_if_sent();
}

void Exchange::on_response_drained() {
  if (response_.drained() == Relay::Step::kResumeSource) client_->resume_response();
}

void Exchange::on_response_sent() {
  close_if_sent();
}

// ---- failures

void Exchange::on_server_failed(const Error& error) {
  const AttemptOutcome outcome = outcome_of(error);
  drop_client();
  if (try_again(outcome)) return;
  request_.broke();
  if (!committed_) {
    if (is_own_shortage(error)) note_shortage(error);
    return reply(reply_to_failure(error, endpoint_->name));
  }
  response_.broke();
  close(false);
}

void Exchange::note_shortage(const Error& error) {
  ++context_.counters.shortages;
  const os::Time now = context_.reactor.now();
  if (now - context_.shortage_logged_at < kRefusalsLoggedEvery) return;
  context_.shortage_logged_at = now;
  log::warning("a request was answered with 503: out of ", describe_shortage(error), " (",
               context_.counters.shortages, " so far)");
}

// It stays where it is if it may not be sent again.
void Exchange::on_server_down() {
  const Phase phase = state_ == State::kOpening ? Phase::kConnect : Phase::kHead;
  static_cast<void>(try_again(
      outcome_of({.code = ErrorCode::kCancelled, .side = Side::kUpstream, .phase = phase})));
}

AttemptOutcome Exchange::outcome_of(const Error& error) {
  std::erase(tried_, endpoint_->id);  // it may have been told before that its server went down
  tried_.push_back(endpoint_->id);
  // Where nothing was sent, a benched server is better than none.
  using Benched = upstream::Upstream::Benched;
  const Benched benched = error.phase == Phase::kConnect ? Benched::kCounted : Benched::kNotCounted;
  return {.error = error,
          .stale = client_->may_be_stale(),
          .stale_repeated = stale_repeated_,
          .never_applied = client_->never_applied(),
          .idempotent = idempotent_,
          .held = outgoing_.held(),
          .committed = committed_,
          .repeats = repeats_,
          .repeats_max = context_.retries.repeats_max,
          .servers_left = context_.upstream.eligible(tried_, benched)};
}

// Whether another attempt was begun, or the request answered because there is nobody to ask.
bool Exchange::try_again(const AttemptOutcome& outcome) {
  Reuse reuse = Reuse::kAllowed;
  switch (decide(outcome)) {
    case Decision::kGiveUp:
      return false;
    case Decision::kNextServer:
      break;
    case Decision::kFreshConnection:
      stale_repeated_ = true;
      tried_.pop_back();
      reuse = Reuse::kNever;
      break;
    case Decision::kRepeat:
      if (!afford_repeat()) return false;
      ++repeats_;
      if (outcome.servers_left == 0) tried_.clear();
      break;
  }
  drop_client();
  open_again(reuse);
  return true;
}

bool Exchange::afford_repeat() {
  const os::Time now = context_.reactor.now();
  if (context_.budget.take(now)) {
    ++context_.counters.repeats;
    return true;
  }
  ++context_.counters.repeats_refused;
  if (now - context_.refusal_logged_at >= kRefusalsLoggedEvery) {
    context_.refusal_logged_at = now;
    log::warning("a request was not repeated: --retry-budget is used up (",
                 context_.counters.repeats_refused, " so far)");
  }
  return false;
}

// All of the request that has come is held, and goes out anew.
void Exchange::open_again(Reuse reuse) {
  if (state_ == State::kForwarding) {
    enter(State::kOpening);
    request_ = Relay();
    if (!outgoing_.ended()) stream_.pause_request();
  }
  if (!open(reuse)) return reply(reply_nobody_up(context_.upstream.describe_down()));
  if (client_->connected()) on_connected();
}

void Exchange::on_client_failed(const Error& error) {
  drop_client();
  request_.broke();
  if (state_ == State::kOpening || (state_ == State::kForwarding && !committed_)) {
    if (error.code == ErrorCode::kTimedOut) {
      return reply(
          reply_to_refusal({408, "the request body made no progress within --client-timeout"}));
    }
    if (error.code == ErrorCode::kTooSlow) {
      return reply(reply_to_refusal({408, "the request body came slower than --min-rate"}));
    }
    if (error.code == ErrorCode::kTooLarge) {
      return reply(reply_to_refusal({413, "the request body is larger than --max-body-size"}));
    }
    if (error.code == ErrorCode::kMalformed)
      return reply(reply_to_refusal({400, "the request body is malformed"}));
  }
  response_.broke();
  close(false);
}

// ---- the end

void Exchange::reply(const Reply& reply) {
  enter(State::kReplying);
  ++context_.counters.replies;
  committed_ = true;
  status_ = reply.status;
  outgoing_.forget();
  send_reply(stream_, reply, head_only_, context_.clock.date_line());
  if (!response_.ended())
    static_cast<void>(response_.carried({.bytes = {}, .end = true}, http::Flow::kOpen));
  close_if_sent();
}

void Exchange::close_if_sent() {
  if (state_ == State::kClosed || !response_.ended() || !stream_.response_sent()) return;
  if (tunnel_) {
    if (!request_.ended() || !client_->request_sent()) return;
    drop_client();
  }
  close(true);
}

// `whole`: the response was complete. The stream takes this object away.
void Exchange::close(bool whole) {
  enter(State::kClosed);
  if (!whole) ++context_.counters.cut;
  if (context_.access != nullptr) {
    const os::Time now = context_.reactor.now();
    AccessOutcome outcome;
    outcome.status = status_ != 0 ? status_ : kClientLeft;
    outcome.body_bytes = stream_.body_bytes_sent();
    if (endpoint_ != nullptr) outcome.server = endpoint_->name;
    outcome.tries = attempts_;
    outcome.total_time = now - began_at_;
    if (forwarded_at_) outcome.connect_time = *forwarded_at_ - began_at_;
    if (first_byte_at_) outcome.first_byte_time = *first_byte_at_ - began_at_;
    line_.end(*context_.access, outcome);
  }
  if (whole) {
    stream_.finish();
  } else {
    stream_.reset();
  }
}

void Exchange::drop_client() {
  if (!client_) return;
  client_->close();
  context_.reactor.retire(std::move(client_));
}

}  // namespace lb::proxy
