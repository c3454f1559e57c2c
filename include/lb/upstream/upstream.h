#pragma once

// The group of servers behind one service: picks an endpoint for each request and gives a
// connection to it. It owns the endpoints and, through their pools, every connection that is idle.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lb/base/callback.h"
#include "lb/event/posted.h"
#include "lb/upstream/endpoint.h"
#include "lb/upstream/h1_client.h"
#include "lb/upstream/selector.h"

namespace lb::upstream {

struct EndpointConfig {
  std::string name;
  std::vector<os::Address> addresses;
};

// What becomes of a request while no server is up.
enum class AllDown : std::uint8_t {
  kRefuse,  // it gets no server
  kTry,     // any server, as if all were up
};

class Upstream final : public DescriptorSource, public SignObserver {
 public:
  Upstream(event::Reactor& reactor, const H1ClientLimits& limits,
           std::vector<EndpointConfig> servers, std::size_t idle_max_per_server,
           const Probation::Rules& probation = {}, AllDown all_down = AllDown::kRefuse);

  // Lets bulk of response bodies go through pipes. Before the first request.
  void use(net::PipePool& pipes) { context_.pipes = &pipes; }
  // Without health checks: every server counts as up. Before the first request.
  void assume_up();

  // What another process knows of a server, and whose turn it was there.
  void assume(Endpoint& endpoint, Health::State state, std::string reason);
  [[nodiscard]] const Endpoint& next_endpoint() const { return *endpoints_[selector_.next()]; }
  void go_on_from(const Endpoint& endpoint) { selector_.go_on_from(endpoint.id); }

  // Whether a connection may come from a pool.
  enum class Reuse : std::uint8_t { kAllowed, kNever };

  // A connection to the next endpoint that is up and not in `tried`: from its pool, or one that
  // begins to connect (connected() tells). Endpoints without a verdict serve only while none is
  // known to be up, those that are down only then and with AllDown::kTry, benched ones only on
  // trial, or when no other is left. Nullptr: nobody is left.
  [[nodiscard]] std::unique_ptr<H1Client> open(std::span<const EndpointId> tried,
                                               http::ClientStreamHandler& handler,
                                               Reuse reuse = Reuse::kAllowed);
  // How many endpoints open() could still pick, with those that are benched or without.
  enum class Benched : std::uint8_t { kNotCounted, kCounted };
  [[nodiscard]] std::uint32_t eligible(std::span<const EndpointId> tried, Benched benched) const;
  // The end of a lease: back into the pool, or closed.
  void give_back(std::unique_ptr<H1Client> client);

  // Takes a verdict in; returns whether the state of the endpoint changed.
  [[nodiscard]] bool observe(Endpoint& endpoint, Health::Verdict verdict,
                             const HealthThresholds& thresholds);
  [[nodiscard]] bool nobody_up() const { return up_ == 0; }

  [[nodiscard]] std::span<const std::unique_ptr<Endpoint>> endpoints() const { return endpoints_; }
  [[nodiscard]] H1ClientContext& client_context() { return context_; }
  // Why nobody is up, a line for each server, for the text of a 503; bounded.
  [[nodiscard]] std::string describe_down() const;

  // Who is told that another number of servers is up.
  void on_up_changed(Callback<> changed) { up_changed_ = changed; }
  [[nodiscard]] std::size_t up() const { return up_; }

  // Who is told that a live request failed at a server, so that it is checked at once.
  void on_suspect(Callback<Endpoint&> suspect) { suspect_ = suspect; }

  bool free_descriptor() override;
  void on_answered(H1Client& client) override;
  void on_failed(H1Client& client, const Error& error) override;

 private:
  void count_up();
  void take_in(Endpoint& endpoint);
  void on_went_down();
  [[nodiscard]] bool is_eligible(const Endpoint& endpoint, std::span<const EndpointId> tried) const;
  [[nodiscard]] bool is_admitted(const Endpoint& endpoint) const;

  H1ClientContext context_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  Selector selector_;
  const Probation::Rules probation_;
  const AllDown all_down_;
  event::Posted went_down_;
  Callback<Endpoint&> suspect_;
  Callback<> up_changed_;
  std::size_t up_ = 0;
  std::size_t trusted_ = 0;  // of those that are up
};

}  // namespace lb::upstream
