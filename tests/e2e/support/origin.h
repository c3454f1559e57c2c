#pragma once

// A scripted backend. It answers health checks by one script and everything else by another, and
// keeps what it was asked. Whatever reaches it malformed fails the test.

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "tests/e2e/support/exchange.h"
#include "tests/e2e/support/test_server.h"

namespace lb::e2e {

struct Received {
  RequestHead head;
  std::string body;  // once it was read whole by the script
  int connection = 0;
  int index = 0;  // of the request on its connection, from 1
};

class Origin {
 public:
  explicit Origin(Script script = tells("hello"), Place place = {});
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  [[nodiscard]] std::string name() const { return server_.name(); }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  // From the next request on.
  void plays(Script script);
  // The answer to GET /health-check; a plain 200 unless a test says otherwise.
  void answers_health_checks(Script script);
  void dies() { server_.dies(); }
  void is_reborn() { server_.is_reborn(); }
  void stops_answering_connects() { server_.stops_answering_connects(); }

  // What it was asked, health checks apart.
  [[nodiscard]] std::vector<Received> requests() const;
  [[nodiscard]] std::size_t request_count() const { return requests().size(); }
  // The only request so far; throws unless there is exactly one.
  [[nodiscard]] Received request() const;
  void waits_for_requests(std::size_t count, Deadline deadline = {}) const;

  [[nodiscard]] std::vector<Received> health_checks() const;
  [[nodiscard]] std::size_t health_check_count() const { return health_checks().size(); }
  void waits_for_health_checks(std::size_t count, Deadline deadline = {}) const;

 private:
  void serves(Fd connection, int id);
  void serves_request(Wire& wire, int id, int index);
  [[nodiscard]] std::vector<Received> snapshot(const std::vector<Received>& from) const;
  void waits_for_size(const std::vector<Received>& list, std::size_t count, const char* what,
                      Deadline deadline) const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Script script_;
  Script health_script_;
  std::vector<Received> requests_;
  std::vector<Received> health_checks_;
  std::vector<std::string> complaints_;
  TestServer server_;  // last: its threads use all of the above
};

}  // namespace lb::e2e
