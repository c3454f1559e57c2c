#include "tests/sim/kernel/pipe.h"

#include <algorithm>
#include <cerrno>

#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {
namespace {

using sim::Kernel;
using sim::PipeEnd;
using sim::Socket;

// What a socket receives goes into the pipe.
IoResult fill(int from, PipeEnd& into, std::size_t bytes_max) {
  std::string bytes(std::min(bytes_max, into.room()), 0);
  if (bytes.empty()) return {0, EAGAIN};
  const IoResult got = receive(from, bytes);
  into.content().bytes.append(bytes, 0, got.bytes);
  return got;
}

// A socket sends what the pipe has.
IoResult drain(PipeEnd& out, int to, std::size_t bytes_max) {
  std::string& bytes = out.content().bytes;
  if (bytes.empty()) return {0, EAGAIN};
  const IoResult put = send(to, std::string_view(bytes).substr(0, bytes_max));
  bytes.erase(0, put.bytes);
  return put;
}

}  // namespace

std::expected<PipeEnds, int> open_pipe(std::size_t capacity) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  const auto content = std::make_shared<PipeEnd::Content>(std::string(), capacity);
  const auto end = [&] { return kernel.install(kernel.make<PipeEnd>(content)); };
  int error = kernel.dice.chance(kernel.faults().socket_exhausted) ? EPERM : 0;
  PipeEnds pipe;
  for (Fd* fd : {&pipe.out, &pipe.in}) {
    const auto number = error == 0 ? end() : std::unexpected(error);
    if (number) *fd = Fd(*number);
    if (!number) error = number.error();
  }
  kernel.trace.call("open_pipe() ", error != 0 ? sim::Trace::result(error)
                                               : "= " + std::to_string(pipe.out.get()) + ", " +
                                                     std::to_string(pipe.in.get()));
  if (error != 0) return std::unexpected(error);
  return pipe;
}

// One of the two is a socket: the call is traced as what that does. A unix socket has no way into a
// pipe, as it was on Linux before 4.2.
IoResult splice(int from, int to, std::size_t bytes_max) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.trace.call("splice(", from, ", ", to, ", ", bytes_max, ")");
  auto* source = kernel.find<sim::Description>(from, "splice");
  auto* sink = kernel.find<sim::Description>(to, "splice");
  if (source == nullptr || sink == nullptr) return {0, EBADF};
  if (auto* out = dynamic_cast<PipeEnd*>(source)) return drain(*out, to, bytes_max);
  auto* into = dynamic_cast<PipeEnd*>(sink);
  const auto* socket = dynamic_cast<Socket*>(source);
  if (into == nullptr || socket == nullptr || socket->is_unix()) return {0, EINVAL};
  return fill(from, *into, bytes_max);
}

}  // namespace lb::os
