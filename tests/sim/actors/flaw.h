#pragma once

// Messages that no recipient may take for anything: what makes them so, put into a message that was
// sound (RFC 9112).

#include <cstdint>
#include <string>

namespace lb::sim {

enum class Flaw : std::uint8_t {
  kNone,
  kBothFramings,      // Content-Length and Transfer-Encoding (6.3)
  kTwoLengths,        // that differ (6.3)
  kNegativeLength,    // (RFC 9110 8.6)
  kUnknownCoding,     // (6.1)
  kSpaceBeforeColon,  // (5.1)
  kBareLineFeed,      // (2.2)
  kBareReturn,        // (2.2)
  kNul,               // (RFC 9110 5.5)
  kEmptyName,         // (5)
  kVersion,           // of another protocol (2.3)
  kOversized,         // a head beyond every limit
  kChunkSize,         // (7.1)
  kLastChunk,         // (7.1)
};
inline constexpr Flaw kFlaws[] = {
    Flaw::kBothFramings,     Flaw::kTwoLengths,   Flaw::kNegativeLength, Flaw::kUnknownCoding,
    Flaw::kSpaceBeforeColon, Flaw::kBareLineFeed, Flaw::kBareReturn,     Flaw::kNul,
    Flaw::kEmptyName,        Flaw::kVersion,      Flaw::kOversized,      Flaw::kChunkSize,
    Flaw::kLastChunk};

// In the body, so that the head may have been taken before it is seen. For chunked messages only.
[[nodiscard]] constexpr bool is_in_body(Flaw flaw) {
  return flaw == Flaw::kChunkSize || flaw == Flaw::kLastChunk;
}

// `wire` holds one whole message, behind interim heads from `from` on.
void spoil(std::string& wire, std::size_t from, Flaw flaw);

}  // namespace lb::sim
