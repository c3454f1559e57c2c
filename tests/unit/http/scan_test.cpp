// The scans against the classes that they scan for, at every position and every distance from the
// end.

#include "http/scan.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/fuzz/exact.h"

namespace lb::http {
namespace {

template <class Skip, class IsOfClass>
void expect_scan(Skip&& skip, IsOfClass&& is_of_class) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (int octet = 0; octet < 256; ++octet) {
      std::string text(size, 'a');
      text[size / 2] = static_cast<char>(octet);
      const fuzz::Exact exact(text);
      const char* const begin = exact.view().data();
      const std::size_t expected = is_of_class(static_cast<char>(octet)) ? size : size / 2;
      ASSERT_EQ(skip(begin, begin + size), begin + expected) << size << " " << octet;
    }
  }
}

TEST(Scan, StopsAtWhatIsNotOfTheClass) {
  expect_scan(skip_token, is_token_octet);
  expect_scan(skip_value, is_value_octet);
  expect_scan(skip_target, is_target_octet);
}

TEST(Scan, FindsEveryStopInABlock) {
  for (std::size_t at = 0; at < 48; ++at) {
    std::string text(48, '\xff');
    text[at] = '\r';
    const char* const begin = text.data();
    EXPECT_EQ(skip_value(begin, begin + text.size()), begin + at);
    EXPECT_EQ(skip_target(begin, begin + text.size()), begin + at);
  }
}

TEST(Scan, ClassesAreThoseOfTheStandard) {
  for (int octet = 0; octet < 256; ++octet) {
    const auto c = static_cast<char>(octet);
    const bool visible = octet > 0x20 && octet != 0x7f;
    const bool delimiter =
        std::string_view("\"(),/:;<=>?@[\\]{}").find(c) != std::string_view::npos;
    EXPECT_EQ(is_token_octet(c), visible && octet < 0x80 && !delimiter) << octet;
    EXPECT_EQ(is_value_octet(c), visible || c == ' ' || c == '\t') << octet;
    EXPECT_EQ(is_target_octet(c), visible) << octet;
  }
}

TEST(Scan, ATokenIsNotEmpty) {
  EXPECT_TRUE(is_token("gzip"));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("a b"));
}

}  // namespace
}  // namespace lb::http
