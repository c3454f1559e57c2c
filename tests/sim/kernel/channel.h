#pragma once

// Channels between processes (unix(7), SOCK_SEQPACKET), as Linux behaves: whole messages, with
// descriptors, which stand for what they stood for while they are on their way.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/kernel/description.h"

namespace lb::sim {

class ChannelEnd final : public Description {
 public:
  struct Message {
    std::string text;
    std::vector<Description*> descriptors;  // referred to
  };

  // `other_process`: who made the other end.
  explicit ChannelEnd(std::uint64_t other_process) : other_process_(other_process) {}
  void join(ChannelEnd& other);

  // 0 or EPIPE.
  [[nodiscard]] int send(Message message);
  // Nothing: `error` says why, 0 is the end.
  [[nodiscard]] std::optional<Message> receive(int& error);

  [[nodiscard]] std::uint64_t other_process() const { return other_process_; }
  [[nodiscard]] const ChannelEnd* other() const { return other_; }
  [[nodiscard]] Readiness readiness() const override;
  void on_closed() override;

 private:
  const std::uint64_t other_process_;
  ChannelEnd* other_ = nullptr;
  std::deque<Message> arrived_;
  bool closed_ = false;
  bool reset_ = false;  // the other end has gone with messages unread
};

class ChannelListener final : public Description {
 public:
  explicit ChannelListener(std::uint64_t process) : process_(process) {}

  void add(ChannelEnd& end) { queue_.push_back(&end); }
  [[nodiscard]] ChannelEnd* front() const { return queue_.empty() ? nullptr : queue_.front(); }
  void accept() { queue_.pop_front(); }
  [[nodiscard]] std::uint64_t process() const { return process_; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] Readiness readiness() const override { return {.readable = !queue_.empty()}; }
  void on_closed() override;

 private:
  const std::uint64_t process_;  // that listens
  std::deque<ChannelEnd*> queue_;
  bool closed_ = false;
};

}  // namespace lb::sim
