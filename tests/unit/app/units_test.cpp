#include "app/units.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace lb::app {
namespace {

using namespace std::chrono_literals;

constexpr TimeBounds kDay{0ms, 24h};
constexpr SizeBounds kSizes{1024, 1024 * 1024};

TEST(ParseDuration, ReadsUnitsAndDecimals) {
  struct Row {
    std::string_view text;
    std::chrono::milliseconds time;
  };
  static constexpr Row kRows[] = {
      {"0", 0ms},       {"0s", 0ms},      {"10", 10s},         {"10s", 10s},
      {"250ms", 250ms}, {"2m", 2min},     {"24h", 24h},        {"1.5", 1500ms},
      {"1.5s", 1500ms}, {"0.25h", 15min}, {"1.5ms", 2ms},      {"0.0001s", 1ms},
      {"0.0", 0ms},     {"007s", 7s},     {"86400", 24h},      {"0.000000001h", 1ms},
      {"1440m", 24h},   {"1.000s", 1s},   {"86400000ms", 24h},
  };
  for (const Row& row : kRows) {
    const auto time = parse_duration(row.text, kDay);
    ASSERT_TRUE(time) << time.error();
    EXPECT_EQ(*time, row.time) << row.text;
  }
}

TEST(ParseDuration, RefusesWhatIsNotATimeWithinBounds) {
  static constexpr std::string_view kTexts[] = {"",
                                                "s",
                                                "ms",
                                                ".5s",
                                                "1.s",
                                                "1.",
                                                ".",
                                                "1.5.2s",
                                                "-1s",
                                                "+1s",
                                                "1 s",
                                                " 1s",
                                                "1s ",
                                                "1d",
                                                "1S",
                                                "1e3",
                                                "24h1",
                                                "1h30m",
                                                "25h",
                                                "86401",
                                                "24.0001h",
                                                "0x10",
                                                "1,5s",
                                                "18446744073709551616",
                                                "inf",
                                                "1.s5",
                                                "99999999999999999999h",
                                                "5124095576030431h",
                                                "0.0000000001s"};
  for (const std::string_view text : kTexts) {
    const auto time = parse_duration(text, kDay);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error(), shown(text) + ": expected a time from 0 to 24h, like 500ms or 1.5s");
  }
}

TEST(ParseDuration, HoldsBothBounds) {
  static constexpr TimeBounds kBounds{10ms, 90s};
  EXPECT_TRUE(parse_duration("10ms", kBounds));
  EXPECT_TRUE(parse_duration("90", kBounds));
  EXPECT_EQ(parse_duration("0", kBounds).error(),
            "0: expected a time from 10ms to 90s, like 500ms or 1.5s");
  EXPECT_FALSE(parse_duration("9ms", kBounds));
  EXPECT_FALSE(parse_duration("90001ms", kBounds));
  EXPECT_FALSE(parse_duration("90.0001", kBounds));
}

TEST(ParseSize, ReadsUnits) {
  EXPECT_EQ(parse_size("1024", kSizes), 1024U);
  EXPECT_EQ(parse_size("16k", kSizes), 16U * 1024);
  EXPECT_EQ(parse_size("16K", kSizes), 16U * 1024);
  EXPECT_EQ(parse_size("1m", kSizes), 1024U * 1024);
  EXPECT_EQ(parse_size("4G", {0, UINT64_MAX}), 4ULL << 30);
}

TEST(ParseSize, RefusesWhatIsNotASizeWithinBounds) {
  static constexpr std::string_view kTexts[] = {
      "",     "k",   "1023",  "1048577", "2m",   "1g",   "1.5k",         "16kb",
      "16 k", "-1k", "0x400", "16t",     "+16k", " 16k", "17179869185g", "99999999999999999999k"};
  for (const std::string_view text : kTexts) {
    const auto size = parse_size(text, kSizes);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error(), shown(text) + ": expected a size from 1k to 1m, like 16k");
  }
}

TEST(ParseCount, HoldsBothBounds) {
  static constexpr CountBounds kBounds{1, 100};
  EXPECT_EQ(parse_count("1", kBounds), 1U);
  EXPECT_EQ(parse_count("100", kBounds), 100U);
  for (const std::string_view text : {"", "0", "101", "-1", "1.0", "1k", "two", "1 "}) {
    const auto count = parse_count(text, kBounds);
    ASSERT_FALSE(count) << text;
    EXPECT_EQ(count.error(), shown(text) + ": expected a number from 1 to 100");
  }
}

TEST(ParseStatusRanges, ReadsSingleStatusesAndRanges) {
  using Ranges = std::vector<StatusRange>;
  EXPECT_EQ(parse_status_ranges("200-299"), (Ranges{{200, 299}}));
  EXPECT_EQ(parse_status_ranges("204"), (Ranges{{204, 204}}));
  EXPECT_EQ(parse_status_ranges("200,204, 300-399"), (Ranges{{200, 200}, {204, 204}, {300, 399}}));
  EXPECT_EQ(parse_status_ranges("200-599"), (Ranges{{200, 599}}));
}

TEST(ParseStatusRanges, RefusesWhatIsNotAListOfStatuses) {
  std::string many = "200";
  for (std::size_t i = 0; i < kStatusRangesMax; ++i) many += ",200";
  const std::string texts[] = {"",    ",",        "200,",        ",200",    "200,,204",
                               "199", "600",      "299-200",     "200-",    "-299",
                               "2xx", "200-2999", "200-204-206", "200 299", many};
  for (const std::string& text : texts) {
    const auto ranges = parse_status_ranges(text);
    ASSERT_FALSE(ranges) << text;
    EXPECT_EQ(ranges.error(),
              shown(text) + ": expected statuses from 200 to 599, like 200-299 or 200,204,300-399");
  }
}

TEST(ParseBoolean, KnowsTheUsualWordsInEitherCase) {
  for (const std::string_view text : {"1", "true", "yes", "on", "TRUE", "On"}) {
    EXPECT_EQ(parse_boolean(text), true) << text;
  }
  for (const std::string_view text : {"0", "false", "no", "off", "No"}) {
    EXPECT_EQ(parse_boolean(text), false) << text;
  }
  EXPECT_EQ(parse_boolean("maybe").error(),
            "maybe: expected 1, true, yes, on, 0, false, no or off");
}

TEST(Shown, KeepsAMessageOnOneShortLine) {
  EXPECT_EQ(shown(""), "''");
  EXPECT_EQ(shown("plain"), "plain");
  EXPECT_EQ(shown("a\nb\x1b[2J\x7f"), "a\\x0ab\\x1b[2J\\x7f");
  EXPECT_EQ(shown("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(shown(std::string(kShownBytesMax, 'x')), std::string(kShownBytesMax, 'x'));
  EXPECT_EQ(shown(std::string(kShownBytesMax + 1, 'x')), std::string(kShownBytesMax, 'x') + "...");
}

}  // namespace
}  // namespace lb::app
