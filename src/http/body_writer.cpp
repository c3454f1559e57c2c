#include <cassert>

#include "http/put.h"
#include "http/scan.h"
#include "lb/http/body.h"

namespace lb::http {
namespace {

char* put_last_chunk(char* out, const Fields* trailers) {
  out = put(out, "0\r\n");
  if (trailers != nullptr) {
    for (const Field& field : *trailers) {
      if (!field.dropped) out = put(out, field);
    }
  }
  return put(out, "\r\n");
}

}  // namespace

BodyWriter::Frame BodyWriter::frame(const Piece& piece, std::span<char> scratch) const {
  if (framing_.kind != Framing::Kind::kChunked) return {};
  char* const begin = scratch.data();
  char* before_end = begin;
  if (!piece.bytes.empty()) {
    before_end = put_hex(before_end, piece.bytes.size());
    before_end = put(before_end, "\r\n");
  }
  char* end = before_end;
  if (!piece.bytes.empty()) end = put(end, "\r\n");
  if (piece.end) end = put_last_chunk(end, piece.trailers);
  assert(static_cast<std::size_t>(end - begin) <= scratch.size());
  return {between(begin, before_end), between(before_end, end)};
}

}  // namespace lb::http
