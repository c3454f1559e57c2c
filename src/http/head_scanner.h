#pragma once

// Walks over the text of a head from part to part: what requests, responses and trailers have in
// common. It knows syntax only; what the parts mean is for the parsers.
//
// Each step returns kDone (it stands behind the part), kIncomplete (the text ended within it) or
// kRefused. What is refused is refused at the first octet that is wrong, so the verdict on a prefix
// is kIncomplete or the verdict on the whole.

#include <cstdint>
#include <string_view>

#include "lb/http/parser.h"

namespace lb::http {

class HeadScanner {
 public:
  explicit HeadScanner(std::string_view text)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  // Up to two empty lines before a request line (RFC 9112 2.2).
  [[nodiscard]] ParseStatus skip_blank_lines();
  // A token and the one space after it.
  [[nodiscard]] ParseStatus read_token(std::string_view& token);
  // Octets of a request target and the one space after them.
  [[nodiscard]] ParseStatus read_word(std::string_view& word);
  // A protocol version, by what it means: 0 or 1 of HTTP/1.x; others are refused. It stands behind
  // the version.
  [[nodiscard]] ParseStatus read_version(std::uint8_t& minor_version);
  // " 200 reason", where the reason and the space before it may be missing (RFC 9112 4).
  [[nodiscard]] ParseStatus read_status(std::uint16_t& status, std::string_view& reason);
  [[nodiscard]] ParseStatus read_line_end() {
    if (end_ - at_ < 2 || at_[0] != '\r' || at_[1] != '\n') return miss_line_end();
    at_ += 2;
    return ParseStatus::kDone;
  }
  // Field lines up to the empty line, which is read too.
  [[nodiscard]] ParseStatus read_fields(std::uint32_t fields_max, Fields& fields);

  ParseStatus refuse(std::uint16_t status, std::string_view reason);
  [[nodiscard]] ParseResult result(ParseStatus status) const;

 private:
  ParseStatus read_field(Field& field);
  [[nodiscard]] ParseStatus miss_line_end();
  [[nodiscard]] bool at_end() const { return at_ == end_; }

  const char* begin_;
  const char* at_;
  const char* end_;
  Refusal refusal_;
};

}  // namespace lb::http
