#include <algorithm>

#include "http/authority.h"
#include "http/head_scanner.h"
#include "http/message_fields.h"
#include "lb/base/ascii.h"
#include "lb/http/parser.h"

namespace lb::http {
namespace {

using Coding = MessageFields::Coding;

ParseStatus read_request(HeadScanner& scanner, const HeadLimits& limits, RequestHead& head);
ParseStatus read_request_line(HeadScanner& scanner, RequestHead& head);
ParseStatus locate(HeadScanner& scanner, RequestHead& head);
ParseStatus locate_absolute(HeadScanner& scanner, std::string_view after_scheme, RequestHead& head);
ParseStatus check_fields(HeadScanner& scanner, const HeadLimits& limits, RequestHead& head);
ParseStatus check_host(HeadScanner& scanner, std::string_view value, RequestHead& head);
ParseStatus decide_framing(HeadScanner& scanner, const MessageFields& message, RequestHead& head);
std::size_t scheme_bytes(std::string_view target);
bool expects_continue(std::string_view value);

}  // namespace

ParseResult parse_request(std::string_view bytes, const HeadLimits& limits, RequestHead& head) {
  head.clear();
  const std::string_view text = bytes.substr(0, limits.head_bytes_max);
  HeadScanner scanner(text);
  ParseStatus status = read_request(scanner, limits, head);
  if (status == ParseStatus::kIncomplete && text.size() == limits.head_bytes_max) {
    const Refusal refusal = too_large(text);
    status = scanner.refuse(refusal.status, refusal.reason);
  }
  return scanner.result(status);
}

namespace {

ParseStatus read_request(HeadScanner& scanner, const HeadLimits& limits, RequestHead& head) {
  ParseStatus status = scanner.skip_blank_lines();
  if (status != ParseStatus::kDone) return status;
  status = read_request_line(scanner, head);
  if (status != ParseStatus::kDone) return status;
  status = scanner.read_fields(limits.fields_max, head.fields);
  if (status != ParseStatus::kDone) return status;
  return check_fields(scanner, limits, head);
}

// method SP request-target SP HTTP-version CRLF, nothing looser (RFC 9112 3).
ParseStatus read_request_line(HeadScanner& scanner, RequestHead& head) {
  ParseStatus status = scanner.read_token(head.method_text);
  if (status != ParseStatus::kDone) return status;
  status = scanner.read_word(head.target);
  if (status != ParseStatus::kDone) return status;
  status = scanner.read_version(head.minor_version);
  if (status != ParseStatus::kDone) return status;
  status = scanner.read_line_end();
  if (status != ParseStatus::kDone) return status;
  head.method = identify_method(head.method_text);
  return locate(scanner, head);
}

// The four forms of a target (RFC 9112 3.2).
ParseStatus locate(HeadScanner& scanner, RequestHead& head) {
  if (head.method == Method::kConnect) return scanner.refuse(501, "CONNECT is not served");
  head.path = head.target;
  if (head.target.starts_with('/')) return ParseStatus::kDone;
  if (head.target == "*") {
    if (head.method == Method::kOptions) return ParseStatus::kDone;
    return scanner.refuse(400, "asterisk-form is for OPTIONS");
  }
  const std::size_t scheme = scheme_bytes(head.target);
  if (scheme == 0) return scanner.refuse(400, "malformed request target");
  return locate_absolute(scanner, head.target.substr(scheme), head);
}

ParseStatus locate_absolute(HeadScanner& scanner, std::string_view after_scheme,
                            RequestHead& head) {
  const std::size_t authority = std::min(after_scheme.find_first_of("/?"), after_scheme.size());
  head.host = after_scheme.substr(0, authority);
  if (!is_authority(head.host)) return scanner.refuse(400, "malformed authority");
  head.absolute_form = true;
  head.has_host = true;
  head.path = after_scheme.substr(authority);
  // RFC 9112 3.2.4: without path and query, OPTIONS is about the server as a whole.
  if (head.path.empty()) head.path = head.method == Method::kOptions ? "*" : "/";
  return ParseStatus::kDone;
}

ParseStatus check_fields(HeadScanner& scanner, const HeadLimits& limits, RequestHead& head) {
  MessageFields message;
  bool host_seen = false;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::kHost) {
      if (host_seen) return scanner.refuse(400, "repeated Host");
      host_seen = true;
      const ParseStatus status = check_host(scanner, field.value(), head);
      if (status != ParseStatus::kDone) return status;
    } else if (field.id == FieldId::kExpect) {
      head.expects_continue = head.expects_continue || expects_continue(field.value());
    } else {
      message.note(field);
    }
  }
  if (!host_seen && head.minor_version >= 1) return scanner.refuse(400, "missing Host");
  if (message.options() > limits.fields_max) return scanner.refuse(431, "too many options");
  // RFC 9110 10.1.1: an HTTP/1.0 client cannot mean it.
  head.expects_continue = head.expects_continue && head.minor_version >= 1;
  head.keep_alive = message.keep_alive(head.minor_version);
  // RFC 9110 7.8: in HTTP/1.0 it is to be ignored.
  head.asks_upgrade = message.upgrade() && head.minor_version >= 1;
  return decide_framing(scanner, message, head);
}

// An empty value is how a client says that its target has no authority (RFC 9112 3.2). The
// authority of an absolute-form target wins over a Host that differs (3.2.2).
ParseStatus check_host(HeadScanner& scanner, std::string_view value, RequestHead& head) {
  if (!value.empty() && !is_authority(value)) return scanner.refuse(400, "malformed Host");
  if (!head.absolute_form) head.host = value;
  head.has_host = true;
  return ParseStatus::kDone;
}

// RFC 9112 6.1 and 6.3, where every doubt is refused: what is unclear here would be cut in two
// places by two servers.
ParseStatus decide_framing(HeadScanner& scanner, const MessageFields& message, RequestHead& head) {
  if (message.length_is_bad()) return scanner.refuse(400, "malformed Content-Length");
  if (message.coding() == Coding::kAbsent) {
    if (message.length()) head.framing = {Framing::Kind::kLength, *message.length()};
    return ParseStatus::kDone;
  }
  if (message.length()) return scanner.refuse(400, "both Content-Length and Transfer-Encoding");
  if (head.minor_version == 0) return scanner.refuse(400, "Transfer-Encoding in HTTP/1.0");
  if (message.coding() == Coding::kUnknown) return scanner.refuse(501, "unknown transfer coding");
  if (message.coding() != Coding::kChunked) {
    return scanner.refuse(400, "malformed Transfer-Encoding");
  }
  head.framing = {Framing::Kind::kChunked, 0};
  return ParseStatus::kDone;
}

std::size_t scheme_bytes(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

bool expects_continue(std::string_view value) {
  bool found = false;
  for_each_token(value, [&found](std::string_view expectation) {
    found = found || equals_ignoring_case(expectation, "100-continue");
  });
  return found;
}

}  // namespace
}  // namespace lb::http
