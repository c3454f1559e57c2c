// The servers behind the balancers that are compared: as cheap as they can be, so that the balancer
// is what bounds the rate. GET /N is answered with N octets, anything else with 200 and none.
//
//   bench_origin PORT...

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kBodyBytesMax = 1 << 20;
constexpr int kBacklog = 4096;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

struct Connection {
  std::string in;       // of a request that is not whole
  std::string waiting;  // of responses that the kernel did not take
};

const std::string& response_of(std::size_t bytes) {
  static std::map<std::size_t, std::string> made;
  std::string& response = made[bytes];
  if (response.empty()) {
    response =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(bytes) +
        "\r\n\r\n" + std::string(bytes, 'x');
  }
  return response;
}

// Of "GET /128 HTTP/1.1…".
std::size_t bytes_asked(std::string_view head) {
  constexpr std::string_view kGet = "GET /";
  std::size_t bytes = 0;
  if (head.starts_with(kGet)) {
    std::from_chars(head.data() + kGet.size(), head.data() + head.size(), bytes);
  }
  return bytes <= kBodyBytesMax ? bytes : 0;
}

class Origin {
 public:
  explicit Origin(const std::vector<std::uint16_t>& ports) : poll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (const std::uint16_t port : ports) listen_on(port);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        on_ready(event.data.fd, event.events);
      }
    }
  }

 private:
  void listen_on(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // inherited by what is accepted
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd, kBacklog) != 0) {
      std::perror("bench_origin");
      _exit(1);
    }
    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    listeners_.push_back(fd);
  }

  void watch(int fd, std::uint32_t interest, int operation) const {
    epoll_event event{};
    event.events = interest;
    event.data.fd = fd;
    epoll_ctl(poll_, operation, fd, &event);
  }

  void on_ready(int fd, std::uint32_t events) {
    for (const int listener : listeners_) {
      if (fd == listener) return accept_all(fd);
    }
    if ((events & EPOLLOUT) != 0) flush(fd);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(fd);
  }

  void accept_all(int listener) {
    for (;;) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      if (static_cast<std::size_t>(fd) >= connections_.size()) {
        connections_.resize(static_cast<std::size_t>(fd) + 1);
      }
      connections_[static_cast<std::size_t>(fd)] = {};
      watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  void receive(int fd) {
    Connection& connection = connections_[static_cast<std::size_t>(fd)];
    const ssize_t bytes = recv(fd, scratch_.data(), scratch_.size(), 0);
    if (bytes < 0 && errno == EAGAIN) return;
    if (bytes <= 0) {
      close(fd);
      return;
    }
    std::string_view rest(scratch_.data(), static_cast<std::size_t>(bytes));
    if (!connection.in.empty()) rest = connection.in.append(rest);
    for (std::size_t end = rest.find(kHeadEnd); end != std::string_view::npos;
         end = rest.find(kHeadEnd)) {
      answer(fd, connection, response_of(bytes_asked(rest)));
      rest.remove_prefix(end + kHeadEnd.size());
    }
    connection.in = std::string(rest);
  }

  void answer(int fd, Connection& connection, std::string_view response) const {
    if (connection.waiting.empty()) {
      const ssize_t sent = send(fd, response.data(), response.size(), MSG_NOSIGNAL);
      if (sent > 0) response.remove_prefix(static_cast<std::size_t>(sent));
      if (response.empty()) return;
      watch(fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    connection.waiting.append(response);
  }

  void flush(int fd) {
    std::string& waiting = connections_[static_cast<std::size_t>(fd)].waiting;
    const ssize_t sent = send(fd, waiting.data(), waiting.size(), MSG_NOSIGNAL);
    if (sent > 0) waiting.erase(0, static_cast<std::size_t>(sent));
    if (waiting.empty()) watch(fd, EPOLLIN, EPOLL_CTL_MOD);
  }

  int poll_;
  std::vector<int> listeners_;
  std::vector<Connection> connections_;  // by descriptor
  std::array<char, 64 * 1024> scratch_{};
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::uint16_t> ports;
  for (int i = 1; i < argc; ++i) {
    std::uint16_t port = 0;
    const std::string_view text(argv[i]);
    if (std::from_chars(text.data(), text.data() + text.size(), port).ec != std::errc{}) {
      std::fprintf(stderr, "bench_origin: %s is no port\n", argv[i]);
      return 2;
    }
    ports.push_back(port);
  }
  Origin(ports).run();
}
