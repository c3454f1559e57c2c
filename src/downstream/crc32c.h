#pragma once

// CRC-32C (Castagnoli), as RFC 9260 appendix A uses it: a checksum against accidents, not against
// forgery. Over octets that come in pieces.

#include <cstdint>
#include <string_view>

namespace lb::downstream {

class Crc32c {
 public:
  void add(std::string_view octets);
  // Of all that was added so far.
  [[nodiscard]] std::uint32_t value() const { return ~remainder_; }

 private:
  std::uint32_t remainder_ = UINT32_MAX;
};

}  // namespace lb::downstream
