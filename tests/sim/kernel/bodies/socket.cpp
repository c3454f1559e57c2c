#include "tests/sim/kernel/socket.h"

#include <algorithm>
#include <cerrno>

#include "lb/os/os.h"
#include "lb/os/process.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {
namespace {

using sim::Kernel;
using sim::Listener;
using sim::Socket;
using sim::Trace;

constexpr int kExhaustion[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};

void trace_moved(Kernel& kernel, std::string_view call, int fd, std::string_view bytes,
                 const IoResult& result) {
  if (!kernel.trace.on()) return;
  kernel.trace.call(call, "(", fd, ", ", bytes.size(), ") ",
                    result.error != 0 ? Trace::result(result.error)
                                      : "= " + Trace::excerpt(bytes.substr(0, result.bytes)));
}

IoResult send_bytes(int fd, std::string_view bytes) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* socket = kernel.find<Socket>(fd, "send");
  if (socket == nullptr) return {0, EBADF};
  std::string_view offered = bytes;
  IoResult result;
  if (kernel.dice.chance(kernel.faults().would_block)) {
    result.error = EAGAIN;
    kernel.worked();
  } else {
    if (!bytes.empty() && kernel.dice.chance(kernel.faults().short_write)) {
      offered = bytes.substr(0, kernel.dice.size_up_to(bytes.size()));
    }
    result = socket->send(offered);
    if (!result.would_block()) kernel.worked();
  }
  trace_moved(kernel, "send", fd, bytes, result);
  return result;
}

}  // namespace

bool IoResult::would_block() const {
  return error == EAGAIN || error == EWOULDBLOCK;
}

IoResult receive(int fd, std::span<char> into) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* socket = kernel.find<Socket>(fd, "receive");
  if (socket == nullptr) return {0, EBADF};
  std::span<char> room = into;
  IoResult result;
  if (socket->pretends_nothing(kernel.dice.chance(kernel.faults().would_block))) {
    result.error = EAGAIN;
    kernel.worked();
  } else {
    if (!into.empty() && kernel.dice.chance(kernel.faults().short_read)) {
      room = into.first(kernel.dice.size_up_to(std::min<std::size_t>(into.size(), 4096)));
    }
    result = socket->receive(room);
    if (!result.would_block()) kernel.worked();
  }
  trace_moved(kernel, "receive", fd, {into.data(), result.error == 0 ? result.bytes : 0}, result);
  return result;
}

IoResult send(int fd, std::span<const char> bytes) {
  return send_bytes(fd, {bytes.data(), bytes.size()});
}

IoResult send_slices(int fd, std::span<const std::string_view> slices) {
  std::string bytes;
  for (const std::string_view slice : slices) bytes += slice;
  return send_bytes(fd, bytes);
}

Accepted accept(int listener) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* from = kernel.find<Listener>(listener, "accept");
  if (from == nullptr) return {Fd(), {}, EBADF};
  Accepted accepted{.fd = Fd(), .peer = {}, .error = EAGAIN};
  if (kernel.dice.chance(kernel.faults().accept_exhausted)) {
    accepted.error = kernel.dice.one_of(kExhaustion);
    kernel.hurt("accept failed");
    kernel.worked();
  } else if (Socket* socket = from->front()) {
    // accept4(2) takes a descriptor before it takes a connection from the queue.
    const auto fd = kernel.install(*socket);
    accepted.error = fd ? 0 : fd.error();
    if (fd) {
      static_cast<void>(from->accept());
      socket->set_holder(process_id());
      accepted.fd = Fd(*fd);
      if (socket->peer() != nullptr) accepted.peer = socket->peer()->address();
      kernel.worked();
    }
  }
  kernel.trace.call("accept(", listener, ") ",
                    accepted.error == 0 ? "= " + std::to_string(accepted.fd.get())
                                        : Trace::result(accepted.error));
  return accepted;
}

std::expected<Fd, int> open_stream(Family family) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  if (kernel.dice.chance(kernel.faults().socket_exhausted)) {
    const int error = kernel.dice.one_of(kExhaustion);
    kernel.hurt("socket failed");
    kernel.trace.call("open_stream() ", Trace::result(error));
    return std::unexpected(error);
  }
  Socket& socket = kernel.network.open(family);
  socket.set_holder(process_id());
  const auto fd = kernel.install(socket);
  kernel.trace.call("open_stream() ", fd ? "= " + std::to_string(*fd) : Trace::result(fd.error()));
  if (!fd) return std::unexpected(fd.error());
  return Fd(*fd);
}

int connect(int fd, const Address& address) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.worked();
  auto* socket = kernel.find<Socket>(fd, "connect");
  if (socket == nullptr) return EBADF;
  const int error = kernel.connect(*socket, address);
  kernel.trace.call("connect(", fd, ", ", describe(address), ") ", Trace::result(error));
  return error;
}

int socket_error(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* socket = kernel.find<Socket>(fd, "socket_error");
  const int error = socket != nullptr ? socket->take_error() : EBADF;
  kernel.trace.call("socket_error(", fd, ") ", Trace::result(error));
  return error;
}

std::expected<Fd, int> listen(const Address& address, int backlog, Sharing) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  // bind(2): a file of that name is in the way, whatever it is.
  const bool is_unix = address.family() == Family::kUnix;
  if (is_unix &&
      (kernel.network.unix_inode(address.unix_path) || kernel.has_file(address.unix_path))) {
    return std::unexpected(EADDRINUSE);
  }
  const auto listener = kernel.network.listen(address, static_cast<std::size_t>(backlog));
  if (!listener) return std::unexpected(listener.error());
  const auto fd = kernel.install(**listener);
  if (!fd) {
    (*listener)->close();
    return std::unexpected(fd.error());
  }
  kernel.trace.call("listen(", describe((*listener)->address()), ") = ", *fd);
  return Fd(*fd);
}

std::uint16_t local_port(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* listener = kernel.find<Listener>(fd, "local_port");
  return listener != nullptr ? listener->address().ip.port : std::uint16_t{0};
}

int shut_write(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.worked();
  auto* socket = kernel.find<Socket>(fd, "shut_write");
  const int error = socket != nullptr ? socket->shut_write() : EBADF;
  kernel.trace.call("shut_write(", fd, ") ", Trace::result(error));
  return error;
}

void abort_on_close(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.trace.call("abort_on_close(", fd, ")");
  auto* socket = kernel.find<Socket>(fd, "abort_on_close");
  if (socket != nullptr) socket->abort_on_close();
}

std::size_t unacknowledged_bytes(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* socket = kernel.find<Socket>(fd, "unacknowledged_bytes");
  const std::size_t bytes = socket != nullptr ? socket->unacknowledged() : 0;
  kernel.trace.call("unacknowledged_bytes(", fd, ") = ", bytes);
  return bytes;
}

std::optional<TcpState> tcp_state(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* socket = kernel.find<Socket>(fd, "tcp_state");
  if (socket == nullptr || socket->is_unix()) return std::nullopt;
  const TcpState state{
      .bytes_acknowledged = 1 + socket->acknowledged_total(),
      .round_trip = std::chrono::duration_cast<std::chrono::microseconds>(2 * socket->latency()),
      .since_acknowledgement =
          std::chrono::floor<std::chrono::milliseconds>(kernel.agenda.now() - socket->heard_at())};
  kernel.trace.call("tcp_state(", fd, ") = ", state.bytes_acknowledged);
  return state;
}

std::uint32_t local_port_count() {
  return 28'232;
}

}  // namespace lb::os
