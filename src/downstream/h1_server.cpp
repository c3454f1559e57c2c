#include "lb/downstream/h1_server.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "downstream/proxy_protocol.h"
#include "lb/base/log.h"
#include "lb/http/parser.h"

namespace lb::downstream {
namespace {

bool contain(const std::vector<os::Network>& networks, const os::IpAddress& address) {
  return std::ranges::any_of(
      networks, [&address](const os::Network& network) { return network.contains(address); });
}

}  // namespace

bool may_enter(H1Server::State from, H1Server::State to) {
  using State = H1Server::State;
  switch (to) {
    case State::kProxyHeader:
      return false;
    case State::kIdle:
      return from == State::kStreaming || from == State::kProxyHeader;
    case State::kHead:
      return from == State::kIdle;
    case State::kStreaming:
      return from == State::kIdle || from == State::kHead;
    case State::kLingering:
      return from == State::kStreaming;
    case State::kClosed:
      return from != State::kClosed;
  }
  return false;
}

H1Server::H1Server(H1ServerContext& context, const os::IpAddress& peer)
    : context_(context),
      connection_(context.reactor, *this, net::Connection::Unread::kForget),
      timer_(context.reactor, Callback<>::to<&H1Server::on_due>(this)),
      peer_(peer),
      trusted_(contain(context.trusted, peer)) {
  if (contain(context.proxy_protocol_from, peer)) state_ = State::kProxyHeader;
  set_head_read_bytes();
}

H1Server::~H1Server() {
  connection_.close();
}

void H1Server::enter(State next) {
  assert(may_enter(state_, next));
  state_ = next;
}

int H1Server::start(os::Fd fd) {
  const int error = connection_.open(std::move(fd));
  if (error != 0) return error;
  set_timer(context_.limits.header_timeout);
  connection_.receive();
  return 0;
}

// ---- bytes from the client

std::size_t H1Server::on_bytes(std::span<char> bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const std::span<char> rest = bytes.subspan(taken);
    std::size_t step = 0;
    switch (state_) {
      case State::kProxyHeader:
        step = take_proxy_header({rest.data(), rest.size()});
        break;
      case State::kIdle:
      case State::kHead:
        step = take_head(rest);
        break;
      case State::kStreaming:
        step = request_ == RequestHalf::kBody ? take_body(rest) : 0;
        break;
      case State::kLingering:
        step = linger_over(rest.size());
        break;
      case State::kClosed:
        return bytes.size();
    }
    if (step == 0) break;
    taken += step;
  }
  update_reading(bytes.size() - taken);
  return taken;
}

// From here on the client is who the header names. That goes for the trust in what it says of
// others, too: the balancer passes on what anybody says.
std::size_t H1Server::take_proxy_header(std::string_view bytes) {
  const ProxyHeader header = parse_proxy_header(bytes);
  if (header.status == http::ParseStatus::kIncomplete) return 0;
  if (header.status == http::ParseStatus::kRefused) {
    refuse_peer(header.reason);
    return bytes.size();
  }
  enter(State::kIdle);
  if (header.client) {
    peer_ = *header.client;
    trusted_ = contain(context_.trusted, peer_);
  }
  return header.bytes;
}

// Without an answer: a balancer that passes connections on does not speak HTTP.
void H1Server::refuse_peer(std::string_view reason) {
  ++context_.proxy_refusals;
  const os::Time now = context_.reactor.now();
  const bool due = now - context_.proxy_refusal_logged_at >= kProxyRefusalsLoggedEvery;
  if (due && log::enabled(log::Level::kDebug)) {
    context_.proxy_refusal_logged_at = now;
    std::array<char, os::kIpTextMax> ip;
    log::debug("closed a connection of ", os::format_ip(peer_, ip),
               " over its PROXY header: ", reason, " (", context_.proxy_refusals, " so far)");
  }
  close();
}

std::size_t H1Server::take_head(std::span<char> bytes) {
  const std::string_view view(bytes.data(), bytes.size());
  if (state_ == State::kIdle && view.starts_with("\r\n")) return take_blank_line();
  if (seen_bytes_ > 0) {
    const http::HeadEnd end = http::head_end(view, seen_bytes_);
    if (end.kind == http::HeadEnd::Kind::kMore &&
        view.size() < context_.limits.head.head_bytes_max) {
      seen_bytes_ = static_cast<std::uint32_t>(end.scanned);
      return 0;
    }
  }
  const http::ParseResult result = http::parse_request(view, context_.limits.head, context_.head);
  switch (result.status) {
    case http::ParseStatus::kDone:
      return begin_request(bytes, result.bytes);
    case http::ParseStatus::kIncomplete:
      return take_partial_head(view);
    case http::ParseStatus::kRefused:
      refuse(result.refusal, view);
      break;
  }
  return bytes.size();
}

// Some clients end a body with a CRLF that belongs to nothing (RFC 9112 2.2): no head begins by it.
std::size_t H1Server::take_blank_line() {
  constexpr std::size_t kBytes = 2;
  if (++blank_lines_ > kBlankLinesMax) {
    refuse({.status = 400, .reason = "too many blank lines before a request"}, {});
  }
  return kBytes;
}

// What is there of a head is kept in the connection until the rest comes.
std::size_t H1Server::take_partial_head(std::string_view bytes) {
  if (state_ == State::kIdle) {
    enter(State::kHead);
    set_timer(context_.limits.header_timeout);
  }
  if (connection_.eof()) {  // the rest will never come
    close();
    return bytes.size();
  }
  seen_bytes_ = static_cast<std::uint32_t>(http::head_end(bytes, 0).scanned);
  if (bytes.size() < context_.limits.head.head_bytes_max) return 0;
  refuse(http::too_large(bytes), bytes);
  return bytes.size();
}

std::size_t H1Server::begin_request(std::span<char> bytes, std::size_t head_bytes) {
  http::RequestHead& head = context_.head;
  const std::string_view text(bytes.data(), head_bytes);
  transfer_ = std::make_unique<Transfer>();
  transfer_->reader = http::BodyReader(head.framing);
  const http::BodyReader::Result body =
      transfer_->reader.read(bytes.subspan(head_bytes), context_.trailers);
  if (body.status == http::BodyReader::Status::kBroken) {
    refuse({.status = 400, .reason = body.broken_by}, text);
    return bytes.size();
  }
  if (is_too_large(head.framing.kind == http::Framing::Kind::kLength ? head.framing.length
                                                                     : body.payload.size())) {
    refuse({.status = 413, .reason = "the request body is larger than --max-body-size"}, text);
    return bytes.size();
  }
  transfer_->bytes_received = body.payload.size();
  enter(State::kStreaming);
  seen_bytes_ = 0;
  blank_lines_ = 0;
  carried_request_ = true;
  asks_close_ = !head.keep_alive;
  awaits_continue_ = head.expects_continue && body.payload.empty();
  request_ = transfer_->reader.done() ? RequestHalf::kDone : RequestHalf::kBody;
  response_ = ResponseHalf::kWaiting;
  http10_ = head.minor_version == 0;
  keep_alive_ = head.keep_alive;
  request_paused_ = false;
  if (request_ == RequestHalf::kBody) {
    connection_.set_read_bytes(net::kReadBytesMin, net::kReadBytesMin);
    note_bulk(body.payload.size());
    wait_for_client();
  }
  transfer_->handler = context_.service.open(*this);
  std::array<char, os::kIpTextMax> ip;
  const http::Peer peer{.client_ip = os::format_ip(peer_, ip), .trusted = trusted_};
  transfer_->handler->on_request(
      head,
      {.bytes = body.payload, .end = transfer_->reader.done(), .trailers = &context_.trailers},
      peer);
  return head_bytes + body.consumed;
}

std::size_t H1Server::take_body(std::span<char> bytes) {
  const http::BodyReader::Result body = transfer_->reader.read(bytes, context_.trailers);
  if (body.status == http::BodyReader::Status::kBroken) {
    request_ = RequestHalf::kRefused;
    fail_request(ErrorCode::kMalformed);
    return bytes.size();
  }
  if (is_too_large(body.payload.size())) {
    request_ = RequestHalf::kRefused;
    fail_request(ErrorCode::kTooLarge);
    return bytes.size();
  }
  // Only a trailer section is left lying until it is whole.
  const bool ends_within_trailers = body.consumed < bytes.size() && !transfer_->reader.done();
  if (ends_within_trailers && connection_.eof()) {  // the rest will never come
    request_ = RequestHalf::kRefused;
    fail_request(ErrorCode::kClosed);
    return bytes.size();
  }
  transfer_->bytes_received += body.payload.size();
  if (transfer_->reader.done()) request_ = RequestHalf::kDone;
  begin_body();
  note_bulk(bytes.size());
  if (!body.payload.empty() || transfer_->reader.done()) {
    transfer_->handler->on_request_body(piece_of(body));
  }
  return body.consumed;
}

// With or without the 100 that it said it waits for, the client is now expected to go on.
void H1Server::begin_body() {
  if (!awaits_continue_) return;
  awaits_continue_ = false;
  if (!transfer_->reader.done()) wait_for_client();
}

// A receive has brought so many bytes of the body.
void H1Server::note_bulk(std::size_t bytes) {
  if (context_.pipes == nullptr) return;
  connection_.set_bypassing(transfer_->reader.is_bulk(context_.pipes->bulk_bytes()) &&
                            context_.pipes->is_large(bytes));
}

net::Bypass H1Server::bypass() {
  if (state_ != State::kStreaming || request_ != RequestHalf::kBody) return {};
  return {.pipe = transfer_->handler->request_pipe(), .bytes_max = transfer_->reader.remaining()};
}

void H1Server::on_bypassed(std::size_t bytes) {
  transfer_->reader.skip(bytes);
  transfer_->bytes_received += bytes;
  if (transfer_->reader.done()) request_ = RequestHalf::kDone;
  if (bytes > 0) begin_body();
  connection_.set_bypassing(!transfer_->reader.done() && context_.pipes->is_large(bytes));
  transfer_->handler->on_request_body(
      {.bytes = {}, .end = transfer_->reader.done(), .piped = bytes});
}

bool H1Server::is_too_large(std::size_t more) const {
  const std::uint64_t max = context_.limits.body_bytes_max;
  return max > 0 && !tunnels() && transfer_->bytes_received + more > max;
}

http::Piece H1Server::piece_of(const http::BodyReader::Result& body) const {
  const bool has_trailers =
      transfer_->reader.done() && transfer_->reader.kind() == http::Framing::Kind::kChunked;
  return {.bytes = body.payload,
          .end = transfer_->reader.done(),
          .trailers = has_trailers ? &context_.trailers : nullptr};
}

// The client sent what no server may see, beginning with `request`: one answer, then the end.
void H1Server::refuse(http::Refusal refusal, std::string_view request) {
  refusal.head_only = http::asks_head(request);
  enter(State::kStreaming);
  carried_request_ = true;
  request_ = RequestHalf::kRefused;
  response_ = ResponseHalf::kWaiting;
  keep_alive_ = false;
  transfer_ = std::make_unique<Transfer>();
  http10_ = false;
  transfer_->handler = context_.service.open(*this);
  std::array<char, os::kIpTextMax> ip;
  transfer_->handler->on_refused(refusal,
                                 {.client_ip = os::format_ip(peer_, ip), .trusted = trusted_});
}

// The request ends before its end; the handler answers if it still can, and ends the stream either
// way.
void H1Server::fail_request(ErrorCode code) {
  keep_alive_ = false;
  transfer_->handler->on_client_failed(
      {.code = code, .side = Side::kDownstream, .phase = Phase::kBody});
}

std::size_t H1Server::linger_over(std::size_t bytes) {
  seen_bytes_ += static_cast<std::uint32_t>(bytes);
  if (seen_bytes_ > kLingerBytesMax) connection_.set_reading(false);
  return bytes;
}

void H1Server::on_eof() {
  // Connecting and ending is how some balancers look whether somebody listens.
  if (state_ == State::kProxyHeader && connection_.kept_bytes() > 0) {
    return refuse_peer("it ends early");
  }
  if (state_ != State::kStreaming) {
    // A client that ends within a head, or after its last request, is told nothing.
    if (state_ != State::kIdle || connection_.kept_bytes() == 0) close();
    return;
  }
  if (request_ != RequestHalf::kBody) return;  // a half-close: the response is still wanted
  if (transfer_->reader.ends_at_eof()) {       // one direction of a tunnel
    request_ = RequestHalf::kDone;
    wait_for_client();
    return transfer_->handler->on_request_body({.bytes = {}, .end = true});
  }
  request_ = RequestHalf::kRefused;
  fail_request(ErrorCode::kClosed);
}

void H1Server::on_failed(ErrorCode code, int) {
  if (state_ == State::kStreaming) {
    fail_request(code);
  } else {
    close();
  }
}

}  // namespace lb::downstream
