#pragma once

// Bytes over one descriptor: what a Connection sends and receives through. Plain TCP and unix
// sockets now; a transport that encrypts has the same verbs, holds bytes that epoll cannot see
// (`buffered`), and may want to write in order to read.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lb/net/pipe.h"
#include "lb/os/os.h"

namespace lb::net {

class Transport {
 public:
  Transport() = default;
  explicit Transport(os::Fd fd) : fd_(std::move(fd)) {}

  [[nodiscard]] os::IoResult receive(std::span<char> into) { return os::receive(fd_.get(), into); }
  // At most os::kSlicesMax slices, in order.
  [[nodiscard]] os::IoResult send(std::span<const std::string_view> slices);
  // Past this program, to and from a pipe: os::splice.
  [[nodiscard]] os::IoResult splice_to(Pipe& pipe, std::uint64_t bytes_max) {
    return pipe.fill(fd_.get(), bytes_max);
  }
  [[nodiscard]] os::IoResult splice_from(Pipe& pipe) { return pipe.drain(fd_.get()); }
  [[nodiscard]] int finish() { return os::shut_write(fd_.get()); }
  void abort() { os::abort_on_close(fd_.get()); }
  void close() { fd_.reset(); }

  [[nodiscard]] bool is_open() const { return fd_.is_open(); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::size_t unacknowledged_bytes() const {
    return os::unacknowledged_bytes(fd_.get());
  }
  [[nodiscard]] int error() const { return os::socket_error(fd_.get()); }

 private:
  os::Fd fd_;
};

}  // namespace lb::net
