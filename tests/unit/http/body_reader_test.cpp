#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "lb/http/body.h"
#include "tests/fuzz/properties.h"
#include "tests/unit/http/pages.h"

namespace lb::http {
namespace {

using Kind = Framing::Kind;
using Status = BodyReader::Status;

// Reads whole; check_body reads the same in pieces, from allocations of their size.
fuzz::ReadBody read(Framing framing, std::string_view bytes) {
  fuzz::check_body(framing, bytes);
  return fuzz::read_body(framing, bytes, {});
}

fuzz::ReadBody read_chunked(std::string_view bytes) {
  fuzz::ReadBody body = read({Kind::kChunked, 0}, bytes);
  for (std::size_t cut = 1; cut < bytes.size() && bytes.size() < 300; ++cut) {
    const fuzz::ReadBody cut_body = fuzz::read_body({Kind::kChunked, 0}, bytes, {cut});
    EXPECT_EQ(cut_body.payload, body.payload) << cut;
  }
  return body;
}

TEST(BodyReader, OfNothingIsDoneAtOnce) {
  for (const Framing framing : {Framing{}, Framing{Kind::kLength, 0}}) {
    const fuzz::ReadBody body = read(framing, "GET / HTTP/1.1");
    EXPECT_EQ(body.status, Status::kDone);
    EXPECT_EQ(body.consumed, 0U);
    EXPECT_TRUE(BodyReader(framing).done());
    EXPECT_TRUE(BodyReader(framing).ends_at_eof());
    EXPECT_EQ(BodyReader(framing).remaining(), 0U);
  }
  EXPECT_TRUE(BodyReader().done());
}

TEST(BodyReader, TakesALengthAndNotOneOctetMore) {
  const fuzz::ReadBody body = read({Kind::kLength, 5}, "helloGET");
  EXPECT_EQ(body.status, Status::kDone);
  EXPECT_EQ(body.payload, "hello");
  EXPECT_EQ(body.consumed, 5U);
}

TEST(BodyReader, KnowsWhatIsLeftOfALength) {
  BodyReader reader({Kind::kLength, 5});
  Fields trailers;
  std::string bytes = "hel";
  EXPECT_EQ(reader.remaining(), 5U);
  EXPECT_EQ(reader.read(bytes, trailers).status, Status::kMore);
  EXPECT_EQ(reader.remaining(), 2U);
  EXPECT_FALSE(reader.ends_at_eof());
}

TEST(BodyReader, TakesEverythingUntilClose) {
  for (const Kind kind : {Kind::kUntilClose, Kind::kTunnel}) {
    const fuzz::ReadBody body = read({kind, 0}, "all of it");
    EXPECT_EQ(body.status, Status::kMore);
    EXPECT_EQ(body.payload, "all of it");
    const BodyReader reader({kind, 0});
    EXPECT_TRUE(reader.ends_at_eof());
    EXPECT_FALSE(reader.done());
    EXPECT_EQ(reader.remaining(), UINT64_MAX);
    EXPECT_EQ(reader.kind(), kind);
  }
}

struct Row {
  const char* name;
  std::string_view bytes;
  const char* payload;
};

TEST(BodyReader, DecodesChunks) {
  const Row rows[] = {
      {"one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello"},
      {"no data", "0\r\n\r\n", ""},
      {"several chunks", "5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n", "hello world"},
      {"hex in any case", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
       "01234567890123456789a"},
      {"leading zeros", "0000000000000005\r\nhello\r\n000\r\n\r\n", "hello"},
      {"data that looks like framing", "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n\r\n"},
      {"an extension", "5;a=b\r\nhello\r\n0;last\r\n\r\n", "hello"},
      {"a quoted extension", "5;a=b;c=\"d e\\\"f;\xc3\xa4\";g\r\nhello\r\n0\r\n\r\n", "hello"},
      {"blanks before an extension", "5 \t; a = b\r\nhello\r\n0 ;x\r\n\r\n", "hello"},
      {"an empty extension", "5;\r\nhello\r\n0\r\n\r\n", "hello"},
      {"trailers", "5\r\nhello\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n", "hello"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const fuzz::ReadBody body = read_chunked(row.bytes);
    EXPECT_EQ(body.status, Status::kDone);
    EXPECT_EQ(body.payload, row.payload);
    EXPECT_EQ(body.consumed, row.bytes.size());
    const std::string more = std::string(row.bytes) + "GET / HTTP/1.1\r\n";
    EXPECT_EQ(read_chunked(more).consumed, row.bytes.size());
  }
}

TEST(BodyReader, AsksForMoreWithinChunks) {
  const std::string_view whole = "5;x\r\nhello\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(read_chunked(whole.substr(0, size)).status, Status::kMore) << size;
  }
  EXPECT_FALSE(BodyReader({Kind::kChunked, 0}).ends_at_eof());
  EXPECT_EQ(BodyReader({Kind::kChunked, 0}).remaining(), UINT64_MAX);
}

TEST(BodyReader, YieldsTrailers) {
  const fuzz::ReadBody body = read_chunked("0\r\nX-Sum: 1\r\nA:\r\n\r\n");
  EXPECT_EQ(body.trailers, (std::vector<std::string>{"X-Sum: 1\r\n", "A: \r\n"}));
}

TEST(BodyReader, LeavesAPartialTrailerSection) {
  BodyReader reader({Kind::kChunked, 0});
  Fields trailers;
  std::string bytes = "3\r\nabc\r\n0\r\nX-Su";
  const BodyReader::Result result = reader.read(bytes, trailers);
  EXPECT_EQ(result.status, Status::kMore);
  EXPECT_EQ(result.consumed, bytes.size() - 4);
  EXPECT_EQ(std::string(result.payload.begin(), result.payload.end()), "abc");
}

TEST(BodyReader, LeavesNoTrailersOfAnotherBodyOrOfAPartOfThem) {
  for (const Framing framing : {Framing{}, Framing{Kind::kLength, 5}, Framing{Kind::kTunnel, 0},
                                Framing{Kind::kChunked, 0}}) {
    for (const char* text : {"0\r\nA: b\r\nC", "0\r\nA: b\r\nC\r\n", ""}) {
      Fields trailers = {make_field("Other: 1\r\n")};
      std::string bytes = text;
      BodyReader reader(framing);
      static_cast<void>(reader.read(bytes, trailers));
      EXPECT_TRUE(trailers.empty()) << text;
    }
  }
}

struct Broken {
  const char* name;
  std::string_view bytes;
};

TEST(BodyReader, RefusesMalformedChunks) {
  using namespace std::string_view_literals;
  const Broken rows[] = {
      {"no size", "\r\nhello\r\n0\r\n\r\n"sv},
      {"an extension without a size", ";a\r\nhello\r\n0\r\n\r\n"sv},
      {"a space before the size", " 5\r\nhello\r\n0\r\n\r\n"sv},
      {"a space after the size", "5 \r\nhello\r\n0\r\n\r\n"sv},
      {"a digit after a space", "5 5\r\nhello\r\n0\r\n\r\n"sv},
      {"a sign", "+5\r\nhello\r\n0\r\n\r\n"sv},
      {"a negative size", "-5\r\nhello\r\n0\r\n\r\n"sv},
      {"0x", "0x5\r\nhello\r\n0\r\n\r\n"sv},
      {"h", "5h\r\nhello\r\n0\r\n\r\n"sv},
      {"a letter outside hex", "G\r\nhello\r\n0\r\n\r\n"sv},
      {"obs-text", "\xb5\r\nhello\r\n0\r\n\r\n"sv},
      {"NUL", "5\0\r\nhello\r\n0\r\n\r\n"sv},
      {"2^63", "8000000000000000\r\nhello"sv},
      {"2^64 - 1", "FFFFFFFFFFFFFFFF\r\nhello"sv},
      {"2^64 + 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"sv},
      {"seventeen digits", "00000000000000005\r\nhello\r\n0\r\n\r\n"sv},
      {"a bare LF after the size", "5\nhello\r\n0\r\n\r\n"sv},
      {"a bare CR after the size", "5\rhello\r\n0\r\n\r\n"sv},
      {"a bare LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"sv},
      {"a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"sv},
      {"a bare LF in a quoted extension", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"sv},
      {"a control in an extension", "5;a\x01\r\nhello\r\n0\r\n\r\n"sv},
      {"NUL in an extension", "5;\0\r\nhello\r\n0\r\n\r\n"sv},
      {"data longer than the size", "5\r\nhelloX\r\n0\r\n\r\n"sv},
      {"data shorter than the size", "5\r\nhell\r\n0\r\n\r\n"sv},
      {"no line end after the data", "5\r\nhello0\r\n\r\n"sv},
      {"a bare LF after the data", "5\r\nhello\n0\r\n\r\n"sv},
      {"a bare CR after the data", "5\r\nhello\r0\r\n\r\n"sv},
      {"a bare LF after the last chunk", "0\n\r\n"sv},
      {"a bare LF after the trailers", "0\r\nA: b\r\n\n"sv},
      {"a bare LF for no trailers", "0\r\n\n"sv},
      {"a space before a trailer's colon", "0\r\nA : b\r\n\r\n"sv},
      {"a folded trailer", "0\r\nA: b\r\n c\r\n\r\n"sv},
      {"a trailer without a colon", "0\r\nA\r\n\r\n"sv},
      {"a control in a trailer", "0\r\nA: \x02\r\n\r\n"sv},
  };
  for (const Broken& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(read_chunked(row.bytes).status, Status::kBroken);
  }
}

TEST(BodyReader, GivesWhatCameBeforeAFault) {
  const fuzz::ReadBody body = read_chunked("5\r\nhello\r\nX\r\n");
  EXPECT_EQ(body.status, Status::kBroken);
  EXPECT_EQ(body.payload, "hello");
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(BodyReader, TakesChunksOfOneOctetWithoutEnd) {
  const std::string bytes = repeated("1\r\nr\r\n", 50'000) + "0\r\n\r\n";
  const fuzz::ReadBody body = fuzz::read_body({Kind::kChunked, 0}, bytes, {100, 70'001});
  EXPECT_EQ(body.status, Status::kDone);
  EXPECT_EQ(body.payload.size(), 50'000U);
}

TEST(BodyReader, BoundsAChunkLine) {
  const std::string extension(kChunkLineBytesMax - 4, 'x');
  EXPECT_EQ(read_chunked("5;" + extension + "\r\nhello\r\n0\r\n\r\n").status, Status::kDone);
  EXPECT_EQ(read_chunked("5;x" + extension + "\r\nhello\r\n0\r\n\r\n").status, Status::kBroken);
}

TEST(BodyReader, BoundsExtensionsThatCarryLittleData) {
  const std::string chunk = "1;" + std::string(100, 'x') + "\r\nr\r\n";
  const std::string some = repeated(chunk, 100) + "0\r\n\r\n";
  const std::string many = repeated(chunk, 1000) + "0\r\n\r\n";
  const Framing chunked{Kind::kChunked, 0};
  EXPECT_EQ(fuzz::read_body(chunked, some, {}).status, Status::kDone);
  EXPECT_EQ(fuzz::read_body(chunked, many, {}).status, Status::kBroken);
}

TEST(BodyReader, LetsDataPayForExtensions) {
  const std::string chunk =
      "1000;signature=" + std::string(64, 'x') + "\r\n" + std::string(0x1000, 'd') + "\r\n";
  const std::string bytes = repeated(chunk, 1000) + "0\r\n\r\n";
  EXPECT_EQ(fuzz::read_body({Kind::kChunked, 0}, bytes, {}).status, Status::kDone);
}

TEST(BodyReader, BoundsTrailers) {
  const Framing chunked{Kind::kChunked, 0};
  const std::string fits = "0\r\nA: " + std::string(8 * 1024 - 7, 'x') + "\r\n\r\n";
  EXPECT_EQ(fuzz::read_body(chunked, fits, {}).status, Status::kDone);
  const std::string large = "0\r\nA: " + std::string(8 * 1024 - 6, 'x') + "\r\n\r\n";
  EXPECT_EQ(fuzz::read_body(chunked, large, {}).status, Status::kBroken);
  std::vector<std::size_t> every;
  for (std::size_t i = 1; i < large.size(); ++i) every.push_back(i);
  EXPECT_EQ(fuzz::read_body(chunked, large, every).status, Status::kBroken);
  EXPECT_EQ(fuzz::read_body(chunked, fits, every).status, Status::kDone);
  const std::string many = "0\r\n" + repeated("A:\r\n", 65) + "\r\n";
  EXPECT_EQ(fuzz::read_body(chunked, many, {}).status, Status::kBroken);
}

// But for its first two octets, which may be the empty line.
TEST(BodyReader, LooksAtNothingOfATrailerSectionAgainUntilItIsWhole) {
  const std::string section = "A: " + std::string(8000, 'x') + "\r\n\r\n";
  Pages pages(section, Pages::kPage - 2);
  BodyReader reader({Kind::kChunked, 0});
  Fields trailers;
  std::string last_chunk = "0\r\n";
  ASSERT_EQ(reader.read(last_chunk, trailers).consumed, last_chunk.size());
  for (std::size_t size = 1; size < section.size(); ++size) {
    const BodyReader::Result result = reader.read({pages.text_begin(), size}, trailers);
    ASSERT_EQ(result.status, Status::kMore) << size;
    ASSERT_EQ(result.consumed, 0U);
    pages.hide(2, size - std::min<std::size_t>(size, 3));
  }
  pages.show();
  EXPECT_EQ(reader.read({pages.text_begin(), section.size()}, trailers).status, Status::kDone);
  EXPECT_EQ(trailers.size(), 1U);
}

TEST(BodyReader, CountsWhatWentPast) {
  BodyReader sized({Kind::kLength, 10});
  EXPECT_TRUE(sized.is_bulk(10));
  sized.skip(4);
  EXPECT_EQ(sized.remaining(), 6U);
  EXPECT_FALSE(sized.is_bulk(7));
  EXPECT_FALSE(sized.done());
  sized.skip(6);
  EXPECT_TRUE(sized.done());
  EXPECT_FALSE(sized.is_bulk(0));
}

TEST(BodyReader, TakesForBulkWhatNobodyKnowsTheLengthOfButNoChunks) {
  for (const Kind kind : {Kind::kUntilClose, Kind::kTunnel}) {
    BodyReader reader({kind, 0});
    reader.skip(1'000'000);
    EXPECT_EQ(reader.remaining(), UINT64_MAX);
    EXPECT_TRUE(reader.is_bulk(1'000'000));
  }
  EXPECT_FALSE(BodyReader({Kind::kChunked, 0}).is_bulk(0));
  EXPECT_FALSE(BodyReader().is_bulk(0));
}

TEST(BodyReader, MovesDataTogetherWithinTheBytesGiven) {
  BodyReader reader({Kind::kChunked, 0});
  Fields trailers;
  std::string bytes = "3\r\nabc\r\n3\r\ndef\r\n";
  const BodyReader::Result result = reader.read(bytes, trailers);
  EXPECT_EQ(result.payload.data(), bytes.data() + 3);
  EXPECT_EQ(std::string(result.payload.begin(), result.payload.end()), "abcdef");
}

}  // namespace
}  // namespace lb::http
