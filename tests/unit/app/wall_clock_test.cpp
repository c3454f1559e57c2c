#include "app/wall_clock.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <string>

#include "tests/unit/support/turns.h"

namespace lb::app {
namespace {

class AWallClock : public testing::Test {
 protected:
  event::Reactor reactor_;
  WallClock clock_{reactor_};
};

// Digits as 9, letters as they are.
std::string shape(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= '0' && c <= '9') c = '9';
  }
  return result;
}

TEST_F(AWallClock, TellsTheTimeInTheFormOfTheCommonLogFormat) {
  ASSERT_EQ(setenv("TZ", "UTC0", 1), 0);
  tzset();
  const std::string time(clock_.log_time());
  const std::string month = time.substr(3, 3);
  EXPECT_EQ(shape(time), "99/" + month + "/9999:99:99:99 +9999");
}

TEST_F(AWallClock, TellsTheSameDateAsTheSystem) {
  std::array<char, 64> text{};
  std::string date;
  std::string expected;
  do {  // a second may pass in between
    const std::time_t second =
        std::chrono::duration_cast<std::chrono::seconds>(os::wall_time()).count();
    std::tm utc{};
    gmtime_r(&second, &utc);
    const std::size_t bytes =
        std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    expected.assign(text.data(), bytes);
    date = WallClock(reactor_).date_line();
    if (second != std::chrono::duration_cast<std::chrono::seconds>(os::wall_time()).count()) {
      expected.clear();
    }
  } while (expected.empty());
  EXPECT_EQ(date, expected);
}

TEST_F(AWallClock, TellsTheDistanceToUtc) {
  struct Row {
    const char* zone;  // POSIX counts westward
    const char* ending;
  };
  for (const Row& row : {Row{"ABC-05:30", " +0530"}, Row{"ABC+03:30", " -0330"},
                         Row{"ABC+00:30", " -0030"}, Row{"UTC0", " +0000"}}) {
    ASSERT_EQ(setenv("TZ", row.zone, 1), 0);
    tzset();  // localtime_r reads it only once by itself
    WallClock clock(reactor_);
    EXPECT_TRUE(clock.log_time().ends_with(row.ending)) << clock.log_time();
  }
}

TEST_F(AWallClock, TellsAnotherTimeInTheNextSecond) {
  test::turn(reactor_);
  const std::string time(clock_.log_time());
  const std::string date(clock_.date_line());
  EXPECT_TRUE(test::run_until(
      reactor_, [&] { return clock_.log_time() != time && clock_.date_line() != date; }));
}

}  // namespace
}  // namespace lb::app
