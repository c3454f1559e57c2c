#include "tests/e2e/trials/slow_clients.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "tests/e2e/support/address.h"

namespace lb::e2e {
namespace {

constexpr std::chrono::milliseconds kLooksEvery{20};
constexpr int kReceiveBuffer = 4096;

}  // namespace

SlowClients::SlowClients(const SlowPlan& plan, Ledger& ledger)
    : plan_(plan), clients_(plan.clients) {
  for (Client& client : clients_) begins(client, ledger.next_id());
  thread_ = std::jthread([this](const std::stop_token& stop) { runs(stop); });
}

void SlowClients::waits_until_gone(Deadline deadline) const {
  while (gone_ < clients_.size() && !deadline.passed()) watches_for(kLooksEvery);
}

void SlowClients::begins(Client& client, RequestId id) const {
  const SocketAddress address = ip_address("127.0.0.1", plan_.port);
  client.fd = new_socket(address);
  if (plan_.slowness == Slowness::kReading) {
    ::setsockopt(client.fd.number(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  }
  if (::connect(client.fd.number(), address.get(), address.size) != 0) {
    throw Failure(std::string("a slow client cannot connect: ") + std::strerror(errno));
  }
  const std::string target = std::string(kTrialPath) + std::to_string(id);
  std::string begin;
  switch (plan_.slowness) {
    case Slowness::kHead:
      begin = "GET " + target + " HTTP/1.1\r\nHost: slow.test\r\nX-Slow: ";
      break;
    case Slowness::kUpload:
      begin = "POST " + target + " HTTP/1.1\r\nHost: slow.test\r\nContent-Length: 1000000\r\n\r\nx";
      break;
    case Slowness::kReading:
      begin = "GET " + target + "/large HTTP/1.1\r\nHost: slow.test\r\n\r\n";
  }
  ::send(client.fd.number(), begin.data(), begin.size(), MSG_NOSIGNAL);
  client.began_at = Clock::now();
}

void SlowClients::runs(const std::stop_token& stop) {
  // Each at a time of its own within the period, as clients are that know nothing of each other.
  const bool silent = plan_.drips_every.count() == 0;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i].drips_at =
        Clock::now() + plan_.drips_every + plan_.drips_every * i / clients_.size();
  }
  while (!stop.stop_requested()) {
    watches_for(kLooksEvery);
    const auto now = Clock::now();
    for (Client& client : clients_) {
      if (!client.fd.open()) continue;
      if (!silent && now >= client.drips_at) {
        client.drips_at += plan_.drips_every;
        drips(client);
      }
      if (!has_ended(client)) continue;
      client.fd.close();
      const auto life = std::chrono::ceil<std::chrono::milliseconds>(now - client.began_at);
      longest_ = std::max(longest_.load(), life);
      ++gone_;
    }
  }
}

void SlowClients::drips(const Client& client) const {
  char octet = 'x';
  if (plan_.slowness == Slowness::kReading) {
    ::recv(client.fd.number(), &octet, 1, MSG_DONTWAIT);
  } else {
    ::send(client.fd.number(), &octet, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

// Its end lies behind what a slow reader has not read, so that is not asked of the data.
bool SlowClients::has_ended(const Client& client) const {
  pollfd entry{.fd = client.fd.number(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&entry, 1, 0) > 0;
}

}  // namespace lb::e2e
