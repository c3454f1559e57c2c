#include "app/listen.h"

namespace lb::app {
namespace {

// With port 0 the first socket draws a port, and another program may hold it on the next address:
// then draw again.
constexpr int kDrawsMax = 16;

struct Attempt {
  Listening listening;
  int error = 0;
};

Attempt listen_on_all(std::vector<os::Address> addresses, std::uint16_t port) {
  Attempt attempt{.listening = {.sockets = {}, .port = port}};
  int skipped = 0;
  for (os::Address& address : addresses) {
    address.ip.port = attempt.listening.port;
    auto socket = os::listen(address, kBacklog);
    if (!socket) {
      if (os::is_unsupported(socket.error())) {
        skipped = socket.error();
        continue;
      }
      attempt.error = socket.error();
      return attempt;
    }
    attempt.listening.port = os::local_port(socket->get());
    attempt.listening.sockets.push_back(std::move(*socket));
  }
  if (attempt.listening.sockets.empty()) attempt.error = skipped;
  return attempt;
}

}  // namespace

std::expected<Listening, std::string> listen_on(const std::string& host, std::uint16_t port) {
  const std::string where = host + ":" + std::to_string(port);
  const auto addresses = os::resolve(host, port);
  if (!addresses) return std::unexpected("cannot listen on " + where + ": " + addresses.error());
  Attempt attempt;
  for (int draw = 0; draw < kDrawsMax; ++draw) {
    attempt = listen_on_all(*addresses, port);
    if (attempt.error == 0) return std::move(attempt.listening);
    if (port != 0) break;
  }
  return std::unexpected("cannot listen on " + where + ": " + os::error_text(attempt.error));
}

}  // namespace lb::app
