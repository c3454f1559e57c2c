#pragma once

// The interfaces between the two wings and the proxy. A stream is one request and its one response,
// whatever carries it. Downcalls (the proxy to a stream) never call up from within; upcalls (a
// stream to the proxy) come from the turn, and are the last thing their caller does or are followed
// by a look whether it is still open.
//
//      downstream                            proxy                             upstream
//   H1Server : ServerStream  <-- owns -- ServerStreamHandler (Exchange)
//                                          ClientStreamHandler (Exchange) <-- calls -- H1Client :
//                                          ClientStream

#include <cstdint>
#include <memory>

#include "lb/base/error.h"
#include "lb/base/retirable.h"
#include "lb/http/body.h"
#include "lb/http/forwarding.h"
#include "lb/http/head.h"
#include "lb/http/outgoing_request.h"

namespace lb::net {
class Pipe;  // only connections look into it
}

namespace lb::http {

enum class Flow : std::uint8_t {
  kOpen,  // give more
  kFull,  // something waits: stop until on_…_drained
};

// The client's side of a request, as the proxy sees it: answers go in here.
class ServerStream {
 public:
  // A 1xx head, sent at once; never to an HTTP/1.0 client (dropped there).
  virtual void send_interim(const ResponseHead& head) = 0;
  // The final head and what is there of the body. head.framing is how the body comes from its
  // source; the stream decides how the client gets it. Once per stream.
  [[nodiscard]] virtual Flow send_response(const ResponseHead& head, const Piece& first) = 0;
  [[nodiscard]] virtual Flow send_body(const Piece& piece) = 0;
  // A pipe for octets of the body that need no framing; what is put into it is sent by the next
  // send_body (Piece::piped). Nullptr: there is none now.
  [[nodiscard]] virtual net::Pipe* body_pipe() { return nullptr; }
  // Request body: stop and go on calling on_request_body.
  virtual void pause_request() = 0;
  virtual void resume_request() = 0;
  // Read less of it at a time: its sink is slow.
  virtual void ease_request() = 0;
  // Whether all that was sent has been taken by the kernel; if not, on_response_sent comes later.
  [[nodiscard]] virtual bool response_sent() const = 0;
  // The exchange is over. The stream takes its handler away (it is destroyed at the end of the
  // turn) and goes on with the next request, or ends if the message did not end in order
  // (`reset`: so that a cut body never looks complete).
  virtual void finish() = 0;
  virtual void reset() = 0;
  // Octets handed to the client so far: all, and of the body alone.
  [[nodiscard]] virtual std::uint64_t body_bytes_sent() const = 0;

 protected:
  ~ServerStream() = default;
};

// One request of a client; owned by its stream.
class ServerStreamHandler : public Retirable {
 public:
  // Exactly one of these two comes first. The head (and the bytes of `first`) may be edited in
  // place.
  virtual void on_request(RequestHead& head, const Piece& first, const Peer& peer) = 0;
  // The client's bytes were refused, or it was too slow: answer with that status and close.
  virtual void on_refused(const Refusal& refusal, const Peer& peer) = 0;

  virtual void on_request_body(const Piece& piece) = 0;
  // Where octets of the request body may go past this program; on_request_body comes next.
  [[nodiscard]] virtual net::Pipe* request_pipe() { return nullptr; }
  virtual void on_response_drained() = 0;  // after kFull: nothing waits any more
  virtual void on_response_sent() = 0;     // all is with the kernel
  // The client is gone, broke the protocol within the body, or was too slow; the stream takes no
  // answer any more, unless the error is kTimedOut, kTooSlow, kTooLarge or kMalformed and no
  // response was sent yet.
  virtual void on_client_failed(const Error& error) = 0;
};

// Makes the handler of each request.
class Service {
 public:
  [[nodiscard]] virtual std::unique_ptr<ServerStreamHandler> open(ServerStream& stream) = 0;

 protected:
  ~Service() = default;
};

// The server's side of a request. After a 101 both sides carry bytes without framing: the request
// half opens again, and its end is a half-close once all is sent.
class ClientStream {
 public:
  // What is held of it (OutgoingRequest::held).
  [[nodiscard]] virtual Flow send_request(const OutgoingRequest& request) = 0;
  // More of its body, which is appended to `request`.
  [[nodiscard]] virtual Flow send_body(const Piece& piece, OutgoingRequest& request) = 0;
  [[nodiscard]] virtual net::Pipe* body_pipe() { return nullptr; }  // see ServerStream::body_pipe
  virtual void pause_response() = 0;
  virtual void resume_response() = 0;
  virtual void ease_response() = 0;  // see ServerStream::ease_request

 protected:
  ~ClientStream() = default;
};

class ClientStreamHandler {
 public:
  virtual void on_connected() = 0;  // the stream takes a request now
  virtual void on_interim(ResponseHead& head) = 0;
  virtual void on_response(ResponseHead& head, const Piece& first) = 0;
  virtual void on_response_body(const Piece& piece) = 0;
  [[nodiscard]] virtual net::Pipe* response_pipe() { return nullptr; }  // see request_pipe
  virtual void on_request_drained() = 0;
  virtual void on_request_sent() = 0;  // after something had to wait: all is with the kernel
  virtual void on_server_failed(const Error& error) = 0;
  // Its server went down by its checks, and no final head has come: whoever can go elsewhere may.
  virtual void on_server_down() = 0;

 protected:
  ~ClientStreamHandler() = default;
};

}  // namespace lb::http
