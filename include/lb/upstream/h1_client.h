#pragma once

// The client side of one HTTP/1 connection to a server: sends one request at a time, finds the
// response in the bytes, and knows whether the connection may carry another.
//
//     kConnecting --connected--> kIdle --send_request--> kStreaming --both halves done, rest()-->
//     kIdle
//          (any state goes to kClosed when the connection fails, is closed, or is found unclean)
//
//     within kStreaming   request half    kBody --> kDone
//                         response half   kHead --> kBody --> kDone
//
// It owns the connection and the timeouts that wait for the server. It does not decide whether to
// try again.

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "lb/base/linked.h"
#include "lb/base/owning_list.h"
#include "lb/base/recycled.h"
#include "lb/event/reactor.h"
#include "lb/event/timer.h"
#include "lb/http/stream.h"
#include "lb/net/connection.h"
#include "lb/net/connector.h"
#include "lb/net/pace.h"
#include "lb/upstream/own_closes.h"

namespace lb::upstream {

class H1Client;
struct Endpoint;

// Who keeps a connection while nobody uses it.
class IdleOwner {
 public:
  // It may not be used again: its server closed it, spoke out of turn, or it rested too long. The
  // owner ends it.
  virtual void on_idle_ended(H1Client& client) = 0;

 protected:
  ~IdleOwner() = default;
};

// Who can free a descriptor when there is none left.
class DescriptorSource {
 public:
  // Closes an idle connection; false if there is none.
  virtual bool free_descriptor() = 0;

 protected:
  ~DescriptorSource() = default;
};

// Who learns from live requests how a server does.
class SignObserver {
 public:
  // A final head came, while something stood against the server.
  virtual void on_answered(H1Client& client) = 0;
  // No final head came, or not all of what follows it; nor was that because the connection was
  // stale.
  virtual void on_failed(H1Client& client, const Error& error) = 0;

 protected:
  ~SignObserver() = default;
};

struct H1ClientLimits {
  http::HeadLimits head{.head_bytes_max = 64 * 1024, .fields_max = 1024};
  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds server_timeout{
      60'000};                   // without progress while waiting for the server
  std::uint32_t rate_min = 240;  // bytes of a request that it takes a second; 0 = none
  std::chrono::milliseconds keepalive_timeout{4'000};  // idle in the pool
  std::uint32_t interims_max = 64;                     // 1xx heads before a final one
};

// A rest shorter than this is not worth a look: servers end connections after seconds.
inline constexpr std::chrono::milliseconds kRestUnseen{100};

// How long, at least, after the end of a stale connection a reset is waited for that proves that
// the request was never seen; three round trips if that is more.
inline constexpr std::chrono::milliseconds kResetWait{50};

// What all connections to servers have in common.
struct H1ClientContext {
  event::Reactor& reactor;
  const H1ClientLimits limits;
  DescriptorSource& descriptors;
  SignObserver* signs = nullptr;  // nullptr: health checks, which tell by themselves
  OwnCloses own_closes{os::local_port_count()};
  net::PipePool* pipes = nullptr;  // nullptr: no body goes past this program
  http::ResponseHead head{};       // shared scratch of the parser: valid during one upcall
  http::Fields trailers{};
};

class H1Client final : public net::ConnectionHandler,
                       public net::ConnectorHandler,
                       public http::ClientStream,
                       public Listed<H1Client>,
                       public Linked<H1Client>,
                       public Recycled<H1Client> {
 public:
  enum class State : std::uint8_t { kConnecting, kIdle, kStreaming, kClosed };
  enum class RequestHalf : std::uint8_t { kBody, kDone };
  enum class ResponseHalf : std::uint8_t { kHead, kBody, kDone };

  // Starts to connect; on_connected or on_server_failed comes from the turn.
  H1Client(H1ClientContext& context, Endpoint& endpoint, http::ClientStreamHandler& handler);
  ~H1Client() override;

  // Out of the pool, for another handler.
  void lease(http::ClientStreamHandler& handler);
  // Into the pool: no upcall but to `owner`, until the next lease.
  void rest(IdleOwner& owner);
  // Looks whether something has come while it rested, if it rested long enough for a server to have
  // had enough of it: in the turn that takes it, no event tells yet. May end it by on_idle_ended.
  void look();
  // At once, no upcall after it.
  void close();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool connected() const { return state_ == State::kIdle; }
  // The response ended exactly at its framing with nothing left over, the request was sent whole,
  // and both sides allow it.
  [[nodiscard]] bool reusable() const;
  // The kernel has all of the request.
  [[nodiscard]] bool request_sent() const { return connection_.sent(); }
  // It has carried a request before this one, to which no byte has come: its server may have ended
  // it while it was idle.
  [[nodiscard]] bool may_be_stale() const { return requests_ > 1 && !heard_; }
  // It has carried a request before the one in hand.
  [[nodiscard]] bool reused() const { return requests_ > 1; }
  // After a failure of such a connection: proof that its server has not seen this request. The
  // server had closed (FIN) before our bytes were answered by a reset, so that the error is EPIPE,
  // and it has acknowledged none of them. A server that closes only its own direction of an idle
  // connection, then acts on what comes, then resets, defeats it.
  [[nodiscard]] bool never_applied() const { return never_applied_; }
  // Bytes that had been sent on the connection when the request in hand began.
  [[nodiscard]] std::uint64_t sent_before() const { return sent_before_; }
  [[nodiscard]] int fd() const { return connection_.fd(); }
  // Its request tries a server that is benched (see Probation); over when it is answered, fails or
  // is closed.
  void begin_trial() { trial_ = true; }
  [[nodiscard]] bool take_trial() { return std::exchange(trial_, false); }
  // Its server is down: tells the handler, if no final head has come.
  void on_endpoint_down();
  [[nodiscard]] Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] event::Reactor& reactor() const { return context_.reactor; }

  // http::ClientStream
  [[nodiscard]] http::Flow send_request(const http::OutgoingRequest& request) override;
  [[nodiscard]] http::Flow send_body(const http::Piece& piece,
                                     http::OutgoingRequest& request) override;
  [[nodiscard]] net::Pipe* body_pipe() override;
  void pause_response() override { connection_.set_reading(false); }
  void resume_response() override { connection_.set_reading(true); }
  void ease_response() override { connection_.read_less(); }

  // net::ConnectorHandler
  void on_connected(os::Fd fd, std::size_t address) override;
  void on_connect_failed(ErrorCode code, int errno_value) override;

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
  void connect();
  void drop_connector();
  [[nodiscard]] std::size_t take_response(std::span<char> bytes);
  [[nodiscard]] std::size_t take_head(std::span<char> bytes);
  [[nodiscard]] std::size_t take_interim(std::size_t head_bytes);
  [[nodiscard]] std::size_t take_final(std::span<char> bytes, std::size_t head_bytes);
  [[nodiscard]] std::size_t take_body(std::span<char> bytes);
  [[nodiscard]] http::Piece piece_of(const http::BodyReader::Result& body) const;
  [[nodiscard]] http::Flow send(std::span<const std::string_view> slices);
  [[nodiscard]] http::Flow send_piped();
  void note_bulk(std::size_t bytes);
  void fail(ErrorCode code, Phase phase, int errno_value = 0);
  void close_connection();
  void end_idle();
  void on_stale_end();
  void on_due();
  void set_timer(std::chrono::milliseconds limit);
  void open_tunnel();
  [[nodiscard]] bool tunnels() const;
  void wait_for_server();
  void begin_to_wait();
  [[nodiscard]] bool lags(std::uint64_t acknowledged_before);
  [[nodiscard]] bool waits_for_server() const;
  [[nodiscard]] Phase phase() const;

  H1ClientContext& context_;
  Endpoint& endpoint_;
  http::ClientStreamHandler* handler_;
  IdleOwner* owner_ = nullptr;
  net::Connection connection_;
  event::Timer timer_;  // what it means depends on the state: server timeout, time in the pool
  std::unique_ptr<net::Connector> connector_;
  std::unique_ptr<net::Pace> pace_;  // while the server is slow to take the request
  http::BodyReader reader_;
  http::BodyWriter writer_;
  std::uint32_t scanned_ = 0;
  std::uint32_t interims_ = 0;
  std::uint32_t interim_bytes_ = 0;  // together no more than one head
  std::uint32_t requests_ = 0;
  std::uint64_t sent_before_ = 0;  // bytes, when the request in hand began
  os::Time rests_since_{};
  http::Method method_ = http::Method::kGet;
  State state_ = State::kConnecting;
  RequestHalf request_ = RequestHalf::kDone;
  ResponseHalf response_ = ResponseHalf::kDone;
  bool keep_alive_ = true;
  bool expects_continue_ = false;  // the client waits for a 100 before it sends its body
  bool heard_ = false;             // bytes came since the request was sent
  bool awaits_reset_ = false;      // the end of a stale connection has come, its reason not yet
  bool never_applied_ = false;
  bool trial_ = false;
  bool surplus_ = false;  // bytes came that belong to no response
};

// The arrows of the drawing at the top.
[[nodiscard]] bool may_enter(H1Client::State from, H1Client::State to);

}  // namespace lb::upstream
