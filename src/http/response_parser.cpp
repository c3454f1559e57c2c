#include "http/head_scanner.h"
#include "http/message_fields.h"
#include "lb/http/parser.h"

namespace lb::http {
namespace {

using Coding = MessageFields::Coding;

// RFC 9110 15.6.3: to a client, whatever is wrong with a response is a bad gateway.
constexpr std::uint16_t kBadGateway = 502;

ParseStatus read_response(HeadScanner& scanner, const HeadLimits& limits, Method request_method,
                          ResponseHead& head);
ParseStatus read_status_line(HeadScanner& scanner, ResponseHead& head);
ParseStatus check_message(HeadScanner& scanner, const HeadLimits& limits,
                          const MessageFields& message, const ResponseHead& head);
Framing decide_framing(const MessageFields& message, Method request_method, std::uint16_t status);
bool has_no_body(Method request_method, std::uint16_t status);

}  // namespace

ParseResult parse_response(std::string_view bytes, const HeadLimits& limits, Method request_method,
                           ResponseHead& head) {
  head.clear();
  const std::string_view text = bytes.substr(0, limits.head_bytes_max);
  HeadScanner scanner(text);
  ParseStatus status = read_response(scanner, limits, request_method, head);
  if (status == ParseStatus::kIncomplete && text.size() == limits.head_bytes_max) {
    status = scanner.refuse(kBadGateway, "head too large");
  }
  ParseResult result = scanner.result(status);
  if (status == ParseStatus::kRefused) result.refusal.status = kBadGateway;
  return result;
}

namespace {

ParseStatus read_response(HeadScanner& scanner, const HeadLimits& limits, Method request_method,
                          ResponseHead& head) {
  ParseStatus status = read_status_line(scanner, head);
  if (status != ParseStatus::kDone) return status;
  status = scanner.read_fields(limits.fields_max, head.fields);
  if (status != ParseStatus::kDone) return status;

  MessageFields message;
  for (const Field& field : head.fields) message.note(field);
  status = check_message(scanner, limits, message, head);
  if (status != ParseStatus::kDone) return status;
  head.keep_alive = message.keep_alive(head.minor_version);
  head.content_length = message.length();
  head.framing = decide_framing(message, request_method, head.status);
  return ParseStatus::kDone;
}

ParseStatus read_status_line(HeadScanner& scanner, ResponseHead& head) {
  ParseStatus status = scanner.read_version(head.minor_version);
  if (status != ParseStatus::kDone) return status;
  status = scanner.read_status(head.status, head.reason);
  if (status != ParseStatus::kDone) return status;
  return scanner.read_line_end();
}

// A server that contradicts itself is not believed in anything, even where no body can follow.
ParseStatus check_message(HeadScanner& scanner, const HeadLimits& limits,
                          const MessageFields& message, const ResponseHead& head) {
  if (message.options() > limits.fields_max) return scanner.refuse(kBadGateway, "too many options");
  if (message.length_is_bad()) return scanner.refuse(kBadGateway, "malformed Content-Length");
  if (message.coding() == Coding::kAbsent) return ParseStatus::kDone;
  if (message.coding() != Coding::kChunked) {
    return scanner.refuse(kBadGateway, "unknown or malformed Transfer-Encoding");
  }
  if (message.length()) {
    return scanner.refuse(kBadGateway, "both Content-Length and Transfer-Encoding");
  }
  if (head.minor_version == 0) {
    return scanner.refuse(kBadGateway, "Transfer-Encoding in HTTP/1.0");
  }
  return ParseStatus::kDone;
}

// RFC 9112 6.3, rules 1 to 8 but for the request's.
Framing decide_framing(const MessageFields& message, Method request_method, std::uint16_t status) {
  const bool connected = request_method == Method::kConnect && status / 100 == 2;
  if (status == 101 || connected) return {Framing::Kind::kTunnel, 0};
  if (has_no_body(request_method, status)) return {Framing::Kind::kNone, 0};
  if (message.coding() == Coding::kChunked) return {Framing::Kind::kChunked, 0};
  if (message.length()) return {Framing::Kind::kLength, *message.length()};
  return {Framing::Kind::kUntilClose, 0};
}

bool has_no_body(Method request_method, std::uint16_t status) {
  return request_method == Method::kHead || status / 100 == 1 || status == 204 || status == 304;
}

}  // namespace
}  // namespace lb::http
