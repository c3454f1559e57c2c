#include "lb/net/pipe.h"

#include <algorithm>
#include <cassert>

namespace lb::net {

os::IoResult Pipe::fill(int from, std::uint64_t bytes_max) {
  assert(empty());
  const os::IoResult moved =
      os::splice(from, ends_.in.get(),
                 static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, kPipeBytes)));
  bytes_ = moved.bytes;
  return moved;
}

os::IoResult Pipe::drain(int to) {
  const os::IoResult moved = os::splice(ends_.out.get(), to, bytes_);
  bytes_ -= moved.bytes;
  return moved;
}

PipeLease PipePool::lease() {
  if (leased_ >= pipes_max_) return {};
  std::unique_ptr<Pipe> pipe;
  if (!idle_.empty()) {
    pipe = std::move(idle_.back());
    idle_.pop_back();
  } else {
    if (leases_to_skip_ > 0) {
      --leases_to_skip_;
      return {};
    }
    auto ends = os::open_pipe(kPipeBytes);
    if (!ends) {
      leases_to_skip_ = kLeasesSkipped;
      return {};
    }
    pipe = std::make_unique<Pipe>(*this, std::move(*ends));
  }
  ++leased_;
  return PipeLease(pipe.release());
}

void PipeReturn::operator()(Pipe* pipe) const {
  pipe->pool_.take_back(std::unique_ptr<Pipe>(pipe));
}

void PipePool::take_back(std::unique_ptr<Pipe> pipe) {
  --leased_;
  leases_to_skip_ = 0;
  if (!pipe->empty() || idle_.size() >= kIdleMax) return;
  idle_.push_back(std::move(pipe));
  unused_.set_after(kIdle);
}

bool PipePool::free_descriptors() {
  const bool any = !idle_.empty();
  idle_.clear();
  return any;
}

}  // namespace lb::net
