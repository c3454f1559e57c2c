#pragma once

// Clients that say or take next to nothing, and how long they are put up with.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "tests/e2e/support/deadline.h"
#include "tests/e2e/support/fd.h"
#include "tests/e2e/trials/ledger.h"

namespace lb::e2e {

enum class Slowness : std::uint8_t { kHead, kUpload, kReading };

struct SlowPlan {
  std::uint16_t port = 0;
  std::size_t clients = 0;
  Slowness slowness = Slowness::kHead;
  // From octet to octet; 0: none at all.
  std::chrono::milliseconds drips_every{0};
};

class SlowClients {
 public:
  // All are connected, and have begun, when it is made. Those that read ask for a large body.
  SlowClients(const SlowPlan& plan, Ledger& ledger);

  // Until the connection of each has been ended, or the deadline has passed.
  void waits_until_gone(Deadline deadline) const;
  [[nodiscard]] std::size_t gone() const { return gone_; }
  // How long the last one was there.
  [[nodiscard]] std::chrono::milliseconds longest() const { return longest_.load(); }

 private:
  using Clock = std::chrono::steady_clock;

  struct Client {
    Fd fd;
    Clock::time_point began_at;
    Clock::time_point drips_at;
  };

  void begins(Client& client, RequestId id) const;
  void runs(const std::stop_token& stop);
  void drips(const Client& client) const;
  [[nodiscard]] bool has_ended(const Client& client) const;

  SlowPlan plan_;
  std::vector<Client> clients_;
  std::atomic<std::size_t> gone_ = 0;
  std::atomic<std::chrono::milliseconds> longest_ = std::chrono::milliseconds{0};
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace lb::e2e
