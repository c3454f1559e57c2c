#include "lb/http/wire.h"

#include <cstring>

namespace lb::http {

Wire assemble(std::span<char> out, std::size_t head_bytes, const BodyWriter& writer,
              const Piece& piece) {
  Wire wire;
  const std::string_view body(piece.bytes.data(), piece.bytes.size());
  const std::size_t frame_at =
      head_bytes + (body.size() <= kCopiedBytesMax ? body.size() : 0) + BodyWriter::kFrameBytesMax;
  const BodyWriter::Frame frame = writer.frame(piece, out.subspan(frame_at));
  char* end = out.data() + head_bytes;
  const auto copy = [&end](std::string_view text) {
    if (text.empty()) return;
    std::memmove(end, text.data(), text.size());
    end += text.size();
  };
  copy(frame.before);
  if (body.size() <= kCopiedBytesMax) {
    copy(body);
    copy(frame.after);
    wire.add({out.data(), static_cast<std::size_t>(end - out.data())});
    return wire;
  }
  wire.add({out.data(), static_cast<std::size_t>(end - out.data())});
  wire.add(body);
  wire.add(frame.after);
  return wire;
}

}  // namespace lb::http
