#pragma once

// What lies between sockets: addresses, handshakes, latency, partitions, resets. Bytes of one
// direction arrive in order; unix sockets know no latency.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/kernel/agenda.h"
#include "tests/sim/kernel/faults.h"
#include "tests/sim/kernel/socket.h"
#include "tests/sim/kernel/trace.h"

namespace lb::sim {

// In which the kernel finds a silent peer, if nothing waits for it: os/linux/socket.cpp,
// keep_alive.
inline constexpr Duration kKeepalive = std::chrono::seconds(10 + 3 * 5);

class Network {
 public:
  Network(Agenda& agenda, Trace& trace, Dice dice) : agenda_(agenda), trace_(trace), dice_(dice) {}

  [[nodiscard]] Socket& open(os::Family family);
  // How soon the other side answers a connect.
  enum class Answer : std::uint8_t { kInTime, kAtOnce, kNever };
  // 0, EINPROGRESS, or why not.
  [[nodiscard]] int connect(Socket& socket, const os::Address& to, Answer answer = Answer::kInTime);
  // Port 0 draws a free one. The error is EADDRINUSE.
  [[nodiscard]] std::expected<Listener*, int> listen(os::Address address, std::size_t backlog);

  // The file of a unix socket, which stays when its listener goes; nothing if there is none.
  [[nodiscard]] std::optional<std::uint64_t> unix_inode(const std::string& path) const;
  // Makes the file of a socket that is none of a stream.
  std::uint64_t bind_unix(const std::string& path) { return unix_inodes_[path] = next_inode_++; }
  // Takes the file away; whoever listens there is found no more.
  void unlink_unix(const std::string& path);

  // Nothing passes to and from this address for a time; nothing is lost either.
  void cut_off(const os::Address& address, Duration time);

  [[nodiscard]] os::Time now() const { return agenda_.now(); }
  Faults faults;
  Injuries injuries;

  // For sockets.
  void transmit(Socket& from, Socket::Segment segment);
  void send_reset(Socket& from);
  void window_opened(Socket& reader);
  void on_vanished(Socket& gone);
  void tell(Socket& socket);
  void forget(const Listener& listener);

 private:
  [[nodiscard]] int connect_unix(Socket& socket, const os::Address& to);
  void join(Socket& socket, Listener& listener);
  void on_syn(Socket& from, const std::string& to, int attempt);
  void on_established(Socket& from, Socket& to);
  void deliver(Socket& from);
  // Moves what fits of the first segment; returns whether all of it did.
  [[nodiscard]] bool deliver_first(Socket& from, Socket& to);
  void on_reset(Socket& at, int error);
  void find_silent(Socket& left);
  void refuse(Socket& from, int error);
  void tell(Listener& listener);
  [[nodiscard]] Duration draw_latency();
  [[nodiscard]] os::Time cut_off_until(const Socket& socket) const;
  [[nodiscard]] Socket& pair(Socket& from, const os::Address& local);

  Agenda& agenda_;
  Trace& trace_;
  Dice dice_;
  std::uint16_t next_port_ = 40'000;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::map<std::string, Listener*> listening_;
  std::uint64_t next_inode_ = 1;
  std::map<std::string, std::uint64_t> unix_inodes_;  // by path
  std::map<std::string, os::Time> cut_off_until_;
};

}  // namespace lb::sim
