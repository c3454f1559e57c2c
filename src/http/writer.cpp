#include "lb/http/writer.h"

#include <cassert>

#include "http/put.h"

namespace lb::http {
namespace {

constexpr std::string_view kVersion = "HTTP/1.1";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kStartLineBytesMax = 32;  // version, status, spaces, CRLF, an added "/"
constexpr std::size_t kAddedBytesMax = 96;      // names of Host, Connection and framing; 20 digits

std::size_t fields_bytes(const Fields& fields);
bool is_copied(const Field& field);
char* put_fields(char* out, const Fields& fields);
char* put_line(char* out, std::string_view name, std::string_view value);
char* put_length(char* out, std::uint64_t length);
char* put_framing(char* out, Framing framing);
char* put_end(char* out, std::string_view connection);
bool may_declare_length(const ResponseHead& head);
std::size_t written(std::span<char> out, const char* end);

}  // namespace

std::size_t written_bytes_max(const RequestHead& head) {
  return head.method_text.size() + head.path.size() + kStartLineBytesMax +
         fields_bytes(head.fields) + kAddedBytesMax;
}

std::size_t written_bytes_max(const ResponseHead& head) {
  return head.reason.size() + kStartLineBytesMax + fields_bytes(head.fields) + kAddedBytesMax;
}

std::size_t write_request(const RequestHead& head, std::string_view server_name,
                          std::string_view connection, std::span<char> out) {
  char* at = put(out.data(), head.method_text);
  *at++ = ' ';
  // RFC 9112 3.2.1: an absolute-form target may have a query without a path.
  if (head.path.starts_with('?')) *at++ = '/';
  at = put(at, head.path);
  *at++ = ' ';
  at = put(at, kVersion);
  at = put(at, kLineEnd);
  if (!head.has_host) at = put_line(at, "Host", server_name);
  at = put_fields(at, head.fields);
  at = put_framing(at, head.framing);
  return written(out, put_end(at, connection));
}

std::size_t write_response(const ResponseHead& head, Framing framing, std::string_view connection,
                           std::span<char> out) {
  char* at = put(out.data(), kVersion);
  *at++ = ' ';
  at = put_decimal(at, head.status);
  *at++ = ' ';
  at = put(at, head.reason);
  at = put(at, kLineEnd);
  at = put_fields(at, head.fields);
  if (may_declare_length(head)) {
    at = framing.kind == Framing::Kind::kNone && head.content_length
             ? put_length(at, *head.content_length)
             : put_framing(at, framing);
  }
  return written(out, put_end(at, connection));
}

namespace {

std::size_t fields_bytes(const Fields& fields) {
  std::size_t bytes = 0;
  for (const Field& field : fields) bytes += field.line_bytes;
  return bytes;
}

bool is_copied(const Field& field) {
  return !field.dropped && field.id != FieldId::kConnection &&
         field.id != FieldId::kContentLength && field.id != FieldId::kTransferEncoding;
}

// Plain lines that stood side by side where they came from are copied in one run.
char* put_fields(char* out, const Fields& fields) {
  std::string_view run;
  for (const Field& field : fields) {
    if (!is_copied(field)) continue;
    if (!field.is_plain()) {
      out = put(put(out, run), field);
      run = {};
    } else if (run.data() + run.size() == field.line) {
      run = {run.data(), run.size() + field.line_bytes};
    } else {
      out = put(out, run);
      run = field.text();
    }
  }
  return put(out, run);
}

char* put_line(char* out, std::string_view name, std::string_view value) {
  out = put(out, name);
  out = put(out, ": ");
  out = put(out, value);
  return put(out, kLineEnd);
}

char* put_length(char* out, std::uint64_t length) {
  out = put(out, "Content-Length: ");
  out = put_decimal(out, length);
  return put(out, kLineEnd);
}

char* put_framing(char* out, Framing framing) {
  switch (framing.kind) {
    case Framing::Kind::kLength:
      return put_length(out, framing.length);
    case Framing::Kind::kChunked:
      return put_line(out, "Transfer-Encoding", "chunked");
    case Framing::Kind::kNone:
    case Framing::Kind::kUntilClose:
    case Framing::Kind::kTunnel:
      return out;
  }
  return out;
}

char* put_end(char* out, std::string_view connection) {
  if (!connection.empty()) out = put_line(out, "Connection", connection);
  return put(out, kLineEnd);
}

// RFC 9110 8.6, RFC 9112 6.1: no framing in 1xx and 204.
bool may_declare_length(const ResponseHead& head) {
  return head.status >= 200 && head.status != 204;
}

std::size_t written(std::span<char> out, const char* end) {
  const auto bytes = static_cast<std::size_t>(end - out.data());
  assert(bytes <= out.size());
  return bytes;
}

}  // namespace
}  // namespace lb::http
