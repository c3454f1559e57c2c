#pragma once

// Large bodies go from socket to socket through a pipe of the kernel and never come to the memory
// of this program. A pipe is filled only when it is empty, by one connection, and is then what the
// other one has still to send: that one leases it, and gives it back as soon as it is empty. So
// idle connections hold none.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "lb/event/timer.h"
#include "lb/os/os.h"

namespace lb::net {

// Of one pipe. An unprivileged user has 64 of this size (pipe-user-pages-soft, proc(5)).
inline constexpr std::size_t kPipeBytes = 1024 * 1024;

// A connection whose receives bring less than that is not worth a pipe.
inline constexpr std::size_t kPieceBytesMin = 12 * 1024;

class PipePool;

class Pipe {
 public:
  Pipe(PipePool& pool, os::PipeEnds ends) : pool_(pool), ends_(std::move(ends)) {}

  // At most kPipeBytes. As os::splice.
  [[nodiscard]] os::IoResult fill(int from, std::uint64_t bytes_max);
  [[nodiscard]] os::IoResult drain(int to);

  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  friend struct PipeReturn;

  PipePool& pool_;
  os::PipeEnds ends_;
  std::size_t bytes_ = 0;
};

// The end of a lease. A pipe that is not empty is closed.
struct PipeReturn {
  void operator()(Pipe* pipe) const;
};
using PipeLease = std::unique_ptr<Pipe, PipeReturn>;

class PipePool {
 public:
  // A few are kept open between leases, two descriptors each, until none has been used for a while.
  static constexpr std::size_t kIdleMax = 4;
  static constexpr std::chrono::milliseconds kIdle{500};

  // Where the kernel has refused one: so many leases later it is asked again.
  static constexpr int kLeasesSkipped = 1000;

  // `bulk_bytes`: a body goes through a pipe if at least that much of it is left, and comes in
  // large pieces.
  PipePool(event::Reactor& reactor, std::size_t pipes_max, std::uint64_t bulk_bytes)
      : pipes_max_(pipes_max),
        bulk_bytes_(bulk_bytes),
        unused_(reactor, Callback<>::to<&PipePool::on_unused>(this)) {}

  // Nothing if all are leased, or the kernel has none.
  [[nodiscard]] PipeLease lease();
  [[nodiscard]] std::uint64_t bulk_bytes() const { return bulk_bytes_; }
  // Whether a receive that brought so many bytes was large.
  [[nodiscard]] bool is_large(std::size_t piece_bytes) const {
    return piece_bytes >= std::min<std::uint64_t>(bulk_bytes_, kPieceBytesMin);
  }
  [[nodiscard]] std::size_t leased() const { return leased_; }
  // Closes those that nobody uses; whether there was one.
  bool free_descriptors();

 private:
  friend struct PipeReturn;
  void take_back(std::unique_ptr<Pipe> pipe);
  void on_unused() { idle_.clear(); }

  const std::size_t pipes_max_;
  const std::uint64_t bulk_bytes_;
  std::vector<std::unique_ptr<Pipe>> idle_;
  event::Timer unused_;
  std::size_t leased_ = 0;
  int leases_to_skip_ = 0;
};

}  // namespace lb::net
