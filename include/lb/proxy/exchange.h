#pragma once

// One request: its attempts, its one response, its end. Stands between a stream of the client and a
// stream of a server and sees only those.
//
//     kOpening --connected--> kForwarding --both relays over, all sent--> kClosed
//        |  \--connect failed, another server--> kOpening
//        \--nobody up, no server left--> kReplying --sent--> kClosed
//     kForwarding --failed, may be repeated--> kOpening
//     kForwarding --failed before the response head went down--> kReplying
//     kForwarding --failed after it--> kClosed (the stream is reset: a cut body never looks
//     complete)
//
// After a 101 the relays begin anew, as a tunnel: each ends with its side, and the exchange with
// both.
//
// `committed` is set once, when the final response head goes down; nothing is repeated after it.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lb/base/recycled.h"
#include "lb/http/outgoing_request.h"
#include "lb/proxy/proxy.h"
#include "lb/proxy/relay.h"
#include "lb/proxy/reply.h"
#include "lb/proxy/retry.h"

namespace lb::proxy {

class Exchange final : public http::ServerStreamHandler,
                       public http::ClientStreamHandler,
                       public Recycled<Exchange> {
 public:
  enum class State : std::uint8_t { kOpening, kForwarding, kReplying, kClosed };

  Exchange(ProxyContext& context, http::ServerStream& stream);
  ~Exchange() override;

  // http::ServerStreamHandler
  void on_request(http::RequestHead& head, const http::Piece& first,
                  const http::Peer& peer) override;
  void on_refused(const http::Refusal& refusal, const http::Peer& peer) override;
  void on_request_body(const http::Piece& piece) override;
  [[nodiscard]] net::Pipe* request_pipe() override;
  void on_response_drained() override;
  void on_response_sent() override;
  void on_client_failed(const Error& error) override;

  // http::ClientStreamHandler
  void on_connected() override;
  void on_interim(http::ResponseHead& head) override;
  void on_response(http::ResponseHead& head, const http::Piece& first) override;
  void on_response_body(const http::Piece& piece) override;
  [[nodiscard]] net::Pipe* response_pipe() override { return stream_.body_pipe(); }
  void on_request_drained() override;
  void on_request_sent() override;
  void on_server_failed(const Error& error) override;
  void on_server_down() override;

 private:
  void enter(State next);
  using Reuse = upstream::Upstream::Reuse;

  [[nodiscard]] bool open(Reuse reuse);
  void forward();
  [[nodiscard]] bool may_repeat_later() const;
  void carried_request(const http::Piece& piece, http::Flow flow);
  void carried_response(const http::Piece& piece, http::Flow flow);
  [[nodiscard]] bool switches_protocols(const http::ResponseHead& head) const;
  void reply(const Reply& reply);
  void close_if_sent();
  void close(bool whole);
  void drop_client();
  [[nodiscard]] AttemptOutcome outcome_of(const Error& error);
  [[nodiscard]] bool try_again(const AttemptOutcome& outcome);
  [[nodiscard]] bool afford_repeat();
  void open_again(Reuse reuse);
  void note_shortage(const Error& error);

  ProxyContext& context_;
  http::ServerStream& stream_;
  std::unique_ptr<upstream::H1Client> client_;
  http::OutgoingRequest outgoing_;  // held until the response begins
  std::vector<upstream::EndpointId> tried_;
  const upstream::Endpoint* endpoint_ = nullptr;  // of the attempt in hand, or the last one
  Relay request_;
  Relay response_;
  State state_ = State::kOpening;
  bool committed_ = false;
  bool head_only_ = false;
  bool idempotent_ = false;
  bool stale_repeated_ = false;
  bool tunnel_ = false;  // after a 101: bytes both ways until both ends
  std::uint16_t status_ = 0;
  std::uint32_t attempts_ = 0;  // connections that were asked for
  std::uint32_t repeats_ = 0;   // that --retries and the budget count
  std::string offered_;         // protocols that the client offers to switch to
  // What Connection listed, for trailers that come when the head is gone.
  std::string hop_of_request_;
  std::string hop_of_response_;

  // For the access log.
  os::Time began_at_;
  std::optional<os::Time> forwarded_at_;
  std::optional<os::Time> first_byte_at_;
  AccessLine line_;
};

// The arrows of the drawing at the top.
[[nodiscard]] bool may_enter(Exchange::State from, Exchange::State to);

}  // namespace lb::proxy
