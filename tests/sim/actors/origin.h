#pragma once

// A server behind the product: listens, answers health checks as it is well or not, and each
// request as its plan says. It judges what it is asked: bodies, and whether this connection and
// this moment were fit for a request at all.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/actors/plan.h"
#include "tests/sim/actors/world.h"
#include "tests/sim/kernel/socket.h"

namespace lb::sim {

class OriginConnection;

class Origin {
 public:
  Origin(World& world, std::size_t index, OriginPlan plan);
  ~Origin();

  void start();
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] const OriginPlan& plan() const { return plan_; }
  [[nodiscard]] HealthMode health() const { return health_; }
  [[nodiscard]] std::string name() const { return "origin " + std::to_string(index_); }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }

  // For its connections: a health check was answered with a failure, which the product knows from
  // this time on; or with a success.
  void told_sick(os::Time known_at);
  void told_well() { sick_since_ = os::Time::max(); }
  // A request for which it was picked at `picked_at`, or before.
  void took_request(MessageId id, os::Time picked_at);

 private:
  void listen();
  void accept();
  void act(const OriginTurn& turn);
  void crash();

  World& world_;
  const std::size_t index_;
  const OriginPlan plan_;
  Listener* listener_ = nullptr;
  std::vector<std::unique_ptr<OriginConnection>> connections_;  // all that ever were
  HealthMode health_ = HealthMode::kWell;
  os::Time sick_since_ = os::Time::max();
  std::uint64_t requests_ = 0;
};

}  // namespace lb::sim
