#include "app/access_log_file.h"

#include <array>
#include <cstdlib>

#include "lb/base/log.h"

namespace lb::app {
namespace {

std::string two_digits(int value) {
  return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

// "08/Nov/2024:18:19:41 +0000", the form of the common log format.
std::string common_log_time(const os::LocalTime& time) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int offset = std::abs(time.utc_offset_minutes);
  return two_digits(time.day) + "/" +
         std::string(kMonths[static_cast<std::size_t>(time.month - 1)]) + "/" +
         std::to_string(time.year) + ":" + two_digits(time.hour) + ":" + two_digits(time.minute) +
         ":" + two_digits(time.second) + (time.utc_offset_minutes < 0 ? " -" : " +") +
         two_digits(offset / 60) + two_digits(offset % 60);
}

}  // namespace

AccessLogFile::AccessLogFile(event::Reactor& reactor, os::Fd file)
    : reactor_(reactor),
      file_(std::move(file)),
      flush_(reactor, Callback<>::to<&AccessLogFile::flush>(this)) {
  buffer_.reserve(kBufferBytes);
}

AccessLogFile::~AccessLogFile() {
  flush();
}

std::string_view AccessLogFile::timestamp() {
  if (reactor_.now() >= stamp_until_) stamp();
  return stamp_;
}

void AccessLogFile::stamp() {
  const std::chrono::microseconds wall = os::wall_time();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  stamp_ = common_log_time(os::local_time(second));
  stamp_until_ = reactor_.now() + (second + std::chrono::seconds(1) - wall);
}

void AccessLogFile::write(std::string_view line) {
  if (buffer_.size() + line.size() > kBufferBytes) flush();
  if (line.size() > kBufferBytes) return write_out(line);
  buffer_ += line;
  if (!flush_.is_set()) flush_.set_after(kFlushInterval);
}

void AccessLogFile::flush() {
  flush_.cancel();
  if (!buffer_.empty()) write_out(buffer_);
  buffer_.clear();
}

void AccessLogFile::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const os::IoResult written = os::write(file_.get(), bytes);
    if (written.error != 0) {
      if (!warned_) log::warning("cannot write the access log: ", os::error_text(written.error));
      warned_ = true;
      return;
    }
    warned_ = false;
    bytes.remove_prefix(written.bytes);
  }
}

}  // namespace lb::app
