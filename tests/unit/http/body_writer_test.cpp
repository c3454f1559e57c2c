#include <gtest/gtest.h>

#include <string>

#include "lb/http/body.h"

namespace lb::http {
namespace {

using Kind = Framing::Kind;

// What a piece is on the wire.
std::string write(Framing framing, std::string octets, bool end, Fields* trailers = nullptr) {
  std::string scratch(BodyWriter::kFrameBytesMax + 64, '\0');
  const Piece piece{octets, end, trailers};
  const BodyWriter::Frame frame = BodyWriter(framing).frame(piece, scratch);
  return std::string(frame.before) + octets + std::string(frame.after);
}

constexpr Framing kChunked{Kind::kChunked, 0};

TEST(BodyWriter, FramesAChunk) {
  EXPECT_EQ(write(kChunked, "hello", false), "5\r\nhello\r\n");
  EXPECT_EQ(write(kChunked, std::string(26, 'x'), false), "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST(BodyWriter, EndsWithTheLastChunk) {
  EXPECT_EQ(write(kChunked, "hello", true), "5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(write(kChunked, "", true), "0\r\n\r\n");
}

TEST(BodyWriter, NeverWritesAnEmptyChunkThatWouldEndTheBody) {
  EXPECT_EQ(write(kChunked, "", false), "");
}

TEST(BodyWriter, WritesTrailersThatAreNotDropped) {
  Fields trailers = {make_field("A: 1\r\n"), make_field("B: 2\r\n"), make_field("C: 3\r\n")};
  trailers[1].dropped = true;
  EXPECT_EQ(write(kChunked, "x", true, &trailers), "1\r\nx\r\n0\r\nA: 1\r\nC: 3\r\n\r\n");
  EXPECT_EQ(write(kChunked, "x", false, &trailers), "1\r\nx\r\n");
}

TEST(BodyWriter, CutsTheWhiteSpaceAroundTheValuesOfTrailers) {
  Fields trailers;
  ASSERT_EQ(parse_trailers("A:\t1 \r\n\r\n", {}, trailers).status, ParseStatus::kDone);
  EXPECT_EQ(write(kChunked, "", true, &trailers), "0\r\nA: 1\r\n\r\n");
}

TEST(BodyWriter, AddsNothingToOtherFramings) {
  Fields trailers = {make_field("A: 1\r\n")};
  for (const Kind kind : {Kind::kNone, Kind::kLength, Kind::kUntilClose, Kind::kTunnel}) {
    EXPECT_EQ(write({kind, 5}, "hello", true, &trailers), "hello");
  }
}

TEST(BodyWriter, FitsTheScratchItAsksFor) {
  std::string scratch(BodyWriter::kFrameBytesMax, '\0');
  // The longest size: nothing reads the octets.
  const Piece piece{std::span<char>(scratch.data(), SIZE_MAX), true, nullptr};
  const BodyWriter::Frame frame = BodyWriter(kChunked).frame(piece, scratch);
  EXPECT_EQ(frame.before, "ffffffffffffffff\r\n");
  EXPECT_EQ(frame.before.size() + frame.after.size(), BodyWriter::kFrameBytesMax);
}

}  // namespace
}  // namespace lb::http
