#pragma once

// One end of a stream, TCP or unix, as Linux behaves. The product holds it by a descriptor, an
// actor by reference; both ends are the same class. Bytes that were sent travel in `flight_` until
// their time, then wait in `arrived_` of the peer. All sockets of a run live until its end.
//
//     kNew --connect--> kConnecting --established--> kConnected --reset--> kReset
//                             \-----refused----------------------------------^

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lb/os/os.h"
#include "tests/sim/kernel/description.h"
#include "tests/sim/kernel/dice.h"

namespace lb::sim {

class Listener;
class Network;

class Socket final : public Description {
 public:
  enum class State : std::uint8_t { kNew, kConnecting, kConnected, kReset };

  // What its owner had read, and when, as it sent the byte at `offset`.
  struct Mark {
    std::uint64_t offset;
    std::uint64_t read_before;
    os::Time at;
  };

  Socket(Network& network, os::Family family, std::uint32_t number);

  // recv(2), send(2), shutdown(2), close(2), getsockopt(SO_ERROR).
  [[nodiscard]] os::IoResult receive(std::span<char> into);
  [[nodiscard]] os::IoResult send(std::string_view bytes);
  [[nodiscard]] int shut_write();
  void close();
  void abort_on_close() { abort_on_close_ = true; }
  [[nodiscard]] int take_error();

  [[nodiscard]] Readiness readiness() const override;
  void on_closed() override { close(); }

  // For actors.
  void reset();   // close() with RST
  void vanish();  // nothing comes or goes any more, and nobody is told
  // Called, from the agenda, after anything has changed.
  void on_change(std::function<void()> act) { on_change_ = std::move(act); }
  // Foresight, for awkward moments: called when bytes set out for here, with the time at which they
  // arrive. It may only plan.
  void on_coming(std::function<void(os::Time due)> act) { on_coming_ = std::move(act); }
  void set_buffers(std::size_t send_max, std::size_t receive_max);
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool connected() const { return state_ == State::kConnected; }
  [[nodiscard]] bool closed() const { return orphan_; }
  [[nodiscard]] std::size_t room() const;  // for send
  [[nodiscard]] std::size_t unacknowledged();
  // Of a TCP socket: as far as its kernel has heard. What the other kernel has is acknowledged with
  // whatever is sent there, or by itself, at once or after a while (tcp(7), TCP_QUICKACK).
  [[nodiscard]] std::uint64_t acknowledged_total();
  [[nodiscard]] bool is_unix() const { return family_ == os::Family::kUnix; }
  [[nodiscard]] Duration latency() const { return latency_; }
  [[nodiscard]] std::size_t unread() const { return arrived_.size() - read_at_; }
  [[nodiscard]] std::string_view unread_bytes() const {
    return std::string_view(arrived_).substr(read_at_);
  }
  // Whether to say that nothing has come when `drawn`: not twice in a row. Who looks once more
  // before it gives up a connection has done all that can be asked.
  [[nodiscard]] bool pretends_nothing(bool drawn) {
    return pretended_nothing_ = drawn && !pretended_nothing_;
  }
  // For how long its peer had been gone by a reset when it was accepted.
  [[nodiscard]] Duration dead_on_accept() const { return dead_on_accept_; }
  [[nodiscard]] std::uint64_t read_total() const { return read_total_; }
  [[nodiscard]] std::uint64_t sent_total() const { return sent_total_; }
  [[nodiscard]] Socket* peer() const { return peer_; }
  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] const os::IpAddress& address() const { return address_; }
  // The process that opened or accepted it; 0: none.
  [[nodiscard]] std::uint64_t holder() const { return holder_; }
  void set_holder(std::uint64_t process) { holder_ = process; }
  // When it began to connect; of an end that a kernel opened for its listener, when it did,
  // whenever that is accepted.
  [[nodiscard]] os::Time opened_at() const { return opened_at_; }
  [[nodiscard]] os::Time activity_at() const { return activity_at_; }
  [[nodiscard]] os::Time heard_at() const { return heard_at_; }
  // How things stood with the owner when it sent the byte at `offset`.
  [[nodiscard]] Mark mark_at(std::uint64_t offset) const;

 private:
  friend class Listener;
  friend class Network;

  struct Segment {
    os::Time due;
    std::string bytes;
    bool fin = false;
    std::uint64_t acknowledges = 0;  // in all
  };
  // On its way by itself.
  struct Acknowledgement {
    os::Time due;
    std::uint64_t total;
  };

  [[nodiscard]] os::IoResult send_tcp(std::string_view bytes);
  [[nodiscard]] os::IoResult send_unix(std::string_view bytes);
  [[nodiscard]] std::size_t waiting() const;  // for room at the other end
  void close_unix();
  void note_sent(std::size_t bytes);
  void append(std::string_view bytes);

  Network& network_;
  const os::Family family_;
  const std::uint32_t number_;  // in the order of making
  std::uint64_t holder_ = 0;
  State state_ = State::kNew;
  Socket* peer_ = nullptr;
  bool pretended_nothing_ = false;
  os::IpAddress address_;  // own
  Duration latency_{};
  os::Time last_due_{};
  os::Time opened_at_{};
  os::Time activity_at_{};
  os::Time reset_at_{};
  Duration dead_on_accept_{};
  os::Time heard_at_{};  // bytes, or that some of its own had come

  std::deque<Segment> flight_;
  std::size_t flight_bytes_ = 0;
  std::string arrived_;
  std::size_t read_at_ = 0;
  std::size_t send_max_ = 64 * 1024;
  std::size_t receive_max_ = 64 * 1024;
  std::uint64_t read_total_ = 0;
  std::uint64_t sent_total_ = 0;
  std::uint64_t delivered_total_ = 0;  // of what it sent, to the other kernel
  std::uint64_t acknowledged_total_ = 0;
  std::deque<Acknowledgement> acknowledgements_;
  std::vector<Mark> marks_;

  int error_ = 0;
  bool fin_received_ = false;  // or, of a unix socket: the peer is gone
  bool write_shut_ = false;
  bool abort_on_close_ = false;
  bool orphan_ = false;  // closed by its owner
  bool vanished_ = false;
  bool change_told_ = false;
  std::function<void()> on_change_;
  std::function<void(os::Time)> on_coming_;
};

// Connections that wait to be accepted.
class Listener final : public Description {
 public:
  Listener(Network& network, os::Address address, std::size_t backlog)
      : network_(network), address_(std::move(address)), backlog_(backlog) {}

  // Nullptr: nobody waits.
  [[nodiscard]] Socket* front() const { return queue_.empty() ? nullptr : queue_.front(); }
  [[nodiscard]] Socket* accept();
  [[nodiscard]] const std::deque<Socket*>& waiting() const { return queue_; }
  void close();
  void on_change(std::function<void()> act) { on_change_ = std::move(act); }
  [[nodiscard]] const os::Address& address() const { return address_; }
  [[nodiscard]] bool full() const { return queue_.size() > backlog_; }

  [[nodiscard]] Readiness readiness() const override { return {.readable = !queue_.empty()}; }
  void on_closed() override { close(); }

 private:
  friend class Network;

  Network& network_;
  const os::Address address_;
  const std::size_t backlog_;
  std::deque<Socket*> queue_;
  std::function<void()> on_change_;
};

}  // namespace lb::sim
