#include "downstream/crc32c.h"

#include <array>
#include <cstddef>

namespace lb::downstream {
namespace {

// The polynomial 0x1EDC6F41 with its bits mirrored: the lowest bit of an octet goes first.
constexpr std::uint32_t kPolynomial = 0x82F63B78;

// What each octet makes of an empty remainder.
constexpr std::array<std::uint32_t, 256> kRemainders = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
    std::uint32_t remainder = octet;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    }
    table[octet] = remainder;
  }
  return table;
}();

}  // namespace

void Crc32c::add(std::string_view octets) {
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    remainder_ = remainder_ >> 8 ^ kRemainders[(remainder_ ^ octet) & 0xff];
  }
}

}  // namespace lb::downstream
