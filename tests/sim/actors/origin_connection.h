#pragma once

// One connection of an origin: requests one after the other.

#include <cstdint>
#include <optional>
#include <string>

#include "tests/sim/actors/message.h"
#include "tests/sim/actors/origin.h"

namespace lb::sim {

// The injuries by an origin that ends a connection which it had left open: before it got anything
// more, and after that.
inline constexpr std::string_view kClosedIdle = "an origin closed an idle connection";
inline constexpr std::string_view kEndedReused = "an origin ended a reused connection";

// The id of the request that begins these bytes; 0: there is none, or not all of its head.
[[nodiscard]] MessageId request_in(std::string_view bytes);

class OriginConnection {
 public:
  OriginConnection(World& world, Origin& origin, Socket& socket);

  void crash();
  // Nothing comes or goes any more, and nobody is told.
  void vanish();
  // After its origin had stopped.
  void go_on();
  // The id of a request that waits here, no byte of whose answer has been sent; 0: none.
  [[nodiscard]] MessageId waiting_request() const;
  // Whose request that is.
  [[nodiscard]] std::uint64_t asking_process() const;

 private:
  void on_change();
  void read();
  void on_eof();
  void take(std::string_view bytes);
  void take_tunnel();
  void take_head();
  void take_request();
  void check_connection();
  void check_client(MessageId id, const Record& record);
  void check_repeat(const Record& record);
  void answer_health();
  void answer();
  void begin_answer();
  void write();
  void end_by_plan();
  void finish();
  void await_next();
  void close();
  void over();
  // origin_rest.cpp
  void rest(IdleEnd end, Duration after);
  void close_while_idle(Duration after);
  [[nodiscard]] bool ends_over_unread();
  [[nodiscard]] bool ends_instead_of_answering(bool whole);
  void end_reused(bool by_reset);
  void note_end(std::string_view kind);
  [[nodiscard]] bool is_health_check() const;

  World& world_;
  Origin& origin_;
  Socket* socket_;
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
  bool answer_due_ = false;            // and its origin is stopped
  IdleEnd idle_end_ = IdleEnd::kNone;  // since the last response
  bool half_closed_ = false;
  bool hangs_ = false;  // the request in hand is never answered
  os::Time asked_at_{};
};

}  // namespace lb::sim
