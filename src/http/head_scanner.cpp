#include "http/head_scanner.h"

#include <cstring>

#include "http/scan.h"
#include "lb/base/ascii.h"

namespace lb::http {
namespace {

constexpr int kBlankLinesMax = 2;
constexpr std::size_t kVersionBytes = 8;  // "HTTP/1.1"

bool is_version(std::string_view text) {
  return text.size() == kVersionBytes && text.starts_with("HTTP/") && is_digit(text[5]) &&
         text[6] == '.' && is_digit(text[7]);
}

}  // namespace

ParseStatus HeadScanner::skip_blank_lines() {
  for (int lines = 0; lines < kBlankLinesMax && !at_end() && *at_ == '\r'; ++lines) {
    const ParseStatus status = read_line_end();
    if (status != ParseStatus::kDone) return status;
  }
  return at_end() ? ParseStatus::kIncomplete : ParseStatus::kDone;
}

ParseStatus HeadScanner::read_token(std::string_view& token) {
  const char* const stop = skip_token(at_, end_);
  if (stop == end_) return ParseStatus::kIncomplete;
  if (stop == at_ || *stop != ' ') return refuse(400, "malformed method");
  token = between(at_, stop);
  at_ = stop + 1;
  return ParseStatus::kDone;
}

ParseStatus HeadScanner::read_word(std::string_view& word) {
  const char* const stop = skip_target(at_, end_);
  if (stop == end_) return ParseStatus::kIncomplete;
  if (stop == at_ || *stop != ' ') return refuse(400, "malformed start line");
  word = between(at_, stop);
  at_ = stop + 1;
  return ParseStatus::kDone;
}

ParseStatus HeadScanner::read_version(std::uint8_t& minor_version) {
  // What nearly all say is told by one comparison.
  constexpr std::string_view kUsual = "HTTP/1.1";
  const auto left = static_cast<std::size_t>(end_ - at_);
  if (left > kUsual.size() && std::memcmp(at_, kUsual.data(), kUsual.size()) == 0 &&
      !is_target_octet(at_[kUsual.size()])) {
    minor_version = 1;
    at_ += kUsual.size();
    return ParseStatus::kDone;
  }
  const char* const stop = skip_target(at_, end_);
  if (stop == end_) return ParseStatus::kIncomplete;
  const std::string_view version = between(at_, stop);
  if (!is_version(version)) return refuse(400, "malformed version");
  if (version[5] != '1' || version[7] > '1') return refuse(505, "version not supported");
  minor_version = version[7] == '1' ? 1 : 0;
  at_ = stop;
  return ParseStatus::kDone;
}

ParseStatus HeadScanner::read_status(std::uint16_t& status, std::string_view& reason) {
  constexpr std::size_t kCodeBytes = 4;  // SP 3DIGIT
  if (!at_end() && *at_ != ' ') return refuse(502, "malformed status line");
  if (static_cast<std::size_t>(end_ - at_) <= kCodeBytes) return ParseStatus::kIncomplete;
  const std::optional<std::uint64_t> code = parse_decimal({at_ + 1, kCodeBytes - 1});
  if (!code || *code < 100 || *code > 599) return refuse(502, "malformed status code");
  status = static_cast<std::uint16_t>(*code);
  at_ += kCodeBytes;
  if (*at_ != ' ') return ParseStatus::kDone;
  const char* const stop = skip_value(++at_, end_);
  reason = between(at_, stop);
  at_ = stop;
  return ParseStatus::kDone;
}

// Why there is no line end here.
ParseStatus HeadScanner::miss_line_end() {
  if (at_end()) return ParseStatus::kIncomplete;
  if (*at_ != '\r') return refuse(400, *at_ == '\n' ? "bare line feed" : "illegal octet");
  if (end_ - at_ < 2) return ParseStatus::kIncomplete;
  return refuse(400, "bare carriage return");
}

ParseStatus HeadScanner::read_fields(std::uint32_t fields_max, Fields& fields) {
  while (!at_end() && *at_ != '\r') {
    if (fields.size() == fields_max) return refuse(431, "more fields than --max-headers");
    const ParseStatus status = read_field(fields.emplace_back());
    if (status != ParseStatus::kDone) return status;
  }
  return read_line_end();
}

// The name starts the line and the colon follows at once: white space before either is how a field
// is hidden from one reader and shown to another (RFC 9112 5.1, 5.2), so a folded line ends here.
ParseStatus HeadScanner::read_field(Field& field) {
  const char* const line = at_;
  const char* const colon = skip_token(line, end_);
  if (colon == end_) return ParseStatus::kIncomplete;
  if (colon == line || *colon != ':') return refuse(400, "malformed field name");

  const char* const value = skip_blanks(colon + 1, end_);
  const char* const stop = skip_value(value, end_);
  at_ = stop;
  const ParseStatus status = read_line_end();
  if (status != ParseStatus::kDone) return status;

  const char* value_end = stop;
  while (value_end != value && is_blank(value_end[-1])) --value_end;
  field.line = line;
  field.line_bytes = static_cast<std::uint32_t>(at_ - line);
  field.name_bytes = static_cast<std::uint32_t>(colon - line);
  field.value_begin = static_cast<std::uint32_t>(value - line);
  field.value_bytes = static_cast<std::uint32_t>(value_end - value);
  field.id = identify(field.name());
  return ParseStatus::kDone;
}

ParseStatus HeadScanner::refuse(std::uint16_t status, std::string_view reason) {
  refusal_ = {status, reason};
  return ParseStatus::kRefused;
}

ParseResult HeadScanner::result(ParseStatus status) const {
  switch (status) {
    case ParseStatus::kDone:
      return {status, static_cast<std::size_t>(at_ - begin_), {}};
    case ParseStatus::kRefused:
      return {status, 0, refusal_};
    case ParseStatus::kIncomplete:
      break;
  }
  return {};
}

}  // namespace lb::http
