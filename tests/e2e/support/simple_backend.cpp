#include "tests/e2e/support/simple_backend.h"

#include <sys/socket.h>

#include <array>
#include <utility>

namespace lb::e2e {
namespace {

bool asks_for(const std::string& request, const std::string& path) {
  const std::size_t first = request.find(' ');
  return first != std::string::npos && request.compare(first + 1, path.size() + 1, path + ' ') == 0;
}

}  // namespace

SimpleBackend::SimpleBackend(std::string text)
    : text_(std::move(text)), server_(Place{}, [this](const Fd& fd, int) { serves(fd); }) {}

std::vector<std::string> SimpleBackend::received() const {
  const std::scoped_lock lock(mutex_);
  return received_;
}

void SimpleBackend::waits_for_closed_connections(std::size_t count, Deadline deadline) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, deadline.at(), [&] { return closed_ >= count; })) {
    throw Failure(name() + " still waits for its connections to be closed");
  }
}

void SimpleBackend::serves(const Fd& connection) {
  std::array<char, 1024> block{};
  bool answered = false;
  for (;;) {
    const ssize_t size = ::recv(connection.number(), block.data(), block.size(), 0);
    if (size <= 0) break;
    const std::string request(block.data(), static_cast<std::size_t>(size));
    const bool is_probe = asks_for(request, "/health-check");
    if (!is_probe) {
      const std::scoped_lock lock(mutex_);
      received_.push_back(request);
    }
    const std::string response = response_to(request);
    if (::send(connection.number(), response.data(), response.size(), MSG_NOSIGNAL) < 0) break;
    answered = answered || !is_probe;
  }
  if (!answered) return;
  const std::scoped_lock lock(mutex_);
  ++closed_;
  changed_.notify_all();
}

std::string SimpleBackend::response_to(const std::string& request) const {
  if (asks_for(request, "/health-check")) return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
  const bool known = asks_for(request, "/");
  const std::string body = known ? text_ : "no such page";
  return std::string("HTTP/1.1 ") + (known ? "200 OK" : "404 Not Found") +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
         body;
}

}  // namespace lb::e2e
