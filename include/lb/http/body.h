#pragma once

// Takes a body out of its framing (BodyReader) and puts one into it (BodyWriter). Small values
// without memory of their own: the reader works in place on the bytes that were received, the
// writer yields the few bytes around a piece.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lb/http/framing.h"
#include "lb/http/parser.h"

namespace lb::http {

// A part of a body in flight: decoded octets, valid during the call that hands them over, or a
// number of octets that went past this program into the pipe of their sink. `end` says that the
// body ends after them; then `trailers` may point at the trailer fields of a chunked body.
struct Piece {
  std::span<char> bytes;
  bool end = false;
  Fields* trailers = nullptr;
  std::size_t piped = 0;

  [[nodiscard]] std::size_t octets() const { return bytes.size() + piped; }
};

// Bounds of what chunked framing may cost beside the data it carries.
inline constexpr std::size_t kChunkLineBytesMax = 4096;  // size, extensions and CRLF of one chunk
// Octets of framing may run ahead of kChunkFramingPerOctet times the data by this much: chunks of
// one octet pass without end, a flood of extensions does not.
inline constexpr std::uint32_t kChunkFramingAheadMax = 16 * 1024;
inline constexpr std::uint32_t kChunkFramingPerOctet = 8;
inline constexpr HeadLimits kTrailerLimits{.head_bytes_max = 8 * 1024, .fields_max = 64};

class BodyReader {
 public:
  enum class Status : std::uint8_t {
    kMore,    // everything was looked at; the body goes on
    kDone,    // the body is complete; `consumed` may be less than what was given: the rest is not
              // part of it
    kBroken,  // malformed or beyond a bound; nothing after it means anything
  };
  struct Result {
    Status status = Status::kMore;
    std::span<char> payload;  // decoded octets, within the bytes given, in order, contiguous; with
                              // kBroken those that came before the fault
    std::size_t consumed =
        0;  // kMore may leave a partial trailer section: give it again with more behind it
    std::string_view broken_by;  // kBroken: what was wrong, static storage
  };

  BodyReader() = default;  // of an empty body
  explicit BodyReader(Framing framing);

  // Decodes what `bytes` holds. Data of several chunks is moved together within `bytes`, so one
  // call yields one payload. `trailers` is emptied, and gets the trailer fields (views into
  // `bytes`) when a chunked body is done. An empty body is kDone at once.
  [[nodiscard]] Result read(std::span<char> bytes, Fields& trailers);

  // Octets of the body that went past, at most remaining(); not of a chunked one.
  void skip(std::uint64_t octets);
  // Whether what comes now may be worth a way past this program: it needs no framing, and at least
  // `bulk` octets are left, or nobody knows how many are.
  [[nodiscard]] bool is_bulk(std::uint64_t bulk) const {
    return kind_ != Framing::Kind::kChunked && !done() && remaining() >= bulk;
  }

  // The connection ended: whether the body is complete by that (kUntilClose, kTunnel, or it was
  // done already).
  [[nodiscard]] bool ends_at_eof() const;

  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  [[nodiscard]] Framing::Kind kind() const { return kind_; }
  // Octets still to come of a kLength body; UINT64_MAX where the end is not known.
  [[nodiscard]] std::uint64_t remaining() const;

 private:
  enum class State : std::uint8_t {
    kData,       // kLength, kUntilClose, kTunnel: octets; kChunked: octets of a chunk
    kSizeFirst,  // expects the first digit of a chunk size
    kSize,       // within a chunk size
    kSizeBlank,  // after white space behind the size, which only an extension may follow
    kExtension,  // after the size, up to CR
    kSizeLf,     // expects the LF that ends the chunk line
    kDataCr,     // expects the CR after the octets of a chunk
    kDataLf,     // and its LF
    kTrailers,   // after the last chunk: trailer fields and the empty line
    kDone,
  };

  // Each returns what is wrong, or nullptr.
  const char* step(char octet);
  const char* add_digit(char octet);
  const char* end_chunk_line();

  Result read_plain(std::span<char> bytes);
  Result read_chunked(std::span<char> bytes, Fields& trailers);
  std::size_t take_data(std::span<char> bytes, std::span<char>& payload);
  void read_trailers(std::span<char> bytes, Fields& trailers, Result& result);

  std::uint64_t left_ = 0;           // octets left of the body or the chunk
  std::uint32_t framing_ahead_ = 0;  // octets of chunk framing that no data has paid for
  std::uint16_t line_bytes_ = 0;     // seen so far of the chunk line, or of the trailer section
  Framing::Kind kind_ = Framing::Kind::kNone;
  State state_ = State::kDone;
};

class BodyWriter {
 public:
  // What stands before and after the octets of a piece on the wire; both are views into the scratch
  // given to frame().
  struct Frame {
    std::string_view before;
    std::string_view after;
  };

  BodyWriter() = default;
  explicit BodyWriter(Framing framing) : framing_(framing) {}

  // The frame of one piece. `scratch` must hold kFrameBytesMax plus the text of all trailers that
  // are not dropped. A piece that is empty and not the end has an empty frame. Trailers are written
  // only in chunked framing.
  [[nodiscard]] Frame frame(const Piece& piece, std::span<char> scratch) const;

  [[nodiscard]] Framing framing() const { return framing_; }

  static constexpr std::size_t kFrameBytesMax =
      16 + 2 + 2 + 3 + 2;  // "<16 hex>\r\n" + "\r\n" + "0\r\n" + "\r\n"

 private:
  Framing framing_;
};

}  // namespace lb::http
