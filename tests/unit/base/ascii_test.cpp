#include "lb/base/ascii.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lb {
namespace {

TEST(Ascii, LowersLettersOnly) {
  for (int octet = 0; octet < 256; ++octet) {
    const auto c = static_cast<char>(octet);
    const bool upper = octet >= 'A' && octet <= 'Z';
    EXPECT_EQ(to_lower(c), upper ? static_cast<char>(octet + 32) : c) << octet;
    EXPECT_EQ(is_digit(c), octet >= '0' && octet <= '9') << octet;
  }
}

TEST(Ascii, ComparesWithoutCase) {
  EXPECT_TRUE(equals_ignoring_case("Keep-Alive", "keep-ALIVE"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4"));
}

TEST(Ascii, TrimsSpacesAndTabsOnly) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim("\ra\n"), "\ra\n");
  EXPECT_EQ(trim(" \t"), "");
}

TEST(Ascii, ReadsPlainDecimals) {
  EXPECT_EQ(parse_decimal("0"), 0U);
  EXPECT_EQ(parse_decimal("007"), 7U);
  EXPECT_EQ(parse_decimal("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1a", "0x1", "18446744073709551616",
                           "99999999999999999999", "000000000000000000001"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
  }
}

std::vector<std::string> tokens(std::string_view list) {
  std::vector<std::string> found;
  for_each_token(list, [&found](std::string_view token) { found.emplace_back(token); });
  return found;
}

TEST(Ascii, VisitsTheMembersOfAList) {
  using Tokens = std::vector<std::string>;
  EXPECT_EQ(tokens("a, b ,\tc"), (Tokens{"a", "b", "c"}));
  EXPECT_EQ(tokens(",, a ,, b,"), (Tokens{"a", "b"}));
  EXPECT_EQ(tokens(""), Tokens{});
  EXPECT_EQ(tokens(" , "), Tokens{});
}

TEST(Ascii, PutsDecimals) {
  char out[20];
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{42}, UINT64_MAX}) {
    EXPECT_EQ(std::string(out, put_decimal(out, value)), std::to_string(value));
  }
}

TEST(Ascii, FindsAMemberOfAListInAnyCase) {
  EXPECT_TRUE(has_member("a, Close ,b", "close"));
  EXPECT_TRUE(has_member("close", "CLOSE"));
  EXPECT_FALSE(has_member("closed, x-close", "close"));
  EXPECT_FALSE(has_member("", "close"));
}

}  // namespace
}  // namespace lb
