#pragma once

// Heads in, text out: what a test of the writers and of the forwarding rules says in one line.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "lb/http/parser.h"
#include "lb/http/writer.h"

namespace lb::http {

// `text` must outlive the head.
inline RequestHead request(std::string_view text) {
  RequestHead head;
  const ParseResult result = parse_request(text, {}, head);
  EXPECT_EQ(result.status, ParseStatus::kDone) << result.refusal.reason;
  return head;
}

inline ResponseHead response(std::string_view text, Method method = Method::kGet) {
  ResponseHead head;
  const ParseResult result = parse_response(text, {}, method, head);
  EXPECT_EQ(result.status, ParseStatus::kDone) << result.refusal.reason;
  return head;
}

inline std::string written(const RequestHead& head, std::string_view connection = {}) {
  std::string out(written_bytes_max(head) + 9 + connection.size(), '\0');
  out.resize(write_request(head, "server:80", connection, out));
  return out;
}

inline std::string written(const ResponseHead& head, Framing framing,
                           std::string_view connection = {}) {
  std::string out(written_bytes_max(head) + connection.size(), '\0');
  out.resize(write_response(head, framing, connection, out));
  return out;
}

}  // namespace lb::http
