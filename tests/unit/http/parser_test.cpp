#include "lb/http/parser.h"

#include <algorithm>
#include <string>

#include "tests/unit/http/everywhere.h"
#include "tests/unit/http/pages.h"

namespace lb::http {
namespace {

using Kind = HeadEnd::Kind;

TEST(HeadEnd, IsFoundBehindTheBlankLine) {
  const std::string text = "GET / HTTP/1.1\r\nA: b\r\n\r\nbody\r\n\r\n";
  const HeadEnd end = head_end(text, 0);
  EXPECT_EQ(end.kind, Kind::kFound);
  EXPECT_EQ(end.scanned, text.size() - 8);
}

TEST(HeadEnd, IsFoundHoweverTheBytesDrip) {
  const std::string text = "\r\n\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n";
  std::size_t scanned = 0;
  for (std::size_t size = 1; size < text.size(); ++size) {
    const fuzz::Exact prefix(std::string_view(text).substr(0, size));
    const HeadEnd end = head_end(prefix.view(), scanned);
    ASSERT_EQ(end.kind, Kind::kMore) << size;
    ASSERT_EQ(end.scanned, size);
    scanned = end.scanned;
  }
  EXPECT_EQ(head_end(text, scanned).kind, Kind::kFound);
  EXPECT_EQ(head_end(text, scanned).scanned, text.size());
}

TEST(HeadEnd, SeesABareLineFeed) {
  for (const char* text : {"\n", "GET /\n", "GET / HTTP/1.1\r\nA: b\n\n", "a\r\n\nb"}) {
    EXPECT_EQ(head_end(text, 0).kind, Kind::kBareLineFeed) << text;
  }
}

// So the scans of a head of any size, however it drips, cost a fixed number of looks at each octet.
TEST(HeadEnd, LooksAtNothingButTheLastThreeOctetsAgain) {
  const std::string text = "GET / HTTP/1.1\r\nA: " + std::string(20'000, 'x') + "\r\n\r\n";
  Pages pages(text);
  std::size_t scanned = 0;
  for (std::size_t size = 1; size < text.size(); ++size) {
    const HeadEnd end = head_end({pages.text_begin(), size}, scanned);
    ASSERT_EQ(end.kind, Kind::kMore) << size;
    scanned = end.scanned;
    ASSERT_EQ(scanned, size);
    pages.hide(0, scanned - std::min<std::size_t>(scanned, 3));
  }
  EXPECT_EQ(head_end({pages.text_begin(), text.size()}, scanned).scanned, text.size());
}

TEST(HeadEnd, DoesNotLookAtWhatWasScanned) {
  EXPECT_EQ(head_end("a\nb\r\n", 2).kind, Kind::kMore);
}

TEST(AsksHead, KnowsAHeadRequestByItsBeginning) {
  for (const char* text : {"HEAD / HTTP/1.1\r\n\r\n", "HEAD ", "\r\n\r\nHEAD /"}) {
    EXPECT_TRUE(asks_head(text)) << text;
  }
  for (const char* text : {"", "HEAD", "HEADER / HTTP/1.1", "head / HTTP/1.1", "GET HEAD "}) {
    EXPECT_FALSE(asks_head(text)) << text;
  }
}

TEST(TooLarge, TellsTheRequestLineFromTheFields) {
  EXPECT_EQ(too_large("GET /aaaa").status, 414);
  EXPECT_EQ(too_large("\r\n\r\nGET /aaaa").status, 414);
  EXPECT_EQ(too_large("GET / HTTP/1.1\r\nA: bbbb").status, 431);
}

ParseResult parse(std::string_view text, Fields& trailers, HeadLimits limits = {}) {
  const fuzz::Exact whole(text);
  const ParseResult expected = parse_trailers(whole.view(), limits, trailers);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const fuzz::Exact prefix(text.substr(0, size));
    Fields ignored;
    const ParseResult result = parse_trailers(prefix.view(), limits, ignored);
    if (result.status == ParseStatus::kIncomplete) continue;
    EXPECT_EQ(result.status, expected.status) << size;
    EXPECT_EQ(result.bytes, expected.bytes) << size;
    EXPECT_EQ(result.refusal.reason, expected.refusal.reason) << size;
  }
  return parse_trailers(text, limits, trailers);
}

TEST(Trailers, AreFieldsUpToAnEmptyLine) {
  Fields trailers;
  const ParseResult result = parse("X-Sum: 1\r\nA:\r\n\r\nrest", trailers);
  EXPECT_EQ(result.status, ParseStatus::kDone);
  EXPECT_EQ(result.bytes, 16U);
  ASSERT_EQ(trailers.size(), 2U);
  EXPECT_EQ(trailers[0].value(), "1");
}

TEST(Trailers, MayBeNone) {
  Fields trailers(3);
  EXPECT_EQ(parse("\r\n", trailers).bytes, 2U);
  EXPECT_TRUE(trailers.empty());
  EXPECT_EQ(parse("\r", trailers).status, ParseStatus::kIncomplete);
}

TEST(Trailers, AreRefusedAsFieldsAre) {
  Fields trailers;
  for (const char* text : {"A : b\r\n\r\n", " A: b\r\n\r\n", "A: b\r\n c\r\n\r\n", "A\r\n\r\n",
                           "A: b\n\n", "\n", "\rX", "A: b\rc\r\n\r\n", ": b\r\n\r\n"}) {
    EXPECT_EQ(parse(text, trailers).status, ParseStatus::kRefused) << text;
  }
}

TEST(Trailers, AreBounded) {
  Fields trailers;
  constexpr HeadLimits kSmall{.head_bytes_max = 16, .fields_max = 2};
  EXPECT_EQ(parse("A: b\r\nA: b\r\n\r\n", trailers, kSmall).status, ParseStatus::kDone);
  EXPECT_EQ(parse("A:\r\nB:\r\nC:\r\n\r\n", trailers, kSmall).refusal.status, 431);
  EXPECT_EQ(parse("A: 0123456789abcdef\r\n\r\n", trailers, kSmall).refusal.status, 431);
}

}  // namespace
}  // namespace lb::http
