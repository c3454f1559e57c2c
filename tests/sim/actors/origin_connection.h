#pragma once

// One connection of an origin: requests one after the other.

#include <cstdint>
#include <optional>
#include <string>

#include "tests/sim/actors/message.h"
#include "tests/sim/actors/origin.h"

namespace lb::sim {

// The injury by an origin that ends a connection between two requests.
inline constexpr std::string_view kClosedIdle = "an origin closed an idle connection";

class OriginConnection {
 public:
  OriginConnection(World& world, Origin& origin, Socket& socket);

  void crash();

 private:
  void on_change();
  void read();
  void on_eof();
  void take(std::string_view bytes);
  void take_tunnel();
  void take_head();
  void take_request();
  void check_connection();
  void answer_health();
  void answer();
  void write();
  void end_by_plan();
  void finish();
  void await_next();
  void close();
  [[nodiscard]] bool is_health_check() const;

  World& world_;
  Origin& origin_;
  Socket* socket_;
  const os::Time opened_at_;
  std::optional<MessageReader> reader_;
  const Plan* plan_ = nullptr;  // of the request in hand
  std::string out_;
  std::size_t out_at_ = 0;
  std::size_t out_until_ = 0;  // the rest is never sent
  std::uint64_t request_from_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t clean_end_ = 0;  // where the last response ended in what was sent
  std::uint64_t serial_ = 0;     // of the request in hand
  bool answering_ = false;
  bool answered_ = false;            // early: the request is still coming
  std::uint64_t surplus_after_ = 0;  // how many requests
  bool surplus_ = false;
  bool said_close_ = false;
  bool tunnels_ = false;
  bool tunnel_ended_ = false;  // the direction to here
  bool read_planned_ = false;
  bool write_planned_ = false;
};

}  // namespace lb::sim
