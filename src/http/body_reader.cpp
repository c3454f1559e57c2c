#include <algorithm>
#include <cassert>
#include <cstring>

#include "http/scan.h"
#include "lb/base/ascii.h"
#include "lb/http/body.h"

namespace lb::http {
namespace {

constexpr std::uint16_t kSizeDigitsMax = 16;
constexpr std::uint64_t kChunkBytesMax = INT64_MAX;
constexpr std::uint32_t kDataLineEndBytes = 2;

std::string_view text_of(std::span<char> bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

BodyReader::BodyReader(Framing framing) : kind_(framing.kind) {
  switch (kind_) {
    case Framing::Kind::kNone:
      return;
    case Framing::Kind::kLength:
      left_ = framing.length;
      state_ = left_ == 0 ? State::kDone : State::kData;
      return;
    case Framing::Kind::kChunked:
      state_ = State::kSizeFirst;
      return;
    case Framing::Kind::kUntilClose:
    case Framing::Kind::kTunnel:
      state_ = State::kData;
      return;
  }
}

BodyReader::Result BodyReader::read(std::span<char> bytes, Fields& trailers) {
  trailers.clear();
  if (state_ == State::kDone) return {Status::kDone, {}, 0, {}};
  return kind_ == Framing::Kind::kChunked ? read_chunked(bytes, trailers) : read_plain(bytes);
}

bool BodyReader::ends_at_eof() const {
  return done() || kind_ == Framing::Kind::kUntilClose || kind_ == Framing::Kind::kTunnel;
}

std::uint64_t BodyReader::remaining() const {
  if (done()) return 0;
  return kind_ == Framing::Kind::kLength ? left_ : UINT64_MAX;
}

void BodyReader::skip(std::uint64_t octets) {
  assert(kind_ != Framing::Kind::kChunked && octets <= remaining());
  if (kind_ != Framing::Kind::kLength) return;
  left_ -= octets;
  if (left_ == 0) state_ = State::kDone;
}

BodyReader::Result BodyReader::read_plain(std::span<char> bytes) {
  if (kind_ != Framing::Kind::kLength) return {Status::kMore, bytes, bytes.size(), {}};
  const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
  left_ -= taken;
  if (left_ == 0) state_ = State::kDone;
  return {done() ? Status::kDone : Status::kMore, bytes.first(taken), taken, {}};
}

BodyReader::Result BodyReader::read_chunked(std::span<char> bytes, Fields& trailers) {
  Result result;
  while (result.consumed < bytes.size() && state_ != State::kTrailers) {
    if (state_ == State::kData) {
      result.consumed += take_data(bytes.subspan(result.consumed), result.payload);
      continue;
    }
    if (const char* const fault = step(bytes[result.consumed++])) {
      result.status = Status::kBroken;
      result.broken_by = fault;
      return result;
    }
  }
  if (state_ == State::kTrailers) read_trailers(bytes.subspan(result.consumed), trailers, result);
  return result;
}

// The first data of a call stays where it is; what follows is moved up to it.
std::size_t BodyReader::take_data(std::span<char> bytes, std::span<char>& payload) {
  const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
  if (payload.empty()) {
    payload = bytes.first(taken);
  } else {
    std::memmove(payload.data() + payload.size(), bytes.data(), taken);
    payload = {payload.data(), payload.size() + taken};
  }
  left_ -= taken;
  if (left_ == 0) state_ = State::kDataCr;
  return taken;
}

// One octet of chunk framing (RFC 9112 7.1).
const char* BodyReader::step(char octet) {
  if (++line_bytes_ > kChunkLineBytesMax) return "chunk line too long";
  switch (state_) {
    case State::kSizeFirst:
      line_bytes_ = 1;
      state_ = State::kSize;
      return add_digit(octet);
    case State::kSize:
    case State::kSizeBlank:
      if (octet == ';') {
        state_ = State::kExtension;
      } else if (is_blank(octet)) {
        state_ = State::kSizeBlank;
      } else if (state_ == State::kSizeBlank) {
        return "white space after a chunk size";
      } else if (octet == '\r') {
        state_ = State::kSizeLf;
      } else {
        return add_digit(octet);
      }
      return nullptr;
    case State::kExtension:
      if (octet == '\r') {
        state_ = State::kSizeLf;
        return nullptr;
      }
      return is_value_octet(octet) ? nullptr : "illegal octet in a chunk extension";
    case State::kSizeLf:
      return octet == '\n' ? end_chunk_line() : "bare carriage return in a chunk line";
    case State::kDataCr:
      state_ = State::kDataLf;
      return octet == '\r' ? nullptr : "chunk longer than its size";
    case State::kDataLf:
      state_ = State::kSizeFirst;
      return octet == '\n' ? nullptr : "bare carriage return after a chunk";
    case State::kData:
    case State::kTrailers:
    case State::kDone:
      break;
  }
  return "not within chunk framing";
}

const char* BodyReader::add_digit(char octet) {
  const char lower = to_lower(octet);
  const bool letter = lower >= 'a' && lower <= 'f';
  if (!letter && !is_digit(octet)) return "malformed chunk size";
  if (line_bytes_ > kSizeDigitsMax || left_ > kChunkBytesMax >> 4) return "chunk size too large";
  left_ = left_ << 4 | static_cast<std::uint64_t>(letter ? lower - 'a' + 10 : octet - '0');
  return nullptr;
}

const char* BodyReader::end_chunk_line() {
  framing_ahead_ += line_bytes_ + kDataLineEndBytes;
  const std::uint64_t paid = std::min<std::uint64_t>(left_, framing_ahead_) * kChunkFramingPerOctet;
  framing_ahead_ -= static_cast<std::uint32_t>(std::min<std::uint64_t>(paid, framing_ahead_));
  if (framing_ahead_ > kChunkFramingAheadMax) return "too much framing for the data";
  line_bytes_ = 0;
  state_ = left_ == 0 ? State::kTrailers : State::kData;
  return nullptr;
}

// The section is parsed when its end is there; until then only new octets are looked at, so that a
// slow one costs no more than a quick one.
void BodyReader::read_trailers(std::span<char> bytes, Fields& trailers, Result& result) {
  const std::string_view text = text_of(bytes);
  const std::size_t window = std::min<std::size_t>(text.size(), kTrailerLimits.head_bytes_max);
  if (line_bytes_ != 0 && window < kTrailerLimits.head_bytes_max && !text.starts_with("\r\n")) {
    const HeadEnd end = head_end(text, line_bytes_);
    line_bytes_ = static_cast<std::uint16_t>(window);
    if (end.kind == HeadEnd::Kind::kMore) return;
  }
  const ParseResult parsed = parse_trailers(text, kTrailerLimits, trailers);
  switch (parsed.status) {
    case ParseStatus::kDone:
      state_ = State::kDone;
      result.status = Status::kDone;
      result.consumed += parsed.bytes;
      return;
    case ParseStatus::kIncomplete:
      trailers.clear();
      line_bytes_ = static_cast<std::uint16_t>(window);
      return;
    case ParseStatus::kRefused:
      trailers.clear();
      result.status = Status::kBroken;
      result.broken_by = parsed.refusal.reason;
      return;
  }
}

}  // namespace lb::http
