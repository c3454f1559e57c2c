#include "lb/upstream/health_checker.h"

namespace lb::upstream {

HealthChecker::HealthChecker(Upstream& upstream, ProbeConfig config, std::uint64_t seed)
    : upstream_(upstream), config_(std::move(config)), random_(seed) {
  for (const auto& endpoint : upstream.endpoints()) {
    probes_.push_back(std::make_unique<Probe>(upstream, *endpoint, config_, *this, random_));
  }
}

void HealthChecker::start() {
  for (const auto& probe : probes_) probe->check();
}

void HealthChecker::stop() {
  for (const auto& probe : probes_) probe->stop();
}

void HealthChecker::on_checked(Endpoint&, bool flipped) {
  if (!flipped || !upstream_.nobody_up()) return;
  for (const auto& probe : probes_) probe->hurry();
}

}  // namespace lb::upstream
