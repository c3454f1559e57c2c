#pragma once

// Reads a message body by its framing (RFC 9112 6 and 7), without mercy for a malformed one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/support/message.h"
#include "tests/e2e/support/wire.h"

namespace lb::e2e {

struct Framing {
  enum class Kind : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

  Kind kind = Kind::kNone;
  std::uint64_t length = 0;
};

// What the head promises; throws where the head contradicts itself.
[[nodiscard]] Framing request_framing(const RequestHead& head);
[[nodiscard]] Framing response_framing(const ResponseHead& head, std::string_view method);

class BodyReader {
 public:
  BodyReader(Wire& wire, Framing framing);

  // The next octets of the body as they come (of one chunk at most), none at its end. A body that
  // is cut throws.
  [[nodiscard]] std::string next(Deadline deadline = {});
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const std::vector<Field>& trailers() const { return trailers_; }

 private:
  void opens_chunk(Deadline deadline);
  void reads_trailers(Deadline deadline);

  Wire& wire_;
  Framing framing_;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  bool done_ = false;
  std::vector<Field> trailers_;
};

// `bytes` in chunks of that size, with the last chunk and an empty trailer section.
[[nodiscard]] std::string chunked(std::string_view bytes, std::size_t chunk_size = 1024);
[[nodiscard]] std::string chunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace lb::e2e
