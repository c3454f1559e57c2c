#include "lb/upstream/upstream.h"

#include <algorithm>

#include "lb/base/log.h"

namespace lb::upstream {
namespace {

constexpr std::size_t kServersDescribedMax = 8;

}  // namespace

Upstream::Upstream(event::Reactor& reactor, const H1ClientLimits& limits,
                   std::vector<EndpointConfig> servers, std::size_t idle_max_per_server,
                   const Probation::Rules& probation, AllDown all_down)
    : context_{.reactor = reactor, .limits = limits, .descriptors = *this, .signs = this},
      selector_(servers.size()),
      probation_(probation),
      all_down_(all_down),
      went_down_(reactor, Callback<>::to<&Upstream::on_went_down>(this)) {
  endpoints_.reserve(servers.size());
  for (EndpointConfig& server : servers) {
    const auto id = static_cast<EndpointId>(endpoints_.size());
    endpoints_.push_back(std::make_unique<Endpoint>(
        id, std::move(server.name), std::move(server.addresses), idle_max_per_server));
  }
}

void Upstream::assume_up() {
  for (const auto& endpoint : endpoints_) assume(*endpoint, Health::State::kUp, {});
}

void Upstream::assume(Endpoint& endpoint, Health::State state, std::string reason) {
  const bool flips = endpoint.health.state() != state;
  endpoint.health.assume(state);
  endpoint.down_reason = std::move(reason);
  if (flips) take_in(endpoint);
}

std::unique_ptr<H1Client> Upstream::open(std::span<const EndpointId> tried,
                                         http::ClientStreamHandler& handler, Reuse reuse) {
  auto index = selector_.pick([&](std::size_t i) {
    return is_eligible(*endpoints_[i], tried) && is_admitted(*endpoints_[i]);
  });
  if (!index) {
    index = selector_.pick([&](std::size_t i) { return is_eligible(*endpoints_[i], tried); });
  }
  if (!index) return nullptr;
  Endpoint& endpoint = *endpoints_[*index];
  std::unique_ptr<H1Client> client =
      reuse == Reuse::kAllowed ? endpoint.pool.take() : std::unique_ptr<H1Client>();
  if (client) {
    client->lease(handler);
  } else {
    client = std::make_unique<H1Client>(context_, endpoint, handler);
  }
  if (!endpoint.probation.spotless() && endpoint.probation.begin(context_.reactor.now())) {
    client->begin_trial();
  }
  return client;
}

bool Upstream::is_eligible(const Endpoint& endpoint, std::span<const EndpointId> tried) const {
  if (std::ranges::find(tried, endpoint.id) != tried.end()) return false;
  const Health::State state = endpoint.health.state();
  if (up_ == 0) return state == Health::State::kUnknown || all_down_ == AllDown::kTry;
  return state == Health::State::kUp;
}

bool Upstream::is_admitted(const Endpoint& endpoint) const {
  return trusted_ == 0 || endpoint.probation.admits(context_.reactor.now());
}

std::uint32_t Upstream::eligible(std::span<const EndpointId> tried, Benched benched) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(endpoints_, [&](const auto& endpoint) {
    return is_eligible(*endpoint, tried) &&
           (benched == Benched::kCounted || is_admitted(*endpoint));
  }));
}

void Upstream::give_back(std::unique_ptr<H1Client> client) {
  Endpoint& endpoint = client->endpoint();
  const bool worth_keeping = endpoint.health.state() != Health::State::kDown;
  endpoint.pool.put(std::move(client), worth_keeping);
}

bool Upstream::observe(Endpoint& endpoint, Health::Verdict verdict,
                       const HealthThresholds& thresholds) {
  if (!endpoint.health.observe(verdict, thresholds, nobody_up())) return false;
  take_in(endpoint);
  return true;
}

// Its state is another one now.
void Upstream::take_in(Endpoint& endpoint) {
  count_up();
  if (endpoint.health.state() != Health::State::kDown) return;
  endpoint.pool.clear();  // connections to a server that is down are not worth their descriptors
  went_down_.post();
}

void Upstream::count_up() {
  const std::size_t before = up_;
  up_ = trusted_ = 0;
  for (const auto& endpoint : endpoints_) {
    if (endpoint->health.state() != Health::State::kUp) continue;
    ++up_;
    trusted_ += endpoint->probation.state() == Probation::State::kTrusted ? 1 : 0;
  }
  if (up_ != before && up_changed_) up_changed_();
}

// What waits in vain goes elsewhere. A handler that is told may end its own connection, no other.
void Upstream::on_went_down() {
  for (const auto& endpoint : endpoints_) {
    if (endpoint->health.state() != Health::State::kDown) continue;
    for (H1Client* client = endpoint->clients.first(); client != nullptr;) {
      H1Client* next = LinkedList<H1Client>::next(*client);
      client->on_endpoint_down();
      client = next;
    }
  }
}

// ---- what live requests tell

void Upstream::on_answered(H1Client& client) {
  Endpoint& endpoint = client.endpoint();
  if (!endpoint.probation.answered(client.take_trial())) return;
  count_up();
  log::info("the following host answers requests again ", endpoint.name);
}

void Upstream::on_failed(H1Client& client, const Error& error) {
  Endpoint& endpoint = client.endpoint();
  const bool says_nothing = is_own_shortage(error) || error.code == ErrorCode::kMalformed ||
                            error.code == ErrorCode::kTooLarge;
  if (says_nothing) return;
  if (suspect_) suspect_(endpoint);
  const bool silent = error.code == ErrorCode::kTimedOut && error.phase == Phase::kHead;
  if (!silent && suspect_) return;  // its check will tell
  const bool may_bench = trusted_ > 1 && endpoint.health.state() == Health::State::kUp;
  const bool benched =
      endpoint.probation.failed(probation_, client.take_trial(), context_.reactor.now(), may_bench);
  if (!benched) return;
  count_up();
  log::warning("the following host does not answer requests ", endpoint.name,
               ", it is tried again in ", endpoint.probation.pause().count() / 1000, "s");
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
  if (context_.pipes != nullptr && context_.pipes->free_descriptors()) return true;
  // From whoever holds most: the others need theirs more.
  const auto largest = std::ranges::max_element(
      endpoints_, {},
      [](const std::unique_ptr<Endpoint>& endpoint) { return endpoint->pool.size(); });
  return largest != endpoints_.end() && (*largest)->pool.evict_oldest();
}

}  // namespace lb::upstream
