#pragma once

// Puts a head that was just written and the first piece of its body together for one send: copied
// behind the head where that is cheap, as slices beyond.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "lb/http/body.h"

namespace lb::http {

// Up to here a copy costs less than what the kernel asks for each slice.
inline constexpr std::size_t kCopiedBytesMax = 16 * 1024;

class Wire {
 public:
  [[nodiscard]] std::span<const std::string_view> slices() const {
    return {slices_.data(), count_};
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  friend Wire assemble(std::span<char> out, std::size_t head_bytes, const BodyWriter& writer,
                       const Piece& piece);
  void add(std::string_view slice) {
    if (!slice.empty()) slices_[count_++] = slice;
  }

  std::array<std::string_view, 3> slices_;
  std::size_t count_ = 0;
};

// The first `head_bytes` of `out` are a head (or 0). What is returned views `out` and the piece.
[[nodiscard]] Wire assemble(std::span<char> out, std::size_t head_bytes, const BodyWriter& writer,
                            const Piece& piece);

}  // namespace lb::http
