#pragma once

// A client: sends its batches one after the other on connections that it keeps as long as the
// product lets it, checks each answer as it comes, and ends as its plans say.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "tests/sim/actors/message.h"
#include "tests/sim/actors/plan.h"
#include "tests/sim/actors/world.h"
#include "tests/sim/kernel/socket.h"

namespace lb::sim {

class Client {
 public:
  Client(World& world, std::size_t index, ClientPlan plan)
      : world_(world), index_(index), plan_(std::move(plan)) {}

  void start();
  // Nothing left to send or to wait for (an idle connection may still stand).
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const ClientPlan& plan() const { return plan_; }
  [[nodiscard]] bool waits() const { return !outstanding_.empty(); }
  [[nodiscard]] std::string name() const { return "client " + std::to_string(index_); }

 private:
  struct Outgoing {
    MessageId id;
    std::string wire;
    std::size_t at = 0;
    bool tunnels = false;  // not a request: what follows a 101
  };

  void connect();
  void go_on();
  void begin_batch();
  void on_change();
  void write();
  [[nodiscard]] bool write_piece(Outgoing& outgoing);
  void read();
  void take(std::string_view bytes);
  void begin_response();
  void take_response();
  void begin_tunnel();
  void check_answer(MessageId id, Record& record);
  [[nodiscard]] bool surplus_is_excused(const Record& record) const;
  void check_reply(MessageId id, Record& record);
  void settle(MessageId id, Record::Outcome outcome);
  void expect_cut(Duration after);
  void end_by_plan(ClientEnd end);
  void on_stream_end(bool in_order);
  void drop_connection(Record::Outcome for_the_rest);
  void check_wait();
  void check_idle(Duration rested);
  template <class Step>
  void later(Duration delay, bool& planned, Step step);

  World& world_;
  const std::size_t index_;
  const ClientPlan plan_;
  Socket* socket_ = nullptr;
  std::uint64_t connection_ = 0;  // how many so far: a step planned for an older one is void
  std::size_t next_batch_ = 0;
  std::deque<Outgoing> out_;
  std::deque<MessageId> outstanding_;  // begun and not answered, in order
  std::optional<MessageReader> reader_;
  std::uint64_t response_bytes_ = 0;  // of the response in hand, its interim heads included
  os::Time heard_at_{};
  std::uint32_t slow_reads_ = 0;
  bool told_to_close_ = false;
  bool after_early_ = false;  // an answer overtook its request: the product ends the connection
  bool lost_one_ = false;     // a response of this connection was cut
  bool half_closed_ = false;
  bool send_failed_ = false;
  bool tunnels_ = false;
  bool tunnel_ended_ = false;  // the direction to here
  bool write_planned_ = false;
  bool read_planned_ = false;
  bool done_ = false;
};

}  // namespace lb::sim
