#include "tests/e2e/support/service_manager.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <sstream>

#include "tests/e2e/support/fresh_path.h"

namespace lb::e2e {

ServiceManager::ServiceManager(Kind kind)
    : path_((kind == Kind::kAbstract ? "@" : "") + fresh_path("notify")),
      socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), std::min(path_.size(), sizeof address.sun_path - 1));
  if (kind == Kind::kAbstract) address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  if (::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    throw Failure("cannot bind " + path_);
  }
}

ServiceManager::~ServiceManager() {
  if (!path_.starts_with('@')) ::unlink(path_.c_str());
}

std::string ServiceManager::variable() const {
  return "NOTIFY_SOCKET=" + path_;
}

void ServiceManager::hears(std::string_view line, Deadline deadline) {
  for (;;) {
    const auto found = std::ranges::find(lines_, line);
    if (found != lines_.end()) {
      lines_.erase(lines_.begin(), found + 1);
      return;
    }
    if (!receives(deadline.poll_milliseconds())) {
      throw Failure("the service manager did not hear " + std::string(line));
    }
  }
}

std::vector<std::string> ServiceManager::heard() {
  while (receives(0)) continue;
  return lines_;
}

bool ServiceManager::receives(int milliseconds) {
  pollfd entry{.fd = socket_.number(), .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, milliseconds) <= 0) return false;
  std::array<char, 4096> datagram{};
  const ssize_t size = ::recv(socket_.number(), datagram.data(), datagram.size(), 0);
  if (size < 0) return false;
  std::istringstream text(std::string(datagram.data(), static_cast<std::size_t>(size)));
  for (std::string line; std::getline(text, line);) lines_.push_back(line);
  return true;
}

}  // namespace lb::e2e
