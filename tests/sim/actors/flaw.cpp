#include "tests/sim/actors/flaw.h"

#include <string_view>

namespace lb::sim {
namespace {

using namespace std::string_view_literals;

// Larger than every limit of the product.
constexpr std::size_t kOversizedBytes = 70'000;

std::string line_of(Flaw flaw) {
  switch (flaw) {
    case Flaw::kBothFramings:
      return "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    case Flaw::kTwoLengths:
      return "Content-Length: 5\r\nContent-Length: 6\r\n";
    case Flaw::kNegativeLength:
      return "Content-Length: -1\r\n";
    case Flaw::kUnknownCoding:
      return "Transfer-Encoding: sideways\r\n";
    case Flaw::kSpaceBeforeColon:
      return "X-Odd : 1\r\n";
    case Flaw::kBareLineFeed:
      return "X-Odd: 1\nX-Even: 2\r\n";
    case Flaw::kBareReturn:
      return "X-Odd: 1\rX-Even: 2\r\n";
    case Flaw::kNul:
      return std::string("X-Odd: 1\0X-Even: 2\r\n"sv);
    case Flaw::kEmptyName:
      return ": 1\r\n";
    case Flaw::kOversized:
      return "X-Odd: " + std::string(kOversizedBytes, 'x') + "\r\n";
    case Flaw::kNone:
    case Flaw::kVersion:
    case Flaw::kChunkSize:
    case Flaw::kLastChunk:
      break;
  }
  return {};
}

}  // namespace

void spoil(std::string& wire, std::size_t from, Flaw flaw) {
  switch (flaw) {
    case Flaw::kNone:
      return;
    case Flaw::kVersion:
      wire[wire.find("HTTP/1.", from) + 5] = '3';
      return;
    case Flaw::kChunkSize:
      wire.insert(wire.find("\r\n\r\n", from) + 4, "-");
      return;
    case Flaw::kLastChunk:
      wire.insert(wire.rfind("\r\n0\r\n") + 3, "g");
      return;
    default:
      wire.insert(wire.find("\r\n", from) + 2, line_of(flaw));
  }
}

}  // namespace lb::sim
