// Headers whole, byte by byte, and in two pieces cut anywhere; each time at the end of an
// allocation of their size.

#include "downstream/proxy_protocol.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/fuzz/exact.h"
#include "tests/unit/support/proxy_headers.h"

namespace lb::downstream {
namespace {

using http::ParseStatus;
using test::binary;
using test::kProxied;
using test::kTcp4;
using test::kTcp6;
using test::tlv;

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// As who owns a connection asks: again and again, until there is a verdict.
ProxyHeader parse_in_pieces(std::string_view text, const std::vector<std::size_t>& ends) {
  ProxyHeader header;
  for (const std::size_t end : ends) {
    const fuzz::Exact prefix(text.substr(0, end));
    header = parse_proxy_header(prefix.view());
    if (header.status != ParseStatus::kIncomplete) break;
  }
  return header;
}

ProxyHeader parse(std::string_view text) {
  const ProxyHeader expected = parse_in_pieces(text, {text.size()});
  std::vector<std::vector<std::size_t>> ways(1);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    ways.front().push_back(i);
    ways.push_back({i, text.size()});
  }
  for (const std::vector<std::size_t>& ends : ways) {
    const ProxyHeader header = parse_in_pieces(text, ends);
    EXPECT_EQ(header.status, expected.status) << "second piece from " << ends.front();
    EXPECT_EQ(header.bytes, expected.bytes) << "second piece from " << ends.front();
    EXPECT_EQ(header.client, expected.client) << "second piece from " << ends.front();
    EXPECT_EQ(header.reason, expected.reason) << "second piece from " << ends.front();
  }
  return expected;
}

// "192.0.2.7 5123", "unix: 0"; "-": nobody is named.
std::string client_of(const ProxyHeader& header) {
  if (!header.client) return "-";
  std::array<char, os::kIpTextMax> text;
  return std::string(os::format_ip(*header.client, text)) + " " +
         std::to_string(header.client->port);
}

struct Valid {
  std::string_view name;
  std::string header;
  std::string_view client;
};

const std::vector<Valid>& valid() {
  static const std::string four = test::ipv4_addresses();
  static const std::string six = test::ipv6_addresses();
  static const std::vector<Valid> rows = {
      {"a line of IPv4", std::string(test::kLineOfIpv4), "192.0.2.7 5123"},
      {"a line of IPv6", std::string(test::kLineOfIpv6), "2001:db8::7 5123"},
      {"the longest line of IPv4", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
       "255.255.255.255 65535"},
      {"a long line of IPv6",
       "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF 65535 65535\r\n",
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535"},
      {"ports of nothing", "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0 0"},
      {"IPv4 in IPv6", "PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "192.0.2.7 1"},
      {"a line of somebody", "PROXY UNKNOWN\r\n", "-"},
      {"the longest line of somebody",
       "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
       "-"},
      {"what somebody's line says is ignored", "PROXY UNKNOWN   what ever\r\n", "-"},
      {"octets of IPv4", binary(kProxied, kTcp4, four), "192.0.2.7 5123"},
      {"octets of IPv6", binary(kProxied, kTcp6, six), "2001:db8::7 5123"},
      {"of a unix socket", binary(kProxied, test::kUnixStream, test::unix_addresses()), "unix: 0"},
      {"unspecified", binary(kProxied, test::kUnspecified, ""), "-"},
      {"an unspecified stream", binary(kProxied, 0x01, ""), "-"},
      {"unspecified, with a TLV", binary(kProxied, test::kUnspecified, tlv(4, "x")), "-"},
      {"local", binary(test::kLocal, test::kUnspecified, ""), "-"},
      {"local, with a TLV", binary(test::kLocal, test::kUnspecified, tlv(4, "x")), "-"},
      {"local, whose family is ignored", binary(test::kLocal, 0xff, ""), "-"},
      {"local, whose block is dropped", binary(test::kLocal, kTcp4, four + "\x03"), "-"},
      {"an empty TLV", binary(kProxied, kTcp4, four + tlv(4, "")), "192.0.2.7 5123"},
      {"some TLVs",
       binary(kProxied, kTcp6, six + tlv(2, "a.test") + tlv(0x20, "12345") + tlv(0xee, "")),
       "2001:db8::7 5123"},
      {"as long as may be",
       binary(kProxied, kTcp4, four + tlv(4, std::string(kProxyBlockBytesMax - 15, 'x'))),
       "192.0.2.7 5123"},
      {"a checksum", test::summed(kProxied, kTcp4, four), "192.0.2.7 5123"},
      {"a checksum behind other TLVs",
       test::summed(kProxied, kTcp6, six + tlv(4, "pad") + tlv(5, "id")), "2001:db8::7 5123"},
      {"a checksum of nobody", test::summed(kProxied, test::kUnspecified, ""), "-"},
  };
  return rows;
}

TEST(AProxyHeader, NamesItsClient) {
  for (const Valid& row : valid()) {
    SCOPED_TRACE(row.name);
    const ProxyHeader header = parse(row.header);
    EXPECT_EQ(header.status, ParseStatus::kDone) << header.reason;
    EXPECT_EQ(header.bytes, row.header.size());
    EXPECT_EQ(client_of(header), row.client);
    EXPECT_LE(header.bytes, kProxyHeaderBytesMax);
  }
}

TEST(AProxyHeader, IsIncompleteUntilItsLastOctet) {
  for (const Valid& row : valid()) {
    SCOPED_TRACE(row.name);
    for (std::size_t length = 0; length < row.header.size(); ++length) {
      const fuzz::Exact prefix(std::string_view(row.header).substr(0, length));
      EXPECT_EQ(parse_proxy_header(prefix.view()).status, ParseStatus::kIncomplete) << length;
    }
  }
}

TEST(AProxyHeader, EndsWhereTheRequestBegins) {
  for (const Valid& row : valid()) {
    if (row.header.size() > 512) continue;  // every cut was tried above
    SCOPED_TRACE(row.name);
    const ProxyHeader header = parse(row.header + std::string(kRequest));
    EXPECT_EQ(header.status, ParseStatus::kDone) << header.reason;
    EXPECT_EQ(header.bytes, row.header.size());
    EXPECT_EQ(client_of(header), row.client);
  }
}

struct Refused {
  std::string bytes;
  std::string_view reason;
};

void expect_refused(const std::vector<Refused>& rows) {
  for (const Refused& row : rows) {
    SCOPED_TRACE(testing::PrintToString(row.bytes.substr(0, 120)));
    const ProxyHeader header = parse(row.bytes);
    EXPECT_EQ(header.status, ParseStatus::kRefused);
    EXPECT_EQ(header.reason, row.reason);
    EXPECT_EQ(header.client, std::nullopt);
  }
}

TEST(AProxyHeader, IsMissedAtTheFirstWrongOctet) {
  expect_refused({{std::string(kRequest), "there is none"},
                  {"\n", "there is none"},
                  {"P\r", "there is none"},
                  {"proxy", "there is none"},
                  {"PROXY\r\n", "there is none"},
                  {"PROXY\t", "there is none"},
                  {" PROXY", "there is none"},
                  {"\r\nPROXY", "there is none"},
                  {"\r\n\r\nG", "there is none"},
                  {test::fixed_part(kProxied, kTcp4, 12).substr(0, 11) + "\r", "there is none"}});
}

TEST(AProxyHeader, ThatIsALineIsRefusedUnlessItIsExact) {
  constexpr std::string_view kProtocol = "its protocol is unknown";
  constexpr std::string_view kWords = "its line has not two addresses and two ports";
  constexpr std::string_view kAddress = "an address is not one of its family";
  constexpr std::string_view kPort = "a port is no number from 0 to 65535";
  expect_refused({{"PROXY \r\n", kProtocol},
                  {"PROXY TCP\r\n", kProtocol},
                  {"PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n", kProtocol},
                  {"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", kProtocol},
                  {"PROXY UNKNOWNX\r\n", kProtocol},
                  {"PROXY unknown\r\n", kProtocol},
                  {"PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n", kProtocol},
                  {"PROXY TCP4\r\n", kWords},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", kWords},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n", kWords},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n", kWords},
                  {"PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n", kWords},
                  {"PROXY TCP4 1.2.3.4\t5.6.7.8 1 2\r\n", kWords},
                  {"PROXY TCP4 1.2.3.4  5.6.7.8 1\r\n", kAddress},
                  {"PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n", kAddress},
                  {"PROXY TCP4 1.2.3.4 5.6.7.256 1 2\r\n", kAddress},
                  {"PROXY TCP4 1.2.3.4 5.6.7.08 1 2\r\n", kAddress},
                  {"PROXY TCP4 ::1 ::1 1 2\r\n", kAddress},
                  {"PROXY TCP4 1.2.3.4 ::1 1 2\r\n", kAddress},
                  {"PROXY TCP4 unix: unix: 1 2\r\n", kAddress},
                  {"PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n", kAddress},
                  {"PROXY TCP6 ::1 5.6.7.8 1 2\r\n", kAddress},
                  {"PROXY TCP6 [::1] ::1 1 2\r\n", kAddress},
                  {"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", kAddress},
                  {"PROXY TCP6 1::2::3 ::1 1 2\r\n", kAddress},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 00\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 100000\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 -2\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2x\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8  2\r\n", kPort},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 \r\n", kPort}});
}

TEST(AProxyHeader, ThatIsALineEndsInCrlf) {
  constexpr std::string_view kEnd = "its line does not end in CRLF";
  expect_refused({{"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", kEnd},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rG", kEnd},
                  {"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r\n", kEnd},
                  {"PROXY UNKNOWN a\nGET / HTTP/1.1\r\n", kEnd},
                  {"PROXY UNKNOWN a\rb\r\n", kEnd}});
}

TEST(AProxyHeader, ThatIsALineHasABoundedLength) {
  const std::string begin = "PROXY UNKNOWN ";
  const std::string fits = begin + std::string(kProxyLineBytesMax - 2 - begin.size(), 'x') + "\r\n";
  EXPECT_EQ(fits.size(), 107U);
  EXPECT_EQ(parse(fits).status, ParseStatus::kDone);
  constexpr std::string_view kLong = "its line is too long";
  expect_refused({{begin + std::string(kProxyLineBytesMax - begin.size(), 'x'), kLong},
                  {begin + std::string(kProxyLineBytesMax - 1 - begin.size(), 'x') + "\r", kLong},
                  {begin + std::string(kProxyLineBytesMax - 1 - begin.size(), 'x') + "\r\n", kLong},
                  {begin + std::string(1000, 'x') + "\r\n", kLong}});
}

TEST(AProxyHeader, OfOctetsIsRefusedAtTheFirstThatIsUnknown) {
  constexpr std::string_view kCommand = "its version or command is unknown";
  constexpr std::string_view kFamily = "its family is none of a stream";
  const auto begin = [](int command, int family) {
    return test::fixed_part(command, family, 0).substr(0, 14);
  };
  std::vector<Refused> rows;
  for (int command = 0; command <= 0xff; ++command) {
    if (command == test::kLocal || command == kProxied) continue;
    rows.push_back({begin(command, kTcp4).substr(0, 13), kCommand});
  }
  constexpr std::array kKnown{0x00, 0x01, 0x11, 0x21, 0x31};
  for (int family = 0; family <= 0xff; ++family) {
    if (std::ranges::find(kKnown, family) == kKnown.end()) {
      rows.push_back({begin(kProxied, family), kFamily});
    }
  }
  expect_refused(rows);
}

TEST(AProxyHeader, OfOctetsHasALengthThatFits) {
  constexpr std::string_view kLong = "it is too long";
  constexpr std::string_view kShort = "it is too short for addresses";
  expect_refused({{test::fixed_part(kProxied, kTcp4, kProxyBlockBytesMax + 1), kLong},
                  {test::fixed_part(test::kLocal, 0, kProxyBlockBytesMax + 1), kLong},
                  {test::fixed_part(kProxied, 0, 0xffff), kLong},
                  {test::fixed_part(kProxied, kTcp4, 0), kShort},
                  {test::fixed_part(kProxied, kTcp4, 11), kShort},
                  {test::fixed_part(kProxied, kTcp6, 35), kShort},
                  {test::fixed_part(kProxied, test::kUnixStream, 215), kShort}});
}

TEST(AProxyHeader, HasWholeTlvs) {
  constexpr std::string_view kCut = "a TLV is cut";
  const std::string four = test::ipv4_addresses();
  expect_refused({{binary(kProxied, kTcp4, four + "\x04"), kCut},
                  {binary(kProxied, kTcp4, four + test::octets({4, 0})), kCut},
                  {binary(kProxied, kTcp4, four + test::octets({4, 0, 1})), kCut},
                  {binary(kProxied, kTcp4, four + test::octets({4, 0xff, 0xff, 'x'})), kCut},
                  {binary(kProxied, kTcp4, four + tlv(4, "x") + "\x04"), kCut},
                  {binary(kProxied, test::kUnspecified, four), kCut}});
}

TEST(AProxyHeader, HasTheRightChecksum) {
  constexpr std::string_view kWrong = "its checksum is wrong";
  constexpr std::string_view kMalformed = "its checksum is malformed";
  const std::string four = test::ipv4_addresses();
  const std::string right = test::summed(kProxied, kTcp4, four);
  const std::string block = right.substr(kProxyFixedBytes);
  expect_refused({{test::summed(kProxied, kTcp4, four, 1), kWrong},
                  {test::summed(kProxied, kTcp4, four, 0x80000000), kWrong},
                  {binary(kProxied, kTcp4, block + tlv(4, "")), kWrong},
                  {binary(kProxied, kTcp4, four + tlv(test::kChecksumType, "abc")), kMalformed},
                  {binary(kProxied, kTcp4, four + tlv(test::kChecksumType, "abcde")), kMalformed},
                  {binary(kProxied, kTcp4, four + tlv(test::kChecksumType, "")), kMalformed}});
}

// One for each of two would not be the sum of what the other one sees.
TEST(AProxyHeader, HasOneChecksumAtMost) {
  const std::string four = test::ipv4_addresses();
  const std::string second = tlv(test::kChecksumType, std::string(4, '\0'));
  std::string header = binary(kProxied, kTcp4, four + second + second);
  std::string sum = test::in_network_order(test::checksum(header), 4);
  header.replace(header.size() - second.size() - 4, 4, sum);
  expect_refused({{header, "its checksum is malformed"}});
}

TEST(AProxyHeader, WithAChecksumMayNotChangeInASingleBit) {
  const std::string right = test::summed(kProxied, kTcp4, test::ipv4_addresses() + tlv(5, "an id"));
  ASSERT_EQ(parse(right).status, ParseStatus::kDone);
  for (std::size_t bit = kProxyFixedBytes * 8; bit < right.size() * 8; ++bit) {
    std::string wrong = right;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
    const bool of_the_type = bit / 8 == right.size() - 7;  // then there is none
    const ParseStatus expected = of_the_type ? ParseStatus::kDone : ParseStatus::kRefused;
    EXPECT_EQ(parse_proxy_header(wrong).status, expected) << bit;
  }
}

}  // namespace
}  // namespace lb::downstream
