#pragma once

// A server behind the product: listens, answers health checks as it is well or not, and each
// request as its plan says. It judges what it is asked: bodies, and whether this connection and
// this moment were fit for a request at all.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/actors/bench.h"
#include "tests/sim/actors/plan.h"
#include "tests/sim/actors/world.h"
#include "tests/sim/kernel/socket.h"

namespace lb::sim {

class OriginConnection;

// Until a response has come, been read, and been understood.
inline constexpr Duration kUnderstood = std::chrono::milliseconds(20);

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
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] bool lies() const { return lies_; }
  [[nodiscard]] BenchOracle& bench() { return bench_; }

  // For its connections: a health check was answered with a failure, which the product knows from
  // this time on; or with a success.
  void told_sick(os::Time known_at);
  void told_well() { sick_since_ = os::Time::max(); }
  // A request for which it was picked at `picked_at`, or before.
  void took_request(MessageId id, const Socket& asking, os::Time picked_at);

 private:
  [[nodiscard]] Duration slack() const;
  [[nodiscard]] Duration until_noticed() const;
  void listen();
  void accept();
  void act(const OriginTurn& turn);
  void be_unwell(const OriginTurn& turn);
  void stop(Duration lasts);
  void go_on();
  void lie(Duration lasts);
  void vanish(Duration lasts);
  void crash();
  void should_be_down();
  void check_moved(MessageId id);

  World& world_;
  const std::size_t index_;
  const OriginPlan plan_;
  Listener* listener_ = nullptr;
  std::vector<std::unique_ptr<OriginConnection>> connections_;  // all that ever were
  HealthMode health_ = HealthMode::kWell;
  os::Time sick_since_ = os::Time::max();
  bool stopped_ = false;
  bool lies_ = false;
  BenchOracle bench_;
  std::uint64_t requests_ = 0;
};

}  // namespace lb::sim
