#pragma once

// Clients in a closed loop on keep-alive connections: each sends its next request when it has the
// answer to the last one. One thread and one epoll, so that the load is not what is measured.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/e2e/support/deadline.h"
#include "tests/e2e/support/fd.h"
#include "tests/e2e/trials/ledger.h"
#include "tests/e2e/trials/response.h"
#include "tests/e2e/trials/tally.h"

namespace lb::e2e {

struct LoadPlan {
  std::uint16_t port = 0;
  int clients = 32;
  int post_percent = 0;
  std::uint64_t requests_max = 0;  // 0: until it is stopped
  // One that takes longer is hung, and its connection is given up.
  std::chrono::milliseconds patience{10'000};
  int abort_percent = 0;    // requests that their client resets when they are sent
  bool stays_away = false;  // a client whose connection was ended in order does not come again
  std::chrono::milliseconds pause{0};  // between an answer and the next request
  bool old = false;  // HTTP/1.0: a connection for each request, and bodies that end with it
  std::uint32_t seed = 1;
};

class Load {
 public:
  // Begins at once. The ledger gives the ids.
  Load(const LoadPlan& plan, Ledger& ledger);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { stops(); }  // and joins

  [[nodiscard]] std::uint64_t answered_so_far() const { return answered_; }
  void waits_for_answers(std::uint64_t count, Deadline deadline = {}) const;
  [[nodiscard]] std::chrono::milliseconds age() const;

  // No new requests from now on.
  void stops() { stopping_ = true; }
  // When all requests are over: those of the plan, or those that were sent before the stop.
  [[nodiscard]] const Tally& waits_for_end();
  [[nodiscard]] const Tally& ends() {
    stops();
    return waits_for_end();
  }

 private:
  using Clock = Tally::Clock;
  using Time = Clock::time_point;

  struct Client {
    Fd fd;
    std::string in;
    Verb verb = Verb::kGet;
    RequestId id = 0;  // 0: nothing is asked
    Time asked_at{};
    Time asks_at{};  // after a pause
    bool left = false;
  };

  void runs();
  void turns();
  void looks_around();
  [[nodiscard]] bool may_ask() const;
  void asks(Client& client);
  void aborts(Client& client);
  [[nodiscard]] bool connects(Client& client);
  void reads(Client& client);
  void takes(Client& client);
  void ends_request(Client& client);
  void judges(const Client& client, const TrialResponse& response);
  void fails(const Client& client, int status, const std::string& why);
  void on_end(Client& client, int error);
  void leaves(Client& client);
  void drops(Client& client);

  LoadPlan plan_;
  Ledger& ledger_;
  Tally tally_;
  std::vector<Client> clients_;
  std::size_t here_;  // clients that have not left
  Fd poll_;
  std::mt19937 dice_;
  Time began_at_ = Clock::now();
  Time looked_at_ = began_at_;
  std::uint64_t asked_ = 0;
  std::size_t waiting_ = 0;  // clients that wait for an answer
  std::string scratch_;
  std::atomic<std::uint64_t> answered_ = 0;
  std::atomic<bool> stopping_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace lb::e2e
