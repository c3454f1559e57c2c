#include "app/listen.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include "lb/os/process.h"

namespace lb::app {
namespace {

// With port 0 the first socket draws a port, and another program may hold it on the next address:
// then draw again.
constexpr int kDrawsMax = 16;

struct Attempt {
  std::vector<os::Fd> sockets;
  std::uint16_t port = 0;
  int error = 0;
};

Attempt listen_on_all(std::vector<os::Address> addresses, std::uint16_t port, int backlog,
                      os::Sharing sharing) {
  Attempt attempt{.sockets = {}, .port = port};
  int skipped = 0;
  for (os::Address& address : addresses) {
    address.ip.port = attempt.port;
    auto socket = os::listen(address, backlog, sharing);
    if (!socket) {
      if (os::is_unsupported(socket.error())) {
        skipped = socket.error();
        continue;
      }
      attempt.error = socket.error();
      return attempt;
    }
    attempt.port = os::local_port(socket->get());
    attempt.sockets.push_back(std::move(*socket));
  }
  if (attempt.sockets.empty()) attempt.error = skipped;
  return attempt;
}

Attempt draw_and_listen(const std::vector<os::Address>& addresses, std::uint16_t port,
                        int backlog) {
  Attempt attempt;
  for (int draw = 0; draw < kDrawsMax; ++draw) {
    attempt = listen_on_all(addresses, port, backlog, os::Sharing::kNone);
    if (attempt.error == 0 || port != 0) break;
  }
  return attempt;
}

// The first set would not suffer a second one: it only shows that the port is free, and which.
Attempt listen_in_sets(const std::vector<os::Address>& addresses, std::uint16_t port, int backlog,
                       std::uint16_t sets) {
  Attempt first = draw_and_listen(addresses, port, backlog);
  if (first.error != 0 || sets == 1) return first;
  first.sockets.clear();
  for (std::uint16_t set = 0; set < sets; ++set) {
    Attempt attempt = listen_on_all(addresses, first.port, backlog, os::Sharing::kPort);
    if (attempt.error != 0) return attempt;
    std::ranges::move(attempt.sockets, std::back_inserter(first.sockets));
  }
  return first;
}

std::vector<os::Address> every_address() {
  const auto any = [](os::Family family) {
    return os::Address{.ip = {.family = family, .port = 0, .octets = {}}, .unix_path = {}};
  };
  return {any(os::Family::kIpv6), any(os::Family::kIpv4)};
}

// Left behind by a process that was killed.
bool is_stale(const os::Address& address) {
  const auto fd = os::open_stream(os::Family::kUnix);
  return fd && os::connect(fd->get(), address) == ECONNREFUSED;
}

std::expected<os::Fd, int> listen_on_path(const os::Address& address, int backlog) {
  auto socket = os::listen(address, backlog);
  if (socket || socket.error() != EADDRINUSE) return socket;
  const auto file = os::socket_file(address.unix_path);
  if (!file) return std::unexpected(file.error());
  if (!is_stale(address)) return socket;
  const int error = os::remove_socket_file(address.unix_path, *file);
  if (error != 0) return std::unexpected(error);
  return os::listen(address, backlog);
}

std::unexpected<std::string> cannot_listen(const ListenAddress& where, std::string_view why) {
  return std::unexpected("cannot listen on " + describe(where) + ": " + std::string(why));
}

std::expected<Listening, std::string> listen_on_unix(const ListenAddress& where, int backlog) {
  auto socket = listen_on_path({.ip = {}, .unix_path = where.unix_path}, backlog);
  if (!socket && socket.error() == ENOTSOCK) {
    return cannot_listen(where, "the file that is there is no socket");
  }
  if (!socket) return cannot_listen(where, os::error_text(socket.error()));
  const auto id = os::socket_file(where.unix_path);
  if (!id) return cannot_listen(where, os::error_text(id.error()));
  Listening listening{
      .asked = where, .where = where, .file = SocketFile(where.unix_path, *id), .sockets = {}};
  listening.sockets.push_back(std::move(*socket));
  return listening;
}

}  // namespace

std::expected<Listening, std::string> listen_on_inherited(int descriptor) {
  auto socket = os::adopt_listener(os::Fd(descriptor));
  if (!socket) {
    return std::unexpected("LISTEN_FDS: descriptor " + std::to_string(descriptor) +
                           " is no listening stream socket: " + os::error_text(socket.error()));
  }
  const os::Address address = os::local_address(socket->get());
  Listening listening{
      .asked = {},
      .where = {.host = {}, .port = address.ip.port, .unix_path = address.unix_path},
      .file = {},
      .sockets = {}};
  if (address.family() != os::Family::kUnix) {
    std::array<char, os::kIpTextMax> text;
    listening.where.host = os::format_ip(address.ip, text);
  }
  listening.asked = listening.where;
  listening.sockets.push_back(std::move(*socket));
  return listening;
}

std::expected<std::vector<os::Fd>, std::string> adopt(std::vector<os::Fd> sockets) {
  for (os::Fd& socket : sockets) {
    auto adopted = os::adopt_listener(std::move(socket));
    if (!adopted) {
      return std::unexpected("takeover: a socket that came is no listening stream socket: " +
                             os::error_text(adopted.error()));
    }
    socket = std::move(*adopted);
  }
  return sockets;
}

std::expected<Listening, std::string> listen_on(const ListenAddress& where, int backlog,
                                                std::uint16_t sets) {
  if (!where.unix_path.empty()) return listen_on_unix(where, backlog);
  const std::expected<std::vector<os::Address>, std::string> addresses =
      where.host.empty() ? every_address() : os::resolve(where.host, where.port);
  if (!addresses) return cannot_listen(where, addresses.error());
  Attempt attempt = listen_in_sets(*addresses, where.port, backlog, sets);
  if (attempt.error != 0) return cannot_listen(where, os::error_text(attempt.error));
  Listening listening{
      .asked = where, .where = where, .file = {}, .sockets = std::move(attempt.sockets)};
  listening.where.port = attempt.port;
  listening.sets = sets;
  return listening;
}

}  // namespace lb::app
