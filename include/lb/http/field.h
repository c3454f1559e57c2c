#pragma once

// Field lines of a message (RFC 9110 5, RFC 9112 5). A Field is one line of text with its parts
// located: the line is kept as it came, so that what passes unchanged is copied in one run; nothing
// is owned.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lb::http {

// The names that a gateway treats in a way of its own; everything else is kOther and passes.
enum class FieldId : std::uint8_t {
  kOther,
  kConnection,
  kContentLength,
  kDate,
  kExpect,
  kForwarded,
  kHost,
  kHttp2Settings,
  kKeepAlive,
  kMaxForwards,
  kProxyConnection,
  kReferer,
  kTe,
  kTrailer,
  kTransferEncoding,
  kUpgrade,
  kUserAgent,
  kVia,
  kXForwardedFor,
  kXForwardedHost,
  kXForwardedOther,  // any other name that begins so
  kXForwardedProto,
  kXRealIp,
};

// The id of a field name, which is a token (RFC 9110 5.1), whatever its case.
[[nodiscard]] FieldId identify(std::string_view name);

struct Field {
  const char* line = nullptr;     // the first octet of the name
  std::uint32_t line_bytes = 0;   // of the whole line, its CRLF included
  std::uint32_t name_bytes = 0;   // the name stands at the start of the line
  std::uint32_t value_begin = 0;  // from the start of the line
  std::uint32_t value_bytes = 0;  // without the white space around it
  FieldId id = FieldId::kOther;
  bool dropped = false;  // is not written: set by the forwarding rules

  [[nodiscard]] std::string_view text() const { return {line, line_bytes}; }
  [[nodiscard]] std::string_view name() const { return {line, name_bytes}; }
  [[nodiscard]] std::string_view value() const { return {line + value_begin, value_bytes}; }
  // Whether no white space stands around the value but for one space before it.
  [[nodiscard]] bool is_plain() const {
    const std::uint32_t blanks = value_begin - name_bytes - 1;
    return (blanks == 0 || (blanks == 1 && line[value_begin - 1] == ' ')) &&
           value_begin + value_bytes + 2 == line_bytes;
  }
};

// A field made here: `line` is "Name: value\r\n" (exactly one space after the colon) with a name of
// so many octets, and outlives the use of the Field.
[[nodiscard]] Field make_field(std::string_view line, std::size_t name_bytes, FieldId id);
// The same where the name is not known before.
[[nodiscard]] Field make_field(std::string_view line);

[[nodiscard]] inline Field make_date(std::string_view line) {
  return make_field(line, std::string_view("Date").size(), FieldId::kDate);
}

using Fields = std::vector<Field>;

// The first field with that id that is not dropped, or nullptr.
[[nodiscard]] const Field* find(const Fields& fields, FieldId id);

}  // namespace lb::http
