#include "tests/e2e/support/body.h"

#include <algorithm>
#include <charconv>

namespace lb::e2e {
namespace {

constexpr std::size_t kPieceBytesMax = 64 * 1024;

std::uint64_t parse_number(std::string_view digits, int base) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    throw WireError(WireError::Kind::kMalformed, "not a number: " + std::string(digits));
  }
  return number;
}

// The framing that the fields give; kNone if they give none.
Framing stated_framing(const Head& head) {
  const std::vector<std::string> lengths = head.values("Content-Length");
  const std::vector<std::string> codings = head.values("Transfer-Encoding");
  if (lengths.size() + codings.size() > 1) {
    throw WireError(WireError::Kind::kMalformed, "framing stated more than once:\n" + head.raw);
  }
  if (!lengths.empty()) {
    return {.kind = Framing::Kind::kLength, .length = parse_number(lengths.front(), 10)};
  }
  if (codings.empty()) return {};
  if (!same_text(codings.front(), "chunked")) {
    throw WireError(WireError::Kind::kMalformed, "a coding other than chunked:\n" + head.raw);
  }
  return {.kind = Framing::Kind::kChunked};
}

}  // namespace

Framing request_framing(const RequestHead& head) {
  return stated_framing(head);
}

Framing response_framing(const ResponseHead& head, std::string_view method) {
  const Framing stated = stated_framing(head);
  const bool bodiless = head.status < 200 || head.status == 204;
  if (bodiless && stated.kind != Framing::Kind::kNone) {
    throw WireError(WireError::Kind::kMalformed, "framing where no body can be:\n" + head.raw);
  }
  if (bodiless || head.status == 304 || method == "HEAD") return {};
  if (stated.kind == Framing::Kind::kNone) return {.kind = Framing::Kind::kUntilClose};
  return stated;
}

BodyReader::BodyReader(Wire& wire, Framing framing)
    : wire_(wire), framing_(framing), left_(framing.length) {
  done_ = framing_.kind == Framing::Kind::kNone ||
          (framing_.kind == Framing::Kind::kLength && framing_.length == 0);
}

std::string BodyReader::next(Deadline deadline) {
  if (done_) return {};
  if (framing_.kind == Framing::Kind::kChunked && left_ == 0) opens_chunk(deadline);
  if (done_) return {};
  const bool bounded = framing_.kind != Framing::Kind::kUntilClose;
  const std::size_t max =
      bounded ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, kPieceBytesMax))
              : kPieceBytesMax;
  std::string piece = wire_.reads_some(max, deadline);
  if (piece.empty()) {
    if (bounded) throw WireError(WireError::Kind::kEof, "the connection ended within a body");
    done_ = true;
    return piece;
  }
  if (!bounded) return piece;
  left_ -= piece.size();
  if (left_ > 0) return piece;
  if (framing_.kind == Framing::Kind::kLength) {
    done_ = true;
  } else if (!wire_.reads_line(deadline).empty()) {
    throw WireError(WireError::Kind::kMalformed, "a chunk is longer than its size");
  }
  return piece;
}

void BodyReader::opens_chunk(Deadline deadline) {
  const std::string line = wire_.reads_line(deadline);
  left_ = parse_number(std::string_view(line).substr(0, line.find(';')), 16);
  if (left_ == 0) reads_trailers(deadline);
}

void BodyReader::reads_trailers(Deadline deadline) {
  std::string section;
  for (std::string line = wire_.reads_line(deadline); !line.empty();
       line = wire_.reads_line(deadline)) {
    section += line + "\r\n";
  }
  trailers_ = parse_fields(section + "\r\n");
  done_ = true;
}

std::string chunk(std::string_view bytes) {
  char size[16];
  const auto [end, error] = std::to_chars(size, size + sizeof size, bytes.size(), 16);
  std::string text(size, end);
  text += "\r\n";
  text += bytes;
  text += "\r\n";
  return text;
}

std::string chunked(std::string_view bytes, std::size_t chunk_size) {
  std::string text;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(chunk_size, bytes.size()))) {
    text += chunk(bytes.substr(0, chunk_size));
  }
  text += kLastChunk;
  return text;
}

}  // namespace lb::e2e
