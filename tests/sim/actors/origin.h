#pragma once

// A server behind the product: listens, answers health checks as it is well or not, and each
// request as its plan says. It judges what it is asked: bodies, and whether this connection and
// this moment were fit for a request at all.

#include <cstdint>
#include <map>
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
  // A request, as its process of the product sent it here.
  struct Pick {
    std::uint64_t process;
    os::Time at;
  };
  [[nodiscard]] const std::vector<Pick>& picks() const { return picks_; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] bool lies() const { return lies_; }
  // What is known of it is each process's own.
  [[nodiscard]] BenchOracle& bench(std::uint64_t process);

  // For its connections: a health check of this process was answered with a failure, which it knows
  // from this time on; or with a success.
  void told_sick(std::uint64_t process, os::Time known_at);
  void told_well(std::uint64_t process) { sick_since_.erase(process); }
  // What the one knows by now it has left to the other.
  void on_handover(std::uint64_t from, std::uint64_t to);
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
  void check_moved(MessageId id, std::uint64_t process);

  World& world_;
  const std::size_t index_;
  const OriginPlan plan_;
  Listener* listener_ = nullptr;
  std::vector<std::unique_ptr<OriginConnection>> connections_;  // all that ever were
  HealthMode health_ = HealthMode::kWell;
  std::map<std::uint64_t, os::Time> sick_since_;  // by process
  bool stopped_ = false;
  bool lies_ = false;
  std::map<std::uint64_t, BenchOracle> bench_;  // by process
  std::vector<Pick> picks_;
};

}  // namespace lb::sim
