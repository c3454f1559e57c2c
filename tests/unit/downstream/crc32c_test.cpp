#include "downstream/crc32c.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/support/proxy_headers.h"

namespace lb::downstream {
namespace {

std::uint32_t sum_of(std::string_view text) {
  Crc32c sum;
  sum.add(text);
  return sum.value();
}

// RFC 3720 B.4, and the usual check value.
TEST(Crc32cOf, KnownTextsIsKnown) {
  std::string ascending(32, '\0');
  for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<char>(i);
  const std::string descending(ascending.rbegin(), ascending.rend());
  EXPECT_EQ(sum_of(""), 0U);
  EXPECT_EQ(sum_of("123456789"), 0xE3069283U);
  EXPECT_EQ(sum_of(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(sum_of(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(sum_of(ascending), 0x46DD794EU);
  EXPECT_EQ(sum_of(descending), 0x113FDB5CU);
}

TEST(Crc32cOf, PiecesIsThatOfTheWhole) {
  const std::string text = test::binary(test::kProxied, test::kTcp6, test::ipv6_addresses());
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Crc32c sum;
    sum.add(text.substr(0, cut));
    sum.add(text.substr(cut));
    EXPECT_EQ(sum.value(), test::checksum(text)) << cut;
  }
}

}  // namespace
}  // namespace lb::downstream
