#pragma once

// The time of day as the text that messages and logs carry. Asked once a request, made once a
// second.

#include <string_view>

namespace lb::proxy {

class Clock {
 public:
  // "08/Nov/2024:18:19:41 +0000", of the common log format.
  [[nodiscard]] virtual std::string_view log_time() = 0;
  // "Date: Fri, 08 Nov 2024 18:19:41 GMT\r\n" (RFC 9110 5.6.7, 6.6.1); valid until the next call.
  [[nodiscard]] virtual std::string_view date_line() = 0;

 protected:
  ~Clock() = default;
};

}  // namespace lb::proxy
