#include "app/wall_clock.h"

#include <array>
#include <cstdlib>

namespace lb::app {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

std::string two_digits(int value) {
  return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

std::string clock_text(int hour, int minute, int second) {
  return two_digits(hour) + ":" + two_digits(minute) + ":" + two_digits(second);
}

std::string common_log_time(const os::LocalTime& time) {
  const int offset = std::abs(time.utc_offset_minutes);
  return two_digits(time.day) + "/" +
         std::string(kMonths[static_cast<std::size_t>(time.month - 1)]) + "/" +
         std::to_string(time.year) + ":" + clock_text(time.hour, time.minute, time.second) +
         (time.utc_offset_minutes < 0 ? " -" : " +") + two_digits(offset / 60) +
         two_digits(offset % 60);
}

// IMF-fixdate (RFC 9110 5.6.7).
std::string http_date(std::chrono::seconds since_1970) {
  const std::chrono::sys_seconds at(since_1970);
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss clock(at - midnight);
  const std::chrono::weekday weekday(midnight);
  return std::string(kDays[weekday.c_encoding()]) + ", " +
         two_digits(static_cast<int>(static_cast<unsigned>(day.day()))) + " " +
         std::string(kMonths[static_cast<unsigned>(day.month()) - 1]) + " " +
         std::to_string(static_cast<int>(day.year())) + " " +
         clock_text(static_cast<int>(clock.hours().count()),
                    static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count())) +
         " GMT";
}

}  // namespace

std::string_view WallClock::log_time() {
  read_if_stale();
  return log_time_;
}

std::string_view WallClock::date_line() {
  read_if_stale();
  return date_line_;
}

void WallClock::read_if_stale() {
  if (reactor_.now() < fresh_until_) return;
  const std::chrono::microseconds wall = os::wall_time();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  log_time_ = common_log_time(os::local_time(second));
  date_line_ = "Date: " + http_date(second) + "\r\n";
  fresh_until_ = reactor_.now() + (second + std::chrono::seconds(1) - wall);
}

}  // namespace lb::app
