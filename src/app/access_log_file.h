#pragma once

// Where access log lines go: a buffer that is written out when it is full, each second, and at the
// end. The time stamp is made once a second. A file that cannot be written to costs lines, never
// requests.

#include <string>

#include "lb/event/reactor.h"
#include "lb/event/timer.h"
#include "lb/proxy/access_log.h"

namespace lb::app {

class AccessLogFile final : public proxy::AccessSink {
 public:
  static constexpr std::size_t kBufferBytes = 64 * 1024;
  static constexpr std::chrono::seconds kFlushInterval{1};

  AccessLogFile(event::Reactor& reactor, os::Fd file);
  ~AccessLogFile();

  void write(const Parts& line) override;
  void flush();

 private:
  void write_out(std::string_view bytes);

  os::Fd file_;
  event::Timer flush_;
  std::string buffer_;
  bool warned_ = false;
};

}  // namespace lb::app
