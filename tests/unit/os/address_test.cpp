#include "lb/os/address.h"

#include <gtest/gtest.h>

#include "tests/unit/support/loopback.h"

namespace lb::os {
namespace {

IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  IpAddress address;
  address.family = Family::kIpv4;
  address.octets = {a, b, c, d};
  return address;
}

IpAddress v6(const std::array<std::uint16_t, 8>& groups) {
  IpAddress address;
  address.family = Family::kIpv6;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    address.octets[i * 2] = static_cast<std::uint8_t>(groups[i] >> 8);
    address.octets[i * 2 + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
  }
  return address;
}

std::string text_of(const IpAddress& address) {
  std::array<char, kIpTextMax> out;
  return std::string(format_ip(address, out));
}

TEST(FormatIp, WritesIpv4InDecimals) {
  EXPECT_EQ(text_of(v4(127, 0, 0, 1)), "127.0.0.1");
  EXPECT_EQ(text_of(v4(0, 0, 0, 0)), "0.0.0.0");
  EXPECT_EQ(text_of(v4(255, 255, 255, 255)), "255.255.255.255");
}

TEST(FormatIp, LeavesOutLeadingZeros) {
  EXPECT_EQ(text_of(v6({0x2001, 0xdb8, 0, 0, 0, 0, 2, 1})), "2001:db8::2:1");  // RFC 5952 4.2.1
}

TEST(FormatIp, KeepsASingleZeroGroup) {
  EXPECT_EQ(text_of(v6({0x2001, 0xdb8, 0, 1, 1, 1, 1, 1})),
            "2001:db8:0:1:1:1:1:1");  // RFC 5952 4.2.2
}

TEST(FormatIp, ShortensTheLongestRunOfZeros) {
  EXPECT_EQ(text_of(v6({0x2001, 0, 0, 1, 0, 0, 0, 1})), "2001:0:0:1::1");  // RFC 5952 4.2.3
}

TEST(FormatIp, ShortensTheFirstOfTwoEqualRuns) {
  EXPECT_EQ(text_of(v6({0x2001, 0xdb8, 0, 0, 1, 0, 0, 1})),
            "2001:db8::1:0:0:1");  // RFC 5952 4.2.3
}

TEST(FormatIp, WritesLowerCase) {
  EXPECT_EQ(text_of(v6({0x2001, 0xdb8, 0xaaaa, 0xbbbb, 0xcccc, 0xdddd, 0xeeee, 0xaaaa})),
            "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa");  // RFC 5952 4.3
}

TEST(FormatIp, ShortensRunsAtBothEnds) {
  EXPECT_EQ(text_of(v6({0, 0, 0, 0, 0, 0, 0, 0})), "::");
  EXPECT_EQ(text_of(v6({0, 0, 0, 0, 0, 0, 0, 1})), "::1");
  EXPECT_EQ(text_of(v6({0xfe80, 0, 0, 0, 0, 0, 0, 0})), "fe80::");
  EXPECT_EQ(text_of(v6({0, 0, 1, 2, 3, 4, 5, 6})), "::1:2:3:4:5:6");
  EXPECT_EQ(text_of(v6({1, 2, 3, 4, 5, 6, 0, 0})), "1:2:3:4:5:6::");
}

TEST(FormatIp, WritesAnIpv4ClientOfAnIpv6SocketAsIpv4) {
  EXPECT_EQ(text_of(v6({0, 0, 0, 0, 0, 0xffff, 0x7f00, 1})), "127.0.0.1");
}

TEST(FormatIp, DoesNotTakeOtherEmbeddedAddressesForMapped) {
  EXPECT_EQ(text_of(v6({0, 0, 0, 0, 0xffff, 0, 0x7f00, 1})), "::ffff:0:7f00:1");
}

TEST(FormatIp, HasRoomForTheLongestText) {
  const std::uint16_t all = 0xffff;
  EXPECT_EQ(text_of(v6({all, all, all, all, all, all, all, all})),
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST(FormatIp, NamesUnixSocketsByTheirKind) {
  EXPECT_EQ(text_of(IpAddress()), "unix:");
}

// ---- networks

struct NetworkRow {
  IpAddress base;
  std::uint8_t bits;
  IpAddress address;
  bool contained;
};

TEST(ANetwork, ContainsTheAddressesThatBeginLikeIt) {
  const IpAddress mapped = v6({0, 0, 0, 0, 0, 0xffff, 0x0a01, 0x0203});  // 10.1.2.3
  const NetworkRow table[] = {
      {v4(10, 0, 0, 0), 8, v4(10, 255, 255, 255), true},
      {v4(10, 0, 0, 0), 8, v4(11, 0, 0, 0), false},
      {v4(10, 0, 0, 0), 9, v4(10, 127, 0, 1), true},
      {v4(10, 0, 0, 0), 9, v4(10, 128, 0, 1), false},
      {v4(192, 0, 2, 1), 32, v4(192, 0, 2, 1), true},
      {v4(192, 0, 2, 1), 32, v4(192, 0, 2, 0), false},
      {v4(192, 0, 2, 0), 31, v4(192, 0, 2, 1), true},
      {v4(0, 0, 0, 0), 0, v4(255, 1, 2, 3), true},
      {v4(10, 0, 0, 0), 8, mapped, true},
      {v4(11, 0, 0, 0), 8, mapped, false},
      {v4(0, 0, 0, 0), 0, v6({0x2001, 0xdb8, 0, 0, 0, 0, 0, 1}), false},
      {v6({0x2001, 0xdb8, 0, 0, 0, 0, 0, 0}), 33, v6({0x2001, 0xdb8, 0x7fff, 0, 0, 0, 0, 1}), true},
      {v6({0x2001, 0xdb8, 0, 0, 0, 0, 0, 0}), 33, v6({0x2001, 0xdb8, 0x8000, 0, 0, 0, 0, 1}),
       false},
      {v6({0, 0, 0, 0, 0, 0, 0, 1}), 128, v6({0, 0, 0, 0, 0, 0, 0, 1}), true},
      {v6({0, 0, 0, 0, 0, 0, 0, 1}), 128, v6({0, 0, 0, 0, 0, 0, 0, 2}), false},
      {v6({0, 0, 0, 0, 0, 0, 0, 0}), 0, v4(10, 0, 0, 1), false},
      {v4(0, 0, 0, 0), 0, IpAddress(), false},  // a unix socket
  };
  for (const NetworkRow& row : table) {
    const Network network{.base = row.base, .bits = row.bits};
    EXPECT_EQ(network.contains(row.address), row.contained)
        << text_of(row.base) << "/" << int{row.bits} << ", " << text_of(row.address);
  }
}

TEST(DescribeAddress, PutsThePortBehindAnIpv4Address) {
  EXPECT_EQ(describe(test::loopback(8080)), "127.0.0.1:8080");
}

TEST(DescribeAddress, PutsAnIpv6AddressInBrackets) {
  EXPECT_EQ(describe(test::loopback6(8080)), "[::1]:8080");
}

TEST(DescribeAddress, TellsThePathOfAUnixSocket) {
  EXPECT_EQ(describe({.ip = {}, .unix_path = "/run/a.sock"}), "unix:/run/a.sock");
}

TEST(ParseIp, ReadsWhatFormatIpWrites) {
  for (const char* text : {"127.0.0.1", "255.255.255.255", "::", "::1", "1::", "2001:db8::1",
                           "1:2:3:4:5:6:7:8", "fe80::1:0:0:1"}) {
    const auto address = parse_ip(text);
    ASSERT_TRUE(address) << text;
    std::array<char, kIpTextMax> out;
    EXPECT_EQ(format_ip(*address, out), text);
  }
}

TEST(ParseIp, TakesAnIpv4TailAndRefusesWhatIsNoAddress) {
  EXPECT_EQ(parse_ip("::ffff:1.2.3.4")->octets[15], 4);
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "1.2.3.04",
                           "1.2.3.",
                           ".1.2.3",
                           "a.b.c.d",
                           ":",
                           ":::",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "12345::",
                           "g::",
                           "1:2:3:4:5:6:7::8:9",
                           "::1.2.3",
                           "[::1]",
                           "::1%lo",
                           "+1.2.3.4"}) {
    EXPECT_FALSE(parse_ip(text)) << text;
  }
}

TEST(ANetwork, ContainsWhatSharesItsFirstBits) {
  struct Row {
    const char* base;
    std::uint8_t bits;
    const char* address;
    bool contained;
  };
  const Row rows[] = {
      {"10.0.0.0", 8, "10.255.1.2", true},
      {"10.0.0.0", 8, "11.0.0.0", false},
      {"192.168.4.0", 22, "192.168.7.9", true},
      {"192.168.4.0", 22, "192.168.8.0", false},
      {"1.2.3.4", 32, "1.2.3.4", true},
      {"1.2.3.4", 32, "1.2.3.5", false},
      {"0.0.0.0", 0, "9.9.9.9", true},
      {"0.0.0.0", 0, "::1", false},
      {"10.0.0.0", 8, "::ffff:10.1.1.1", true},
      {"2001:db8::", 32, "2001:db8:1::1", true},
      {"2001:db8::", 32, "2001:db9::", false},
      {"::1", 128, "::1", true},
      {"::", 0, "fe80::1", true},
      {"::", 0, "127.0.0.1", false},
  };
  for (const Row& row : rows) {
    const Network network{parse_ip(row.base).value(), row.bits};
    EXPECT_EQ(network.contains(parse_ip(row.address).value()), row.contained)
        << row.base << " " << row.address;
  }
}

}  // namespace
}  // namespace lb::os
