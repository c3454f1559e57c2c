#pragma once

// A service that writes down what it is offered, and answers when the test says so.

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lb/http/stream.h"

namespace lb::downstream {

// One request, as it was offered.
struct Offered {
  http::ServerStream* stream = nullptr;
  std::string line;  // "GET /p 1"
  std::string host;
  std::string client_ip;
  std::string body;
  std::string trailers;
  bool trusted = false;
  bool whole = false;
  std::optional<int> refused;
  bool head_only = false;
  std::string reason;
  std::optional<ErrorCode> failure;
  int drains = 0;
  bool begun = false;  // a response has gone down
  bool ended = false;  // all of it
  bool finished = false;
  bool gone = false;  // the stream has taken the handler away
};

class ScriptedService final : public http::Service {
 public:
  std::deque<Offered> offered;
  // Answer each request as soon as it is whole; refusals are always answered at once.
  bool at_once = false;

  [[nodiscard]] std::unique_ptr<http::ServerStreamHandler> open(
      http::ServerStream& stream) override {
    offered.emplace_back().stream = &stream;
    return std::make_unique<Handler>(*this, offered.back());
  }

  // The whole response, with a length; ends the stream once it is sent.
  static void answer(Offered& request, int status, std::string body) {
    http::ResponseHead head = response_head(status);
    request.begun = true;
    head.framing = {.kind = http::Framing::Kind::kLength, .length = body.size()};
    request.ended = true;
    static_cast<void>(request.stream->send_response(head, {.bytes = body, .end = true}));
    finish_if_sent(request);
  }
  // The first piece of a response that is framed so at its source.
  static http::Flow begin(Offered& request, http::Framing framing, std::string body) {
    http::ResponseHead head = response_head(200);
    head.framing = framing;
    request.begun = true;
    return request.stream->send_response(head, {.bytes = body, .end = false});
  }
  // A 101: the request half opens again.
  static void switch_protocols(Offered& request) {
    http::ResponseHead head = response_head(101);
    head.framing = {.kind = http::Framing::Kind::kTunnel};
    request.begun = true;
    request.whole = false;
    static_cast<void>(request.stream->send_response(head, {.bytes = {}, .end = false}));
  }
  static http::Flow go_on(Offered& request, std::string body, bool end = false) {
    const http::Flow flow = request.stream->send_body({.bytes = body, .end = end});
    request.ended = end;
    finish_if_sent(request);
    return flow;
  }

  static http::ResponseHead response_head(int status) {
    http::ResponseHead head;
    head.status = static_cast<std::uint16_t>(status);
    head.reason = "X";
    return head;
  }

 private:
  class Handler final : public http::ServerStreamHandler {
   public:
    Handler(ScriptedService& service, Offered& request) : service_(service), request_(request) {}
    ~Handler() override { request_.gone = true; }

    void on_request(http::RequestHead& head, const http::Piece& first,
                    const http::Peer& peer) override {
      request_.line = std::string(head.method_text) + " " + std::string(head.path) + " " +
                      std::to_string(head.minor_version);
      request_.host = head.host;
      request_.client_ip = peer.client_ip;
      request_.trusted = peer.trusted;
      take(first);
    }
    void on_refused(const http::Refusal& refusal, const http::Peer& peer) override {
      request_.refused = refusal.status;
      request_.head_only = refusal.head_only;
      request_.reason = refusal.reason;
      request_.client_ip = peer.client_ip;
      answer(request_, refusal.status, "no");
    }
    void on_request_body(const http::Piece& piece) override {
      EXPECT_FALSE(request_.whole) << "a piece after the end";
      take(piece);
    }
    void on_response_drained() override { ++request_.drains; }
    void on_response_sent() override { finish_if_sent(request_); }
    void on_client_failed(const Error& error) override {
      EXPECT_EQ(error.side, Side::kDownstream);
      request_.failure = error.code;
      if (!request_.begun && error.code == ErrorCode::kTimedOut)
        return answer(request_, 408, "slow");
      if (!request_.begun && error.code == ErrorCode::kTooLarge)
        return answer(request_, 413, "much");
      if (!request_.begun && error.code == ErrorCode::kMalformed)
        return answer(request_, 400, "bad");
      request_.stream->reset();
    }

   private:
    void take(const http::Piece& piece) {
      request_.body.append(piece.bytes.data(), piece.bytes.size());
      if (piece.trailers != nullptr) {
        for (const http::Field& field : *piece.trailers) request_.trailers += field.text();
      }
      request_.whole = piece.end;
      if (service_.at_once && request_.whole) answer(request_, 200, "at once");
    }

    ScriptedService& service_;
    Offered& request_;
  };

  // Only after the last piece; a stream that was ended is not touched again.
  static void finish_if_sent(Offered& request) {
    if (!request.ended || request.finished || !request.stream->response_sent()) return;
    request.finished = true;
    request.stream->finish();
  }
};

}  // namespace lb::downstream
