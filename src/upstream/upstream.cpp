#include "lb/upstream/upstream.h"

#include <algorithm>

namespace lb::upstream {
namespace {

constexpr std::size_t kServersDescribedMax = 8;

}  // namespace

Upstream::Upstream(event::Reactor& reactor, const H1ClientLimits& limits,
                   std::vector<EndpointConfig> servers, std::size_t idle_max_per_server)
    : context_{.reactor = reactor, .limits = limits, .descriptors = *this},
      selector_(servers.size()) {
  endpoints_.reserve(servers.size());
  for (EndpointConfig& server : servers) {
    const auto id = static_cast<EndpointId>(endpoints_.size());
    endpoints_.push_back(std::make_unique<Endpoint>(
        id, std::move(server.name), std::move(server.addresses), idle_max_per_server));
  }
}

std::unique_ptr<H1Client> Upstream::open(std::span<const EndpointId> tried,
                                         http::ClientStreamHandler& handler, Reuse reuse) {
  const auto index =
      selector_.pick([&](std::size_t i) { return is_eligible(*endpoints_[i], tried); });
  if (!index) return nullptr;
  Endpoint& endpoint = *endpoints_[*index];
  std::unique_ptr<H1Client> idle =
      reuse == Reuse::kAllowed ? endpoint.pool.take() : std::unique_ptr<H1Client>();
  if (idle) {
    idle->lease(handler);
    return idle;
  }
  return std::make_unique<H1Client>(context_, endpoint, handler);
}

bool Upstream::is_eligible(const Endpoint& endpoint, std::span<const EndpointId> tried) const {
  const Health::State wanted = up_ > 0 ? Health::State::kUp : Health::State::kUnknown;
  return endpoint.health.state() == wanted && std::ranges::find(tried, endpoint.id) == tried.end();
}

std::uint32_t Upstream::eligible(std::span<const EndpointId> tried) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      endpoints_, [&](const auto& endpoint) { return is_eligible(*endpoint, tried); }));
}

void Upstream::give_back(std::unique_ptr<H1Client> client) {
  Endpoint& endpoint = client->endpoint();
  const bool worth_keeping = endpoint.health.state() != Health::State::kDown;
  endpoint.pool.put(std::move(client), worth_keeping);
}

bool Upstream::observe(Endpoint& endpoint, Health::Verdict verdict,
                       const HealthThresholds& thresholds) {
  const bool was_up = endpoint.health.state() == Health::State::kUp;
  if (!endpoint.health.observe(verdict, thresholds, nobody_up())) return false;
  if (was_up) --up_;
  if (endpoint.health.state() == Health::State::kUp) {
    ++up_;
  } else {
    endpoint.pool.clear();  // connections to a server that is down are not worth their descriptors
  }
  return true;
}

std::string Upstream::describe_down() const {
  std::string text;
  for (std::size_t i = 0; i < endpoints_.size() && i < kServersDescribedMax; ++i) {
    const Endpoint& endpoint = *endpoints_[i];
    text += endpoint.name + ": " +
            (endpoint.down_reason.empty() ? "not checked yet" : endpoint.down_reason) + "\n";
  }
  if (endpoints_.size() > kServersDescribedMax) {
    text += "and " + std::to_string(endpoints_.size() - kServersDescribedMax) + " more\n";
  }
  return text;
}

bool Upstream::free_descriptor() {
  // From whoever holds most: the others need theirs more.
  const auto largest = std::ranges::max_element(
      endpoints_, {},
      [](const std::unique_ptr<Endpoint>& endpoint) { return endpoint->pool.size(); });
  return largest != endpoints_.end() && (*largest)->pool.evict_oldest();
}

}  // namespace lb::upstream
