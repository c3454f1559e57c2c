#pragma once

// The backend that most newcomers write, kept as it is found: it reads each request with a single
// recv(1024), says Connection: close, and then waits for the other side to do so. Its answer to a
// health check has no length and never ends.

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "tests/e2e/support/deadline.h"
#include "tests/e2e/support/test_server.h"

namespace lb::e2e {

class SimpleBackend {
 public:
  explicit SimpleBackend(std::string text);

  [[nodiscard]] std::string name() const { return server_.name(); }

  // What each recv(1024) gave, health checks apart.
  [[nodiscard]] std::vector<std::string> received() const;
  // Connections that got a response and that the other side has closed since.
  void waits_for_closed_connections(std::size_t count, Deadline deadline = {}) const;

 private:
  void serves(const Fd& connection);
  [[nodiscard]] std::string response_to(const std::string& request) const;

  std::string text_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> received_;
  std::size_t closed_ = 0;
  TestServer server_;  // last: its threads use all of the above
};

}  // namespace lb::e2e
