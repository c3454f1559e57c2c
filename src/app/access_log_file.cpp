#include "app/access_log_file.h"

#include "lb/base/log.h"

namespace lb::app {
AccessLogFile::AccessLogFile(event::Reactor& reactor, os::Fd file)
    : file_(std::move(file)), flush_(reactor, Callback<>::to<&AccessLogFile::flush>(this)) {
  buffer_.reserve(kBufferBytes);
}

AccessLogFile::~AccessLogFile() {
  flush();
}

void AccessLogFile::write(const Parts& line) {
  std::size_t bytes = 0;
  for (const std::string_view part : line) bytes += part.size();
  if (buffer_.size() + bytes > kBufferBytes) flush();
  for (const std::string_view part : line) buffer_ += part;
  if (bytes > kBufferBytes) return flush();
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
