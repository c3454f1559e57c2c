#include "lb/base/buffer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>

#include "lb/base/sanitized.h"

namespace lb {
namespace {

void append(Buffer& buffer, std::string_view text) {
  buffer.append(text);
}

TEST(Buffer, OwnsNothingWhileEmpty) {
  const std::size_t before = Buffer::bytes_in_use();
  Buffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_EQ(buffer.view(), "");
  EXPECT_TRUE(buffer.bytes().empty());
  buffer.append(std::string_view());
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(Buffer::bytes_in_use(), before);
  EXPECT_EQ(sizeof(Buffer), sizeof(void*));
}

TEST(Buffer, IsAQueue) {
  Buffer buffer;
  buffer.append("hello ");
  buffer.append("world");
  EXPECT_EQ(buffer.view(), "hello world");
  buffer.consume(6);
  EXPECT_EQ(buffer.view(), "world");
  EXPECT_EQ(buffer.bytes().size(), 5U);
  buffer.consume(0);
  buffer.append("!");
  EXPECT_EQ(buffer.view(), "world!");
}

TEST(Buffer, GivesItsBlockBackWhenAllIsConsumed) {
  const std::size_t before = Buffer::bytes_in_use();
  Buffer buffer;
  buffer.append("abc");
  EXPECT_GT(Buffer::bytes_in_use(), before);
  buffer.consume(3);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(Buffer::bytes_in_use(), before);
}

TEST(Buffer, GivesItsBlockBackWhenItDies) {
  const std::size_t before = Buffer::bytes_in_use();
  {
    Buffer buffer;
    append(buffer, std::string(5000, 'x'));
  }
  EXPECT_EQ(Buffer::bytes_in_use(), before);
}

TEST(Buffer, GrowsAndKeepsItsBytes) {
  Buffer buffer;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string piece = std::to_string(i) + ",";
    append(buffer, piece);
    expected += piece;
  }
  EXPECT_EQ(buffer.view(), expected);
}

TEST(Buffer, UsesConsumedSpaceAgainBeforeItGrows) {
  const std::size_t before = Buffer::bytes_in_use();
  Buffer buffer;
  append(buffer, std::string(900, 'x'));
  const std::size_t in_use = Buffer::bytes_in_use() - before;
  std::string expected(100, 'x');
  buffer.consume(800);
  for (int i = 0; i < 50; ++i) {
    const std::string piece(100, static_cast<char>('a' + i % 26));
    append(buffer, piece);
    expected += piece;
    buffer.consume(100);
    expected.erase(0, 100);
    ASSERT_EQ(buffer.view(), expected);
  }
  EXPECT_EQ(Buffer::bytes_in_use() - before, in_use);
}

TEST(Buffer, IsFilledInPlace) {
  Buffer buffer;
  buffer.append("a");
  const std::span<char> space = buffer.reserve(100);
  ASSERT_GE(space.size(), 100U);
  std::memcpy(space.data(), "bcd", 3);
  buffer.commit(3);
  EXPECT_EQ(buffer.view(), "abcd");
}

TEST(Buffer, ReservedAndNotFilledStaysEmpty) {
  const std::size_t before = Buffer::bytes_in_use();
  Buffer buffer;
  ASSERT_GE(buffer.reserve(100).size(), 100U);
  buffer.commit(0);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(Buffer::bytes_in_use(), before);
}

TEST(Buffer, MovesItsBlock) {
  const std::size_t before = Buffer::bytes_in_use();
  Buffer first;
  first.append("abc");
  Buffer second(std::move(first));
  EXPECT_EQ(second.view(), "abc");
  Buffer third;
  third.append("other");
  third = std::move(second);
  EXPECT_EQ(third.view(), "abc");
  third.clear();
  EXPECT_EQ(Buffer::bytes_in_use(), before);
}

TEST(Buffer, SurvivesBeingMovedOntoItself) {
  Buffer buffer;
  buffer.append("abc");
  Buffer& same = buffer;
  buffer = std::move(same);
  EXPECT_EQ(buffer.view(), "abc");
}

TEST(Buffer, KeepsABoundedNumberOfBlocks) {
  constexpr std::size_t kKeptMax = kSanitized ? 0 : 24 * 256 * 1024;
  for (int round = 0; round < 3; ++round) {
    Buffer buffers[600];
    for (Buffer& buffer : buffers) append(buffer, std::string(1000, 'x'));
  }
  EXPECT_LE(Buffer::bytes_kept(), kKeptMax);
  EXPECT_EQ(Buffer::bytes_kept() > 0, !kSanitized);
}

TEST(Buffer, TakesMoreThanABlockOfEverySize) {
  Buffer buffer;
  const std::string large(1 << 20, 'x');
  append(buffer, large);
  append(buffer, large);
  EXPECT_EQ(buffer.size(), 2 * large.size());
}

}  // namespace
}  // namespace lb
