#pragma once

// The client's side of a request as the proxy sees it, without a client; a clock that stands still;
// and a log that keeps its lines.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lb/http/stream.h"
#include "lb/proxy/access_log.h"
#include "lb/proxy/clock.h"

namespace lb::proxy {

inline constexpr std::string_view kDateLine = "Date: Fri, 08 Nov 2024 18:19:41 GMT\r\n";

class FakeStream final : public http::ServerStream {
 public:
  std::vector<int> interims;
  std::optional<int> status;
  std::string reason;
  std::string fields;  // those that are not dropped
  http::Framing framing;
  std::optional<std::uint64_t> content_length;
  std::string body;
  std::string trailers;
  bool ended = false;
  int pauses = 0;
  int resumes = 0;
  int eases = 0;
  int finishes = 0;
  int resets = 0;

  http::Flow flow = http::Flow::kOpen;  // what it answers to each piece
  bool sent = true;

  [[nodiscard]] bool over() const { return finishes + resets > 0; }

  void send_interim(const http::ResponseHead& head) override { interims.push_back(head.status); }
  [[nodiscard]] http::Flow send_response(const http::ResponseHead& head,
                                         const http::Piece& first) override {
    status = status ? -1 : head.status;  // once
    reason = head.reason;
    framing = head.framing;
    content_length = head.content_length;
    for (const http::Field& field : head.fields) {
      if (!field.dropped) fields += field.text();
    }
    return send_body(first);
  }
  [[nodiscard]] http::Flow send_body(const http::Piece& piece) override {
    body.append(piece.bytes.data(), piece.bytes.size());
    if (piece.trailers != nullptr) {
      for (const http::Field& field : *piece.trailers) {
        if (!field.dropped) trailers += field.text();
      }
    }
    ended = piece.end;
    return flow;
  }
  void pause_request() override { ++pauses; }
  void ease_request() override { ++eases; }
  void resume_request() override { ++resumes; }
  [[nodiscard]] bool response_sent() const override { return sent; }
  void finish() override { ++finishes; }
  void reset() override { ++resets; }
  [[nodiscard]] std::uint64_t body_bytes_sent() const override { return body.size(); }
};

class FakeClock final : public Clock {
 public:
  [[nodiscard]] std::string_view log_time() override { return "08/Nov/2024:18:19:41 +0000"; }
  [[nodiscard]] std::string_view date_line() override { return kDateLine; }
};

class FakeLog final : public AccessSink {
 public:
  std::vector<std::string> lines;

  void write(const Parts& line) override {
    std::string& text = lines.emplace_back();
    for (const std::string_view part : line) text += part;
  }
};

}  // namespace lb::proxy
