#include "lb/upstream/health_checker.h"

namespace lb::upstream {
namespace {

H1ClientLimits without_timeouts(const H1ClientLimits& limits) {
  return {
      .head = limits.head, .connect_timeout = {}, .server_timeout = {}, .keepalive_timeout = {}};
}

}  // namespace

HealthChecker::HealthChecker(Upstream& upstream, ProbeConfig config, std::uint64_t seed)
    : upstream_(upstream),
      config_(std::move(config)),
      context_{.reactor = upstream.client_context().reactor,
               .limits = without_timeouts(upstream.client_context().limits),
               .descriptors = upstream},
      random_(seed) {
  for (const auto& endpoint : upstream.endpoints()) {
    probes_.push_back(
        std::make_unique<Probe>(upstream, context_, *endpoint, config_, *this, random_));
  }
}

void HealthChecker::start() {
  upstream_.on_suspect(Callback<Endpoint&>::to<&HealthChecker::suspect>(this));
  running_ = true;
  for (const auto& probe : probes_) probe->check();
}

void HealthChecker::stop() {
  running_ = false;
  upstream_.on_suspect({});
  for (const auto& probe : probes_) probe->stop();
}

void HealthChecker::suspect(Endpoint& endpoint) {
  if (running_) probes_[endpoint.id]->check_suspect();
}

void HealthChecker::on_checked(Endpoint&, bool flipped) {
  if (!flipped || !upstream_.nobody_up()) return;
  for (const auto& probe : probes_) probe->hurry();
}

}  // namespace lb::upstream
