#include "app/address_text.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace lb::app {
namespace {

TEST(IsIpv6, KnowsAddressesOfEveryShape) {
  for (const std::string_view text :
       {"::", "::1", "1::", "fe80::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
        "2001:DB8::a", "::ffff:10.0.0.1", "1:2:3:4:5:6:255.255.255.255", "::0.0.0.0",
        "fe80::1%eth0", "fe80::1%3"}) {
    EXPECT_TRUE(is_ipv6(text)) << text;
  }
}

TEST(IsIpv6, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      ":",
                                      ":::",
                                      "1",
                                      "1:2:3",
                                      "127.0.0.1",
                                      "localhost",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7:8::",
                                      "1::2::3",
                                      ":1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:",
                                      "::1:",
                                      ":1::",
                                      "12345::",
                                      "::g",
                                      "::1.2.3",
                                      "::1.2.3.4.5",
                                      "::1.2.3.256",
                                      "::01.2.3.4",
                                      "1.2.3.4::",
                                      "::1.2.3.4:5",
                                      "::1.2.3.",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::1%",
                                      "::1%a b",
                                      "[::1]",
                                      " ::1",
                                      "::1 ",
                                      "::-1",
                                      "::+1",
                                      "::0x1"}) {
    EXPECT_FALSE(is_ipv6(text)) << text;
  }
  EXPECT_FALSE(is_ipv6(std::string_view("::1\0", 4)));
}

// The C library as the judge of a few hundred thousand texts that are nearly addresses.
TEST(IsIpv6, AgreesWithTheLibrary) {
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same texts every time
  const auto below = [&](std::size_t n) { return random() % n; };
  static constexpr std::string_view kPieces[] = {":",    ":",     ":", "::", "0",   "1", "f",
                                                 "abcd", "12345", ".", "10", "255", "g", "1.2.3.4"};
  std::size_t addresses = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string text;
    const std::size_t pieces = below(17);
    for (std::size_t p = 0; p < pieces; ++p) {
      const bool colon = p % 2 == 1 && below(8) != 0;
      text += colon ? ":" : kPieces[below(std::size(kPieces))];
    }
    in6_addr ignored{};
    const bool expected = inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
    ASSERT_EQ(is_ipv6(text), expected) << text;
    addresses += expected ? 1 : 0;
  }
  EXPECT_GT(addresses, 1'000U);
}

TEST(IsHostName, TakesNamesAndIpv4Addresses) {
  for (const std::string_view text :
       {"a", "localhost", "10.0.0.1", "my_app.web-1.example", "A1", "_x", "example.com."}) {
    EXPECT_TRUE(is_host_name(text)) << text;
  }
  for (const std::string_view text :
       {"", "-a", ".a", "a b", "a:1", "::1", "a/b", "caf\xc3\xa9", "a\n", "a@b", "*"}) {
    EXPECT_FALSE(is_host_name(text)) << text;
  }
  EXPECT_TRUE(is_host_name(std::string(kHostBytesMax, 'a')));
  EXPECT_FALSE(is_host_name(std::string(kHostBytesMax + 1, 'a')));
}

}  // namespace
}  // namespace lb::app
