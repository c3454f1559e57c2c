#pragma once

// One line a request, in the combined format, then server, tries and three times in seconds (to
// connect, to the first byte of the response, in all):
//
//   127.0.0.1 - - [08/Nov/2024:18:19:41 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/7.88.1"
//   localhost:8081 1 0.000 0.001 0.001
//
// The part that comes from the head is formatted when the request comes, because the head does not
// stay; the rest when it is over. Where the lines go is the sink's.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lb/base/buffer.h"
#include "lb/http/forwarding.h"
#include "lb/http/head.h"

namespace lb::proxy {

class AccessSink {
 public:
  // A line, with its end, in parts.
  using Parts = std::array<std::string_view, 6>;
  virtual void write(const Parts& line) = 0;

 protected:
  ~AccessSink() = default;
};

struct AccessOutcome {
  std::uint16_t status = 0;  // 0: none was sent
  std::uint64_t body_bytes = 0;
  std::string_view server;  // empty: none was asked
  std::uint32_t tries = 0;
  std::optional<std::chrono::nanoseconds> connect_time;
  std::optional<std::chrono::nanoseconds> first_byte_time;
  std::chrono::nanoseconds total_time{};
};

class AccessLine {
 public:
  // From the head of a request, or, for one that could not be read, from the peer alone.
  void begin(std::string_view log_time, const http::Peer& peer, const http::RequestHead* head);
  void end(AccessSink& sink, const AccessOutcome& outcome);

 private:
  Buffer text_;                     // up to the request line, then referer and user agent
  std::uint32_t before_bytes_ = 0;  // of the first
};

}  // namespace lb::proxy
