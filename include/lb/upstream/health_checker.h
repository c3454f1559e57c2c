#pragma once

// The probes of a group: all servers at time 0 in parallel, then each in its own rhythm; when the
// last server goes down, all of them hurry.

#include <memory>
#include <vector>

#include "lb/base/random.h"
#include "lb/upstream/probe.h"

namespace lb::upstream {

class HealthChecker final : public ProbeObserver {
 public:
  HealthChecker(Upstream& upstream, ProbeConfig config, std::uint64_t seed);

  void start();
  void stop();
  [[nodiscard]] bool is_running() const { return running_; }
  // A live request failed there, here or in another process: it is checked at once.
  void suspect(Endpoint& endpoint);

  void on_checked(Endpoint& endpoint, bool flipped) override;

 private:
  Upstream& upstream_;
  const ProbeConfig config_;
  H1ClientContext context_;  // of checks alone: their one time limit is their own
  Random random_;
  std::vector<std::unique_ptr<Probe>> probes_;
  bool running_ = false;
};

}  // namespace lb::upstream
