#include "lb/proxy/access_log.h"

#include <array>

#include "lb/base/ascii.h"

namespace lb::proxy {
namespace {

constexpr std::size_t kNumbersBytesMax = 160;

bool is_plain(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet >= 0x20 && octet < 0x7f && c != '"' && c != '\\';
}

// What could end the quotes or the line, or hide from a terminal, goes as \xHH.
void append_escaped(Buffer& line, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    line.append(text.substr(0, plain));
    if (plain == text.size()) return;
    const auto octet = static_cast<unsigned char>(text[plain]);
    const std::array<char, 4> escape = {'\\', 'x', kHex[octet >> 4], kHex[octet & 15]};
    line.append(std::span<const char>(escape));
    text.remove_prefix(plain + 1);
  }
}

void append_quoted_value(Buffer& line, const http::RequestHead* head, http::FieldId id) {
  const http::Field* field = head != nullptr ? http::find(head->fields, id) : nullptr;
  line.append(" \"");
  if (field != nullptr) {
    append_escaped(line, field->value());
  } else {
    line.append("-");
  }
  line.append("\"");
}

char* put(char* out, std::string_view text) {
  for (const char c : text) *out++ = c;
  return out;
}

// Seconds with three decimals, or "-".
char* put_seconds(char* out, std::optional<std::chrono::nanoseconds> time) {
  *out++ = ' ';
  if (!time) return put(out, "-");
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(*time).count());
  out = put_decimal(out, ms / 1000);
  *out++ = '.';
  for (std::uint64_t unit = 100; unit > 0; unit /= 10)
    *out++ = static_cast<char>('0' + ms / unit % 10);
  return out;
}

}  // namespace

void AccessLine::begin(std::string_view log_time, const http::Peer& peer,
                       const http::RequestHead* head) {
  front_.append(peer.client_ip);
  front_.append(" - - [");
  front_.append(log_time);
  front_.append("] \"");
  if (head != nullptr) {
    append_escaped(front_, head->method_text);
    front_.append(" ");
    append_escaped(front_, head->target);
    front_.append(head->minor_version == 0 ? " HTTP/1.0" : " HTTP/1.1");
  } else {
    front_.append("-");
  }
  front_.append("\" ");
  append_quoted_value(back_, head, http::FieldId::kReferer);
  append_quoted_value(back_, head, http::FieldId::kUserAgent);
}

void AccessLine::end(AccessSink& sink, const AccessOutcome& outcome) {
  std::array<char, kNumbersBytesMax> text;
  char* out = put_decimal(text.data(), outcome.status);
  *out++ = ' ';
  out = put_decimal(out, outcome.body_bytes);
  front_.append(std::span<const char>(text.data(), out));
  front_.append(back_.view());
  front_.append(" ");
  front_.append(outcome.server.empty() ? std::string_view("-") : outcome.server);
  out = put(text.data(), " ");
  out = put_decimal(out, outcome.tries);
  out = put_seconds(out, outcome.connect_time);
  out = put_seconds(out, outcome.first_byte_time);
  out = put_seconds(out, outcome.total_time);
  out = put(out, "\n");
  front_.append(std::span<const char>(text.data(), out));
  sink.write(front_.view());
  front_.clear();
  back_.clear();
}

}  // namespace lb::proxy
