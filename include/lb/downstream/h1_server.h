#pragma once

// The server side of one HTTP/1 client connection: finds heads in the bytes, offers each request to
// the service, and frames the one response that comes back. Requests are served one after the
// other; what a client pipelines meanwhile waits in its connection, up to a limit.
//
//     kIdle --bytes--> kHead --head whole--> kStreaming --both halves done--> kIdle
//                                                \--must close--> kLingering --eof, limit or
//                                                time--> kClosed
//     kProxyHeader --header whole--> kIdle
//     (any state goes to kClosed when the connection fails)
//
// It begins in kIdle; a connection of a peer that must say first whose it is (a balancer that
// passes connections on unread) in kProxyHeader, where nothing else is understood and nothing is
// answered.
//
//     within kStreaming   request half    kBody --> kDone | kRefused      (after a 101: kDone -->
//     kBody)
//                         response half   kWaiting --> kBody --> kDone
//
// It owns the connection, the handler of the request in hand, and the timeouts that wait for the
// client. It decides nothing about where a request goes.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lb/base/owning_list.h"
#include "lb/base/recycled.h"
#include "lb/event/reactor.h"
#include "lb/event/timer.h"
#include "lb/http/stream.h"
#include "lb/net/connection.h"
#include "lb/net/pace.h"

namespace lb::downstream {

class H1Server;

struct H1ServerLimits {
  http::HeadLimits head;
  std::uint64_t body_bytes_max = 0;                  // of a request; 0 = unlimited
  std::chrono::milliseconds header_timeout{10'000};  // absolute, from the first byte of a head
  std::chrono::milliseconds client_timeout{
      60'000};                   // without progress, reading a body or writing a response
  std::uint32_t rate_min = 240;  // bytes a second, while a body is read or written; 0 = none
  std::chrono::milliseconds keepalive_timeout{75'000};  // between requests
  std::chrono::milliseconds tunnel_timeout{3'600'000};  // without a byte in either direction
  std::chrono::milliseconds drain_head{2'000};  // for a head that had begun when the drain did
  std::chrono::milliseconds drain_idle{250};    // the same while draining
};

// After the last response: unread bytes are dropped for a while, so that closing does not reset
// what the client has not read yet (RFC 9112 9.6). So many bytes, then no more are read; so long,
// and again, some times, as the client goes on taking the response: then the kernel goes on alone.
inline constexpr std::size_t kLingerBytesMax = 256 * 1024;
inline constexpr std::chrono::seconds kLinger{2};
inline constexpr int kLingerLooksMax = 15;
// How often, at most, the log tells of connections that were closed over their PROXY header.
inline constexpr std::chrono::seconds kProxyRefusalsLoggedEvery{1};
// How often, at most, an idle connection whose client is still reading the last response is looked
// at.
inline constexpr std::chrono::milliseconds kDeliveryLook{100};
// In which a client moves nothing of its body because it is not read.
inline constexpr std::chrono::seconds kLongPause{1};
inline constexpr std::uint8_t kBlankLinesMax = 8;  // CRLF before a request

// What all connections of a listener have in common, and who is told of their end.
struct H1ServerContext {
  event::Reactor& reactor;
  http::Service& service;
  const H1ServerLimits limits;
  const std::vector<os::Network> trusted{};  // addresses of clients that may say who asks
  // Peers whose connections begin with a PROXY header, each of them.
  std::vector<os::Network> proxy_protocol_from{};
  http::RequestHead head{};  // shared scratch of the parser: valid during one upcall
  http::Fields trailers{};
  net::PipePool* pipes = nullptr;  // nullptr: no body goes past this program
  bool draining = false;
  std::uint64_t proxy_refusals = 0;  // PROXY headers that were not accepted
  os::Time proxy_refusal_logged_at{};
  Callback<H1Server&> on_closed{};
};

// A request in hand, its handler, and the bodies on their way: what an idle connection does
// without.
struct Transfer : Recycled<Transfer> {
  std::unique_ptr<http::ServerStreamHandler> handler;
  http::BodyReader reader;
  http::BodyWriter writer;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  // While a wait lasts.
  std::unique_ptr<net::Pace> upload_pace;
  std::unique_ptr<net::Pace> download_pace;
};

class H1Server final : public net::ConnectionHandler,
                       public http::ServerStream,
                       public Listed<H1Server>,
                       public Recycled<H1Server> {
 public:
  enum class State : std::uint8_t { kProxyHeader, kIdle, kHead, kStreaming, kLingering, kClosed };
  enum class RequestHalf : std::uint8_t { kBody, kDone, kRefused };
  enum class ResponseHalf : std::uint8_t { kWaiting, kBody, kDone };

  H1Server(H1ServerContext& context, const os::IpAddress& peer);
  ~H1Server() override;

  // Takes the connection over and reads at once: bytes often came with the connection. Returns 0 or
  // an errno.
  [[nodiscard]] int start(os::Fd fd);
  // No further request: an idle connection stays for drain_idle, for the one that may be on its
  // way; a request in hand is finished.
  void drain();
  // At once; a request in hand is told.
  void cut();

  [[nodiscard]] State state() const { return state_; }

  // http::ServerStream
  void send_interim(const http::ResponseHead& head) override;
  [[nodiscard]] http::Flow send_response(const http::ResponseHead& head,
                                         const http::Piece& first) override;
  [[nodiscard]] http::Flow send_body(const http::Piece& piece) override;
  [[nodiscard]] net::Pipe* body_pipe() override;
  void pause_request() override;
  void resume_request() override;
  void ease_request() override { connection_.read_less(); }
  [[nodiscard]] bool response_sent() const override { return connection_.sent(); }
  void finish() override;
  void reset() override;
  [[nodiscard]] std::uint64_t body_bytes_sent() const override {
    return transfer_ ? transfer_->bytes_sent : 0;
  }

  // net::ConnectionHandler
  [[nodiscard]] std::size_t on_bytes(std::span<char> bytes) override;
  [[nodiscard]] net::Bypass bypass() override;
  void on_bypassed(std::size_t bytes) override;
  void on_eof() override;
  void on_drained() override;
  void on_sent() override;
  void on_failed(ErrorCode code, int errno_value) override;

 private:
  void enter(State next);
  [[nodiscard]] std::size_t take_proxy_header(std::string_view bytes);
  void refuse_peer(std::string_view reason);
  [[nodiscard]] std::size_t take_head(std::span<char> bytes);
  [[nodiscard]] std::size_t take_blank_line();
  [[nodiscard]] std::size_t take_partial_head(std::string_view bytes);
  [[nodiscard]] std::size_t begin_request(std::span<char> bytes, std::size_t head_bytes);
  [[nodiscard]] std::size_t take_body(std::span<char> bytes);
  void begin_body();
  void note_bulk(std::size_t bytes);
  [[nodiscard]] std::size_t linger_over(std::size_t bytes);
  [[nodiscard]] bool is_too_large(std::size_t more) const;
  [[nodiscard]] http::Piece piece_of(const http::BodyReader::Result& body) const;
  void refuse(http::Refusal refusal, std::string_view request);
  void fail_request(ErrorCode code);

  void open_tunnel();
  [[nodiscard]] bool tunnels() const;
  [[nodiscard]] std::chrono::milliseconds progress_limit() const;
  [[nodiscard]] http::Framing response_framing(const http::ResponseHead& head) const;
  [[nodiscard]] std::string_view connection_option(const http::ResponseHead& head) const;
  [[nodiscard]] http::Flow send(std::size_t head_bytes, const http::Piece& piece);

  void on_due();
  void check_progress();
  [[nodiscard]] bool lags(std::uint64_t acknowledged_before);
  void set_head_read_bytes();
  void set_timer(std::chrono::milliseconds limit);
  void wait_for_client();
  void begin_to_wait();
  void look_in_pace();
  [[nodiscard]] std::chrono::milliseconds idle_limit() const;
  [[nodiscard]] bool waits_for_body() const;
  [[nodiscard]] std::optional<os::Time> client_due() const;
  void update_reading(std::size_t kept);
  void end_transfer();
  void await_next_request();
  void close_when_read();
  void linger();
  void close();

  H1ServerContext& context_;
  net::Connection connection_;
  // What it means depends on the state: keep-alive, header, client, linger.
  [[no_unique_address]] event::Timer timer_;
  std::uint32_t seen_bytes_ = 0;        // scanned of an incomplete head; dropped while lingering
  std::unique_ptr<Transfer> transfer_;  // while a request is in hand
  os::IpAddress peer_;                  // the client, where a PROXY header names it
  State state_ : 3 = State::kIdle;
  RequestHalf request_ : 2 = RequestHalf::kDone;
  ResponseHalf response_ : 2 = ResponseHalf::kDone;
  bool trusted_ : 1;
  bool keep_alive_ : 1 = true;
  bool asks_close_ : 1 = false;       // the client said that this is its last request
  bool awaits_continue_ : 1 = false;  // the client sends no body before a 100
  bool carried_request_ : 1 = false;
  bool request_paused_ : 1 = false;
  bool stalled_ : 1 = false;      // cut because it does not take its response
  bool http10_ : 1 = false;       // the client speaks HTTP/1.0
  std::uint8_t blank_lines_ = 0;  // since the last request
  std::uint8_t linger_looks_ = 0;
};

// The arrows of the drawing at the top.
[[nodiscard]] bool may_enter(H1Server::State from, H1Server::State to);

}  // namespace lb::downstream
