#pragma once

// A service manager in miniature: the socket that a service tells of itself on (sd_notify(3)), and
// what it heard.

#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/support/deadline.h"
#include "tests/e2e/support/fd.h"

namespace lb::e2e {

class ServiceManager {
 public:
  enum class Kind : std::uint8_t { kFile, kAbstract };

  explicit ServiceManager(Kind kind = Kind::kFile);
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  // "NOTIFY_SOCKET=…", for the environment of the service.
  [[nodiscard]] std::string variable() const;
  // Waits until a datagram, one of those that came before or a new one, has this line, and forgets
  // all up to it.
  void hears(std::string_view line, Deadline deadline = {});
  // All lines that came and were not waited for.
  [[nodiscard]] std::vector<std::string> heard();

 private:
  [[nodiscard]] bool receives(int milliseconds);

  std::string path_;  // of a file; an abstract name begins with '@'
  Fd socket_;
  std::vector<std::string> lines_;
};

}  // namespace lb::e2e
