// The half of H1Server that the proxy sees: the response, and the end of the stream.

#include <algorithm>
#include <cassert>

#include "lb/downstream/h1_server.h"
#include "lb/http/wire.h"
#include "lb/http/writer.h"

namespace lb::downstream {

// ---- the response

http::Framing H1Server::response_framing(const http::ResponseHead& head) const {
  using Kind = http::Framing::Kind;
  const bool without_length =
      head.framing.kind == Kind::kChunked || head.framing.kind == Kind::kUntilClose;
  if (!without_length) return head.framing;
  return {.kind = http10_ ? Kind::kUntilClose : Kind::kChunked};
}

// RFC 9110 7.8: Upgrade, where it is sent, is listed here.
std::string_view H1Server::connection_option(const http::ResponseHead& head) const {
  if (tunnels()) return "Upgrade";
  const bool upgrade =
      head.status == 426 && http::find(head.fields, http::FieldId::kUpgrade) != nullptr;
  if (!keep_alive_) return upgrade ? "close, Upgrade" : "close";
  if (http10_) return upgrade ? "keep-alive, Upgrade" : "keep-alive";
  return upgrade ? "Upgrade" : "";
}

void H1Server::send_interim(const http::ResponseHead& head) {
  awaits_continue_ = false;
  if (request_ == RequestHalf::kBody) wait_for_client();
  if (http10_) return;  // RFC 9110 15.2
  const std::span<char> out = context_.reactor.scratch().out;
  const std::size_t bytes = http::write_response(head, {}, "", out);
  const std::string_view slice[] = {{out.data(), bytes}};
  static_cast<void>(connection_.send(slice));
}

http::Flow H1Server::send_response(const http::ResponseHead& head, const http::Piece& first) {
  assert(response_ == ResponseHalf::kWaiting);
  transfer_->writer = http::BodyWriter(response_framing(head));
  const bool until_close = transfer_->writer.framing().kind == http::Framing::Kind::kUntilClose;
  const bool early = first.end && request_ != RequestHalf::kDone;
  const bool last = context_.draining || (connection_.eof() && connection_.kept_bytes() == 0);
  if (until_close || early || last) keep_alive_ = false;
  response_ = ResponseHalf::kBody;
  if (tunnels()) open_tunnel();
  const std::span<char> out = context_.reactor.scratch().out;
  return send(http::write_response(head, transfer_->writer.framing(), connection_option(head), out),
              first);
}

bool H1Server::tunnels() const {
  return transfer_ && transfer_->writer.framing().kind == http::Framing::Kind::kTunnel;
}

// What the client sends from now on, and what it has sent already, are bytes for the server.
void H1Server::open_tunnel() {
  keep_alive_ = false;
  request_ = RequestHalf::kBody;
  transfer_->reader = http::BodyReader({.kind = http::Framing::Kind::kTunnel});
  connection_.set_read_bytes(net::kReadBytesMin, net::kReadBytesMax);
  if (connection_.kept_bytes() > 0 || connection_.eof()) connection_.again();
  wait_for_client();
}

http::Flow H1Server::send_body(const http::Piece& piece) {
  return send(0, piece);
}

net::Pipe* H1Server::body_pipe() {
  const bool plain = transfer_->writer.framing().kind != http::Framing::Kind::kChunked;
  if (context_.pipes == nullptr || response_ != ResponseHalf::kBody || !plain) return nullptr;
  return connection_.lease_pipe(*context_.pipes);
}

http::Flow H1Server::send(std::size_t head_bytes, const http::Piece& piece) {
  assert(response_ == ResponseHalf::kBody);
  if (piece.end) response_ = ResponseHalf::kDone;
  transfer_->bytes_sent += piece.octets();
  const http::Wire wire =
      http::assemble(context_.reactor.scratch().out, head_bytes, transfer_->writer, piece);
  // There was a pipe to fill only where nothing waited.
  const bool waited = piece.piped == 0 && !connection_.sent();
  const bool full = wire.empty() ? connection_.send_piped() : connection_.send(wire.slices());
  if (piece.end && tunnels()) connection_.finish();
  if (piece.end && tunnels()) {
    wait_for_client();
  } else if (!connection_.sent() && (!waited || !timer_.is_set())) {
    begin_to_wait();
  }
  return full ? http::Flow::kFull : http::Flow::kOpen;
}

void H1Server::on_drained() {
  if (state_ == State::kStreaming) transfer_->handler->on_response_drained();
}

// Before the end of a body it may be only that the next piece is not here yet: the same wait.
void H1Server::on_sent() {
  if (transfer_ && response_ == ResponseHalf::kDone) transfer_->download_pace.reset();
  if (state_ == State::kStreaming) transfer_->handler->on_response_sent();
}

// ---- the end of a stream

void H1Server::finish() {
  assert(state_ == State::kStreaming && response_ == ResponseHalf::kDone);
  end_transfer();
  const bool whole = request_ == RequestHalf::kDone && !connection_.failed();
  if (whole && keep_alive_) return await_next_request();
  const bool last_word_was_its = whole && asks_close_ && connection_.kept_bytes() == 0;
  last_word_was_its ? close() : close_when_read();
}

void H1Server::reset() {
  // Only a length or a last chunk tells a client that the body was cut; a body that lasts until
  // close must end in a reset.
  const bool body_begun = response_ != ResponseHalf::kWaiting;
  const bool ends_by_close =
      transfer_->writer.framing().kind == http::Framing::Kind::kUntilClose || tunnels();
  // A client that does not read would hold what the kernel has for it for minutes.
  if (stalled_ || (body_begun && ends_by_close)) {
    connection_.abort();
    return close();
  }
  end_transfer();
  connection_.forget_waiting();
  close_when_read();
}

// Closing while the client may still send would reset what it has not read yet, of this response or
// of those before it.
void H1Server::close_when_read() {
  connection_.failed() || connection_.eof() ? close() : linger();
}

void H1Server::set_head_read_bytes() {
  const std::uint32_t bytes = context_.limits.head.head_bytes_max + 1024;
  connection_.set_read_bytes(bytes, bytes);
}

void H1Server::await_next_request() {
  enter(State::kIdle);
  connection_.assume_acknowledged();
  set_timer(idle_limit());
  set_head_read_bytes();
  connection_.set_reading(true);
  if (connection_.kept_bytes() > 0) {
    connection_.again();
  } else if (connection_.eof()) {
    close();
  }
}

void H1Server::linger() {
  enter(State::kLingering);
  seen_bytes_ = 0;
  linger_looks_ = 0;
  connection_.assume_acknowledged();
  connection_.finish();
  connection_.set_reading(true);
  timer_.set_after(kLinger);
}

void H1Server::drain() {
  switch (state_) {
    case State::kProxyHeader:
    case State::kIdle:
      // Who has only just connected is about to ask, and may have done so unseen by any turn.
      if (!carried_request_) connection_.receive();
      if (state_ == State::kIdle || state_ == State::kProxyHeader) {
        timer_.set_after(context_.limits.drain_idle);
      }
      break;
    case State::kHead:
      timer_.set_after(context_.limits.drain_head);
      break;
    case State::kStreaming:
    case State::kLingering:
    case State::kClosed:
      break;
  }
}

void H1Server::cut() {
  if (state_ == State::kStreaming) fail_request(ErrorCode::kCancelled);
  close();
}

void H1Server::end_transfer() {
  context_.reactor.retire(std::move(transfer_->handler));
  transfer_.reset();
}

void H1Server::close() {
  if (state_ == State::kClosed) return;
  enter(State::kClosed);
  connection_.close();
  timer_.cancel();
  if (transfer_) end_transfer();
  context_.on_closed(*this);
}

}  // namespace lb::downstream
