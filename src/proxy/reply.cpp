#include "lb/proxy/reply.h"

#include <cerrno>

namespace lb::proxy {
namespace {

constexpr std::string_view kTypeLine = "Content-Type: text/plain; charset=utf-8\r\n";
constexpr std::string_view kNoStoreLine = "Cache-Control: no-store\r\n";
constexpr std::string_view kAllowLine = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
constexpr std::string_view kRetryAfterLine = "Retry-After: 1\r\n";

std::string line_of(std::uint16_t status, std::string_view text) {
  return std::to_string(status) + " " + std::string(reason_phrase(status)) + ": " +
         std::string(text) + "\n";
}

}  // namespace

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 508:
      return "Loop Detected";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

std::string_view describe_shortage(const Error& error) {
  switch (error.errno_value) {
    case EMFILE:
    case ENFILE:
      return "file descriptors";
    case EADDRNOTAVAIL:
      return "local ports";
    default:
      return "memory";
  }
}

Reply reply_to_failure(const Error& error, std::string_view server) {
  const std::string who(server);
  if (is_own_shortage(error)) {
    return {503, line_of(503, "cannot connect to " + who + ": lb is out of " +
                                  std::string(describe_shortage(error)))};
  }
  if (error.phase != Phase::kConnect && error.code == ErrorCode::kTimedOut) {
    return {504, line_of(504, "no response from " + who + " within --server-timeout")};
  }
  if (error.code == ErrorCode::kTooSlow) {
    return {504, line_of(504, who + " took the request slower than --min-rate")};
  }
  std::string what(describe(error.code));
  if (error.code == ErrorCode::kTooLarge) what = "head larger than --max-response-header-size";
  if (error.phase == Phase::kConnect && error.code == ErrorCode::kExhausted) {
    what = "its backlog is full";
  }
  const std::string where =
      error.phase == Phase::kConnect ? "cannot connect to " : "no valid response from ";
  return {502, line_of(502, where + who + ": " + what)};
}

Reply reply_to_refusal(const http::Refusal& refusal) {
  return {refusal.status, line_of(refusal.status, refusal.reason)};
}

Reply reply_nobody_up(std::string_view why) {
  return {503, line_of(503, "no server is up") + std::string(why)};
}

Reply reply_loop() {
  return {508, line_of(508, "the request has passed here before (Via)")};
}

Reply reply_last_hop(http::Method method) {
  if (method == http::Method::kTrace) return {405, line_of(405, "Max-Forwards is 0"), kAllowLine};
  return {200, "", kAllowLine};
}

void send_reply(http::ServerStream& stream, const Reply& reply, bool head_only,
                std::string_view date_line) {
  http::ResponseHead head;
  head.status = reply.status;
  head.reason = reason_phrase(reply.status);
  head.content_length = reply.text.size();
  if (!head_only)
    head.framing = {.kind = http::Framing::Kind::kLength, .length = reply.text.size()};
  head.fields.push_back(http::make_field(date_line));
  head.fields.push_back(http::make_field(kTypeLine));
  head.fields.push_back(http::make_field(kNoStoreLine));
  if (reply.status == 503) head.fields.push_back(http::make_field(kRetryAfterLine));
  if (!reply.extra_line.empty()) head.fields.push_back(http::make_field(reply.extra_line));
  std::string body = head_only ? std::string() : reply.text;
  static_cast<void>(stream.send_response(head, {.bytes = body, .end = true}));
}

}  // namespace lb::proxy
