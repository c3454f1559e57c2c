#include "lb/upstream/h1_client.h"

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "lb/http/parser.h"
#include "lb/http/wire.h"
#include "lb/upstream/endpoint.h"

namespace lb::upstream {
bool may_enter(H1Client::State from, H1Client::State to) {
  using State = H1Client::State;
  switch (to) {
    case State::kConnecting:
      return false;
    case State::kIdle:
      return from == State::kConnecting || from == State::kStreaming;
    case State::kStreaming:
      return from == State::kIdle;
    case State::kClosed:
      return from != State::kClosed;
  }
  return false;
}

H1Client::H1Client(H1ClientContext& context, Endpoint& endpoint, http::ClientStreamHandler& handler)
    : context_(context),
      endpoint_(endpoint),
      handler_(&handler),
      connection_(context.reactor, *this, net::Connection::Unread::kKeep,
                  event::Watch::Rank::kFirst),
      timer_(context.reactor, Callback<>::to<&H1Client::on_due>(this)) {
  if (context.signs != nullptr) Linked<H1Client>::link(endpoint.clients);
  connect();
}

H1Client::~H1Client() {
  connection_.close();
}

void H1Client::enter(State next) {
  assert(may_enter(state_, next));
  state_ = next;
}

// ---- connecting, resting, ending

void H1Client::connect() {
  connector_ = std::make_unique<net::Connector>(context_.reactor, *this);
  connector_->start(endpoint_.addresses, endpoint_.preferred_address,
                    context_.limits.connect_timeout);
}

// It may be the one that is calling: it dies at the end of the turn.
void H1Client::drop_connector() {
  if (!connector_) return;
  connector_->cancel();
  context_.reactor.retire(std::move(connector_));
}

void H1Client::on_connected(os::Fd fd, std::size_t address) {
  drop_connector();
  endpoint_.preferred_address = address;
  const int error = connection_.open(std::move(fd));
  if (error != 0) return fail(code_of_errno(error), Phase::kConnect, error);
  enter(State::kIdle);
  handler_->on_connected();
}

void H1Client::on_connect_failed(ErrorCode code, int errno_value) {
  drop_connector();
  if (os::is_exhausted(errno_value) && context_.descriptors.free_descriptor()) return connect();
  fail(code, Phase::kConnect, errno_value);
}

void H1Client::lease(http::ClientStreamHandler& handler) {
  assert(state_ == State::kIdle && handler_ == nullptr);
  handler_ = &handler;
  owner_ = nullptr;
  connection_.set_early(false);
}

void H1Client::rest(IdleOwner& owner) {
  enter(State::kIdle);
  handler_ = nullptr;
  owner_ = &owner;
  connection_.set_reading(true);  // whatever it shows now ends it, before somebody takes it
  connection_.set_early(true);
  rests_since_ = context_.reactor.now();
  set_timer(context_.limits.keepalive_timeout);
}

bool H1Client::reusable() const {
  return state_ == State::kStreaming && request_ == RequestHalf::kDone &&
         response_ == ResponseHalf::kDone && keep_alive_ && !surplus_ && connection_.sent() &&
         !connection_.eof() && !connection_.failed();
}

void H1Client::look() {
  assert(state_ == State::kIdle);
  if (context_.reactor.now() - rests_since_ >= kRestUnseen && !connection_.silent()) end_idle();
}

void H1Client::close() {
  if (state_ == State::kClosed) return;
  enter(State::kClosed);
  drop_connector();
  close_connection();
  Linked<H1Client>::unlink();
  if (take_trial()) endpoint_.probation.abandon_trial(context_.reactor.now());
  timer_.cancel();
  handler_ = nullptr;
  owner_ = nullptr;
}

// Who closes first keeps the port for a minute. When that has taken too many of them, a connection
// whose response is here whole ends by a reset instead, which keeps none.
void H1Client::close_connection() {
  if (!connection_.closed() && !connection_.eof() && !endpoint_.is_unix()) {
    const os::Time now = context_.reactor.now();
    const bool whole = request_ == RequestHalf::kDone && response_ == ResponseHalf::kDone;
    if (whole && context_.own_closes.too_many(now)) return connection_.abort();
    context_.own_closes.add(now);
  }
  connection_.close();
}

void H1Client::on_endpoint_down() {
  if (handler_ == nullptr) return;
  const bool waits = state_ == State::kStreaming && response_ == ResponseHalf::kHead;
  if (waits || state_ == State::kConnecting) handler_->on_server_down();
}

void H1Client::end_idle() {
  assert(owner_ != nullptr);
  owner_->on_idle_ended(*this);
}

// What was being done is over; the handler hears of it once.
void H1Client::fail(ErrorCode code, Phase phase, int errno_value) {
  http::ClientStreamHandler* handler = handler_;
  assert(handler != nullptr && "only the pool has none, and it is told by end_idle");
  never_applied_ =
      may_be_stale() && errno_value == EPIPE && connection_.has_taken_nothing_since(sent_before_);
  const Error error{
      .code = code, .side = Side::kUpstream, .phase = phase, .errno_value = errno_value};
  // That a connection ends which rested before says nothing; that its server lets a request wait
  // in vain does.
  const bool ended = code == ErrorCode::kReset || code == ErrorCode::kClosed;
  const bool stale = ended && may_be_stale();
  if (context_.signs != nullptr && !stale) context_.signs->on_failed(*this, error);
  close();
  handler->on_server_failed(error);
}

// ---- the request

http::Flow H1Client::send_request(const http::OutgoingRequest& request) {
  enter(State::kStreaming);
  ++requests_;
  method_ = request.method();
  request_ = request.ended() ? RequestHalf::kDone : RequestHalf::kBody;
  response_ = ResponseHalf::kHead;
  keep_alive_ = request.keep_alive();
  interims_ = 0;
  interim_bytes_ = 0;
  scanned_ = 0;
  heard_ = false;
  awaits_reset_ = false;
  sent_before_ = connection_.bytes_sent();
  expects_continue_ = request.expects_continue();
  writer_ = http::BodyWriter(request.framing());
  connection_.set_read_bytes(context_.limits.head.head_bytes_max + 1024, net::kReadBytesMax);
  connection_.assume_acknowledged();  // the request before this one was answered
  wait_for_server();
  return send(request.slices(endpoint_.authority).all());
}

http::Flow H1Client::send_body(const http::Piece& piece, http::OutgoingRequest& request) {
  assert(state_ == State::kStreaming && request_ == RequestHalf::kBody);
  if (piece.end) request_ = RequestHalf::kDone;
  if (piece.octets() > 0) expects_continue_ = false;
  const http::Wire wire = http::assemble(context_.reactor.scratch().out, 0, writer_, piece);
  request.append(wire.slices(), piece.end);
  const http::Flow flow = wire.empty() ? send_piped() : send(wire.slices());
  if (piece.end && tunnels()) connection_.finish();
  return flow;
}

http::Flow H1Client::send(std::span<const std::string_view> slices) {
  const bool waited = !connection_.sent();
  const bool full = !slices.empty() && connection_.send(slices);
  if (!waited && !connection_.sent()) begin_to_wait();
  return full ? http::Flow::kFull : http::Flow::kOpen;
}

// Nothing waited before: only then there was a pipe to fill.
http::Flow H1Client::send_piped() {
  if (!connection_.send_piped()) return http::Flow::kOpen;
  begin_to_wait();
  return http::Flow::kFull;
}

net::Pipe* H1Client::body_pipe() {
  const bool plain = writer_.framing().kind != http::Framing::Kind::kChunked;
  if (context_.pipes == nullptr || request_ != RequestHalf::kBody || !plain) return nullptr;
  return connection_.lease_pipe(*context_.pipes);
}

void H1Client::on_drained() {
  if (state_ == State::kStreaming) handler_->on_request_drained();
}

void H1Client::on_sent() {
  if (request_ == RequestHalf::kDone) pace_.reset();
  if (state_ == State::kStreaming) handler_->on_request_sent();
}

// ---- the response

std::size_t H1Client::on_bytes(std::span<char> bytes) {
  heard_ = true;
  if (state_ == State::kStreaming) return take_response(bytes);
  if (state_ == State::kIdle)
    end_idle();  // a server that speaks first cannot be trusted with a request
  return bytes.size();
}

std::size_t H1Client::take_response(std::span<char> bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && state_ == State::kStreaming) {
    assert(handler_ != nullptr);
    const std::span<char> rest = bytes.subspan(taken);
    if (response_ == ResponseHalf::kDone) {
      surplus_ = true;
      break;
    }
    const std::size_t step = response_ == ResponseHalf::kHead ? take_head(rest) : take_body(rest);
    if (step == 0) return taken;
    taken += step;
  }
  return bytes.size();
}

std::size_t H1Client::take_head(std::span<char> bytes) {
  const std::string_view view(bytes.data(), bytes.size());
  const bool full = view.size() >= context_.limits.head.head_bytes_max;
  if (scanned_ > 0 && !full) {
    const http::HeadEnd end = http::head_end(view, scanned_);
    if (end.kind == http::HeadEnd::Kind::kMore) {
      scanned_ = static_cast<std::uint32_t>(end.scanned);
      return 0;
    }
  }
  const http::ParseResult result =
      http::parse_response(view, context_.limits.head, method_, context_.head);
  if (result.status == http::ParseStatus::kDone) {
    scanned_ = 0;
    return context_.head.interim() ? take_interim(result.bytes) : take_final(bytes, result.bytes);
  }
  if (result.status == http::ParseStatus::kIncomplete && !full) {
    scanned_ = static_cast<std::uint32_t>(http::head_end(view, 0).scanned);
    return 0;
  }
  fail(full ? ErrorCode::kTooLarge : ErrorCode::kMalformed, Phase::kHead);
  return bytes.size();
}

std::size_t H1Client::take_interim(std::size_t head_bytes) {
  expects_continue_ = false;
  interim_bytes_ += static_cast<std::uint32_t>(head_bytes);
  if (++interims_ > context_.limits.interims_max ||
      interim_bytes_ > context_.limits.head.head_bytes_max) {
    fail(ErrorCode::kMalformed, Phase::kHead);
  } else {
    handler_->on_interim(context_.head);
  }
  return head_bytes;
}

std::size_t H1Client::take_final(std::span<char> bytes, std::size_t head_bytes) {
  http::ResponseHead& head = context_.head;
  reader_ = http::BodyReader(head.framing);
  const http::BodyReader::Result body = reader_.read(bytes.subspan(head_bytes), context_.trailers);
  if (body.status == http::BodyReader::Status::kBroken) {
    fail(ErrorCode::kMalformed, Phase::kHead);  // nothing of it has gone down yet
    return bytes.size();
  }
  if (!endpoint_.probation.spotless() && context_.signs != nullptr) {
    context_.signs->on_answered(*this);
  }
  keep_alive_ = keep_alive_ && head.keep_alive;
  if (head.framing.kind == http::Framing::Kind::kTunnel) open_tunnel();
  response_ = reader_.done() ? ResponseHalf::kDone : ResponseHalf::kBody;
  if (!reader_.done()) connection_.set_read_bytes(net::kReadBytesMin, net::kReadBytesMax);
  const std::size_t taken = head_bytes + body.consumed;
  surplus_ = reader_.done() && taken < bytes.size();
  note_bulk(body.payload.size());
  handler_->on_response(head, piece_of(body));
  return taken;
}

std::size_t H1Client::take_body(std::span<char> bytes) {
  const http::BodyReader::Result body = reader_.read(bytes, context_.trailers);
  if (body.status == http::BodyReader::Status::kBroken) {
    fail(ErrorCode::kMalformed, Phase::kBody);
    return bytes.size();
  }
  if (reader_.done()) {
    response_ = ResponseHalf::kDone;
    surplus_ = body.consumed < bytes.size();
  }
  note_bulk(bytes.size());
  if (!body.payload.empty() || reader_.done()) handler_->on_response_body(piece_of(body));
  return body.consumed;
}

// A receive has brought so many bytes of the body.
void H1Client::note_bulk(std::size_t bytes) {
  if (context_.pipes == nullptr) return;
  connection_.set_bypassing(reader_.is_bulk(context_.pipes->bulk_bytes()) &&
                            context_.pipes->is_large(bytes));
}

net::Bypass H1Client::bypass() {
  if (state_ != State::kStreaming || response_ != ResponseHalf::kBody) return {};
  return {.pipe = handler_->response_pipe(), .bytes_max = reader_.remaining()};
}

void H1Client::on_bypassed(std::size_t bytes) {
  reader_.skip(bytes);
  if (reader_.done()) {
    response_ = ResponseHalf::kDone;
    surplus_ = keep_alive_ && !connection_.silent();  // no receive has looked beyond the end
  }
  connection_.set_bypassing(!reader_.done() && context_.pipes->is_large(bytes));
  handler_->on_response_body({.bytes = {}, .end = reader_.done(), .piped = bytes});
}

// Both halves carry bytes from now on (RFC 9110 7.8); the connection is never used for HTTP again.
void H1Client::open_tunnel() {
  keep_alive_ = false;
  request_ = RequestHalf::kBody;
  writer_ = http::BodyWriter({.kind = http::Framing::Kind::kTunnel});
}

bool H1Client::tunnels() const {
  return writer_.framing().kind == http::Framing::Kind::kTunnel;
}

http::Piece H1Client::piece_of(const http::BodyReader::Result& body) const {
  const bool has_trailers = reader_.done() && reader_.kind() == http::Framing::Kind::kChunked;
  return {.bytes = body.payload,
          .end = reader_.done(),
          .trailers = has_trailers ? &context_.trailers : nullptr};
}

void H1Client::on_eof() {
  if (state_ == State::kIdle) return end_idle();
  if (state_ != State::kStreaming || response_ == ResponseHalf::kDone) return;
  if (response_ == ResponseHalf::kBody && reader_.ends_at_eof()) {
    response_ = ResponseHalf::kDone;
    handler_->on_response_body({.bytes = {}, .end = true});
    return;
  }
  if (may_be_stale()) return on_stale_end();
  fail(ErrorCode::kClosed, phase());
}

void H1Client::on_failed(ErrorCode code, int errno_value) {
  if (state_ == State::kIdle) return end_idle();
  if (state_ != State::kStreaming) return;
  if (response_ == ResponseHalf::kDone && !tunnels()) return;
  fail(code, phase(), errno_value);
}

}  // namespace lb::upstream
