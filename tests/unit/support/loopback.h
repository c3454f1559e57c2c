#pragma once

// Sockets of this machine for tests: the far end of a connection as a Peer, listeners on port 0,
// and ports that refuse or keep silent. Failures to set them up are failures of the test.

#include <sys/resource.h>

#include <string>
#include <string_view>
#include <utility>

#include "lb/os/os.h"

namespace lb::test {

// 127.0.0.1
[[nodiscard]] os::Address loopback(std::uint16_t port);
// ::1
[[nodiscard]] os::Address loopback6(std::uint16_t port);
// The kernel's own name for a socket that may live nowhere: in the directory of temporary files.
[[nodiscard]] os::Address unix_address(std::string_view name);

// Sleeps until `fd` is ready; false if it never is.
[[nodiscard]] bool wait_until_readable(int fd);
[[nodiscard]] bool wait_until_writable(int fd);

// The far end of a connection, in the hands of the test. It reads only when it is asked to.
class Peer {
 public:
  Peer() = default;
  explicit Peer(os::Fd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] static Peer connected_to(std::uint16_t port);

  void sends(std::string_view text);
  // What was sent is in the hands of the other end's kernel.
  void waits_until_it_arrived() const;
  void half_closes();
  void closes() { fd_.reset(); }
  void resets();

  // Takes what has come, at most `bytes_max` now; all of it so far.
  const std::string& received(std::size_t bytes_max = SIZE_MAX);
  [[nodiscard]] bool saw_eof();
  [[nodiscard]] bool saw_reset();
  [[nodiscard]] bool saw_end() { return saw_eof() || saw_reset(); }
  // Forgets what has come, to look at what comes next.
  void forget() { received_.clear(); }

  [[nodiscard]] bool is_open() const { return fd_.is_open(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  os::Fd fd_;
  std::string received_;
  bool eof_ = false;
  bool reset_ = false;
};

// Both ends of one TCP connection.
struct Pair {
  os::Fd near;
  Peer far;
};
[[nodiscard]] Pair connected_pair();
// Little fits into the buffers of either.
[[nodiscard]] Pair narrow_pair();

// Listens on a port of its own.
class Listening {
 public:
  explicit Listening(int backlog = 64);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] os::Address address() const { return loopback(port_); }
  // The next one that connected; not open if nobody has yet.
  [[nodiscard]] Peer accept_now();
  // The same, but waits.
  [[nodiscard]] Peer accept();
  [[nodiscard]] os::Fd take() { return std::move(fd_); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void closes() { fd_.reset(); }

 private:
  os::Fd fd_;
  std::uint16_t port_;
};

// A port that is taken, but where nobody listens: connecting is refused for as long as this lives.
class Refusing {
 public:
  Refusing();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] os::Address address() const { return loopback(port_); }

 private:
  os::Fd fd_;
  std::uint16_t port_;
};

// A port whose backlog is full: connecting gets no answer for as long as this lives.
class Silent {
 public:
  Silent();
  [[nodiscard]] os::Address address() const { return listening_.address(); }

 private:
  Listening listening_;
  os::Fd first_;
  os::Fd second_;
};

// Not a single descriptor can be opened for as long as this lives. Nothing is logged meanwhile: the
// sanitizer needs descriptors of its own to look at the logger.
class NoDescriptorLeft {
 public:
  NoDescriptorLeft();
  ~NoDescriptorLeft();
  NoDescriptorLeft(const NoDescriptorLeft&) = delete;
  NoDescriptorLeft& operator=(const NoDescriptorLeft&) = delete;

 private:
  rlimit before_{};
};

}  // namespace lb::test
