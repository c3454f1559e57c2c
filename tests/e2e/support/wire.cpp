#include "tests/e2e/support/wire.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lb::e2e {
namespace {

constexpr std::size_t kReceiveBytes = 64 * 1024;

[[noreturn]] void fails(const std::string& call) {
  const bool gone = errno == ECONNRESET || errno == EPIPE;
  throw WireError(gone ? WireError::Kind::kReset : WireError::Kind::kEof,
                  call + ": " + std::strerror(errno));
}

bool becomes_ready(int fd, short interest, Deadline deadline) {
  pollfd entry{.fd = fd, .events = interest, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, deadline.poll_milliseconds());
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

void Wire::sends(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const std::size_t sent = sends_some(bytes, deadline);
    if (sent == 0) {
      throw WireError(WireError::Kind::kTimeout,
                      "the peer does not take the last " + std::to_string(bytes.size()) + " bytes");
    }
    bytes.remove_prefix(sent);
  }
}

std::size_t Wire::sends_some(std::string_view bytes, Deadline deadline) {
  for (;;) {
    const ssize_t sent =
        ::send(fd_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno != EAGAIN && errno != EINTR) fails("send");
    if (!becomes_ready(fd_.number(), POLLOUT, deadline)) return 0;
  }
}

std::string Wire::reads_head(Deadline deadline) {
  return reads_through("\r\n\r\n", deadline);
}

std::string Wire::reads_line(Deadline deadline) {
  std::string line = reads_through("\r\n", deadline);
  line.resize(line.size() - 2);
  return line;
}

std::string Wire::reads_some(std::size_t max, Deadline deadline) {
  if (buffer_.empty() && !receives(deadline)) return {};
  if (buffer_.size() <= max) return std::exchange(buffer_, {});
  std::string piece = buffer_.substr(0, max);
  buffer_.erase(0, max);
  return piece;
}

void Wire::half_closes() {
  ::shutdown(fd_.number(), SHUT_WR);
}

// The shutdown tells the peer at once, also where a TestServer keeps a duplicate of the descriptor.
void Wire::closes() {
  ::shutdown(fd_.number(), SHUT_RDWR);
  fd_.close();
}

void Wire::resets() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.close();
}

std::string Wire::reads_through(std::string_view mark, Deadline deadline) {
  std::size_t looked_at = 0;
  for (;;) {
    const std::size_t found = buffer_.find(mark, looked_at);
    if (found != std::string::npos) {
      std::string text = buffer_.substr(0, found + mark.size());
      buffer_.erase(0, text.size());
      return text;
    }
    looked_at = buffer_.size() < mark.size() ? 0 : buffer_.size() - mark.size() + 1;
    if (!receives(deadline)) {
      throw WireError(WireError::Kind::kEof, "the connection ended after: \"" + buffer_ + '"');
    }
  }
}

bool Wire::receives(Deadline deadline) {
  std::array<char, kReceiveBytes> block;  // NOLINT: not cleared for each call, it is 64 KiB
  for (;;) {
    const ssize_t received = ::recv(fd_.number(), block.data(), block.size(), MSG_DONTWAIT);
    if (received > 0) {
      buffer_.append(block.data(), static_cast<std::size_t>(received));
      return true;
    }
    if (received == 0) return false;
    if (errno != EAGAIN && errno != EINTR) fails("recv");
    if (!becomes_ready(fd_.number(), POLLIN, deadline)) {
      throw WireError(WireError::Kind::kTimeout,
                      "nothing more came after: \"" + buffer_.substr(0, 300) + '"');
    }
  }
}

}  // namespace lb::e2e
