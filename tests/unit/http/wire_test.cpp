#include "lb/http/wire.h"

#include <gtest/gtest.h>

#include <string>

namespace lb::http {
namespace {

constexpr std::string_view kHead = "HEAD\r\n\r\n";

struct Sent {
  std::string text;
  std::size_t slices = 0;
};

Sent send(std::string_view head, Framing framing, std::string body, bool end,
          Fields* trailers = nullptr) {
  std::string out(head);
  out.resize(head.size() + kCopiedBytesMax + 2 * BodyWriter::kFrameBytesMax + 64);
  const Wire wire = assemble(out, head.size(), BodyWriter(framing), {body, end, trailers});
  Sent sent;
  for (const std::string_view slice : wire.slices()) sent.text += slice;
  sent.slices = wire.slices().size();
  EXPECT_EQ(wire.empty(), sent.text.empty());
  return sent;
}

constexpr Framing kChunked{Framing::Kind::kChunked, 0};
constexpr Framing kLength{Framing::Kind::kLength, 5};

TEST(Wire, IsOneSliceForAHeadAndASmallBody) {
  const Sent sent = send(kHead, kLength, "hello", true);
  EXPECT_EQ(sent.text, std::string(kHead) + "hello");
  EXPECT_EQ(sent.slices, 1U);
}

TEST(Wire, FramesAChunkInPlace) {
  Fields trailers = {make_field("A: 1\r\n")};
  const Sent sent = send(kHead, kChunked, "hello", true, &trailers);
  EXPECT_EQ(sent.text, std::string(kHead) + "5\r\nhello\r\n0\r\nA: 1\r\n\r\n");
  EXPECT_EQ(sent.slices, 1U);
  EXPECT_EQ(send("", kChunked, "", true).text, "0\r\n\r\n");
}

TEST(Wire, CopiesUpToTheBoundAndSlicesBeyond) {
  for (const std::size_t bytes : {kCopiedBytesMax, kCopiedBytesMax + 1}) {
    const std::string body(bytes, 'x');
    const bool copied = bytes == kCopiedBytesMax;
    const Sent plain = send(kHead, kLength, body, false);
    EXPECT_EQ(plain.text, std::string(kHead) + body);
    EXPECT_EQ(plain.slices, copied ? 1U : 2U);
    const Sent chunk = send(kHead, kChunked, body, false);
    EXPECT_EQ(chunk.text, std::string(kHead) + (copied ? "4000" : "4001") + "\r\n" + body + "\r\n");
    EXPECT_EQ(chunk.slices, copied ? 1U : 3U);
  }
}

TEST(Wire, OfNothingIsEmpty) {
  EXPECT_EQ(send("", kChunked, "", false).slices, 0U);
  EXPECT_EQ(send("", kLength, "", true).slices, 0U);
}

}  // namespace
}  // namespace lb::http
