#pragma once

// Parses heads, strictly: views in, views out; no fd, no clock, no allocation once the lists of
// fields have grown. A head is checked and its framing decided in one pass; whatever is unclear is
// refused, never repaired (RFC 9112 2.2, 11.2).
//
// A head that comes in pieces: call parse once; on kIncomplete remember `scanned` and ask
// head_end() from there when more bytes have come, and parse again once it is found. So each byte
// is looked at a bounded number of times however it drips.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lb/http/head.h"

namespace lb::http {

struct HeadLimits {
  std::uint32_t head_bytes_max = 16 * 1024;  // --max-header-size; start line and fields
  std::uint32_t fields_max = 128;            // --max-headers
};

// Why a message is refused: the status that tells the client (for a response from a server: 502)
// and what was wrong, in static storage.
struct Refusal {
  std::uint16_t status = 400;
  std::string_view reason;
  bool head_only = false;  // as far as it was read it is a HEAD: the answer has no body (RFC
                           // 9110 9.3.2). Set by whoever hands it on.
};

enum class ParseStatus : std::uint8_t { kDone, kIncomplete, kRefused };

struct ParseResult {
  ParseStatus status = ParseStatus::kIncomplete;
  std::size_t bytes =
      0;            // kDone: of the head, blank line included (and skipped blank lines before it)
  Refusal refusal;  // kRefused
};

// The head of a request at the front of `bytes`. Up to two CRLF before it are skipped (RFC
// 9112 2.2). Refuses with
//   400  anything malformed or ambiguous: bare CR or LF, obs-fold, space before the colon, illegal
//   octets, missing, repeated
//        or malformed Host, Content-Length with Transfer-Encoding or repeated or not a plain
//        number, a coding after chunked, Transfer-Encoding in HTTP/1.0
//   414  a request line longer than the limit         431  a head or a number of fields beyond the
//   limit 501  an unknown coding before one final chunked; CONNECT          505  another version
//   than 1.0 and 1.1
[[nodiscard]] ParseResult parse_request(std::string_view bytes, const HeadLimits& limits,
                                        RequestHead& head);

// The head of a response to a request of that method, framing decided as RFC 9112 6.3 says (HEAD,
// 1xx, 204 and 304 have no body whatever they announce). Any refusal means 502. A bare LF, a folded
// line and so on are refused here too.
[[nodiscard]] ParseResult parse_response(std::string_view bytes, const HeadLimits& limits,
                                         Method request_method, ResponseHead& head);

// Where a head ends, looking only at bytes from `scanned` on (and the three before it).
struct HeadEnd {
  enum class Kind : std::uint8_t { kFound, kMore, kBareLineFeed } kind = Kind::kMore;
  std::size_t scanned =
      0;  // kMore: the next `scanned`; kFound: the length of the head, blank line included
};
[[nodiscard]] HeadEnd head_end(std::string_view bytes, std::size_t scanned);

// Whether a head, whole or not, that begins so is that of a HEAD request.
[[nodiscard]] bool asks_head(std::string_view bytes);

// For an incomplete head that has reached the limit: 414 if not even the request line is whole,
// else 431.
[[nodiscard]] Refusal too_large(std::string_view bytes);

// The trailer section at the front of `bytes` (RFC 9112 7.1.2), which ends in an empty line;
// refused if malformed.
[[nodiscard]] ParseResult parse_trailers(std::string_view bytes, const HeadLimits& limits,
                                         Fields& trailers);

}  // namespace lb::http
