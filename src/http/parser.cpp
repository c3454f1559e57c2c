#include "lb/http/parser.h"

#include <algorithm>
#include <cstring>

#include "http/head_scanner.h"

namespace lb::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view without_blank_lines(std::string_view bytes) {
  while (bytes.starts_with(kLineEnd)) bytes.remove_prefix(kLineEnd.size());
  return bytes;
}

}  // namespace

HeadEnd head_end(std::string_view bytes, std::size_t scanned) {
  for (std::size_t at = bytes.find('\n', scanned); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    const std::string_view before = bytes.substr(0, at + 1);
    if (!before.ends_with(kLineEnd)) return {HeadEnd::Kind::kBareLineFeed, at};
    // Two empty lines alone stand before a head and do not end one (RFC 9112 2.2).
    if (before.ends_with(kHeadEnd) && before.size() > kHeadEnd.size()) {
      return {HeadEnd::Kind::kFound, before.size()};
    }
  }
  return {HeadEnd::Kind::kMore, bytes.size()};
}

bool asks_head(std::string_view bytes) {
  return without_blank_lines(bytes).starts_with("HEAD ");
}

Refusal too_large(std::string_view bytes) {
  bytes = without_blank_lines(bytes);
  if (bytes.find('\n') == std::string_view::npos)
    return {414, "request line longer than --max-header-size"};
  return {431, "head larger than --max-header-size"};
}

ParseResult parse_trailers(std::string_view bytes, const HeadLimits& limits, Fields& trailers) {
  trailers.clear();
  const std::string_view text = bytes.substr(0, limits.head_bytes_max);
  HeadScanner scanner(text);
  ParseStatus status = scanner.read_fields(limits.fields_max, trailers);
  if (status == ParseStatus::kIncomplete && text.size() == limits.head_bytes_max) {
    status = scanner.refuse(431, "trailers too large");
  }
  return scanner.result(status);
}

}  // namespace lb::http
