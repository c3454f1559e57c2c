#include "lb/downstream/listener.h"

namespace lb::downstream {

Listener::Listener(event::Reactor& reactor, http::Service& service, const H1ServerLimits& limits,
                   std::uint64_t connections_max, std::vector<os::Network> trusted)
    : context_{.reactor = reactor,
               .service = service,
               .limits = limits,
               .trusted = std::move(trusted)},
      connections_max_(connections_max) {
  context_.on_closed = Callback<H1Server&>::to<&Listener::on_closed>(this);
}

Listener::~Listener() {
  cut();
}

int Listener::add(os::Fd socket, net::Acceptor::Backlog backlog) {
  acceptors_.push_back(std::make_unique<net::Acceptor>(context_.reactor, *this, std::move(socket)));
  return acceptors_.back()->open(backlog);
}

void Listener::on_accepted(os::Fd fd, const os::IpAddress& peer) {
  H1Server& server = servers_.add(std::make_unique<H1Server>(context_, peer));
  if (servers_.size() >= connections_max_ && !full_) {
    full_ = true;
    for (const auto& acceptor : acceptors_) acceptor->pause();
  }
  if (server.start(std::move(fd)) != 0) server.cut();
}

void Listener::on_closed(H1Server& server) {
  context_.reactor.retire(servers_.remove(server));
  if (full_ && servers_.size() < connections_max_) {
    full_ = false;
    for (const auto& acceptor : acceptors_) acceptor->resume();
  } else {
    for (const auto& acceptor : acceptors_) acceptor->retry();
  }
  if (context_.draining && servers_.empty() && on_drained_) std::exchange(on_drained_, {})();
}

void Listener::drain(Callback<> on_drained) {
  context_.draining = true;
  for (const auto& acceptor : acceptors_) acceptor->drain_and_close();
  // Draining one may end it, and with it only itself: the next is found before.
  for (H1Server* server = servers_.newest(); server != nullptr;) {
    H1Server* next = OwningList<H1Server>::older(*server);
    server->drain();
    server = next;
  }
  on_drained_ = on_drained;
  if (servers_.empty()) std::exchange(on_drained_, {})();
}

std::size_t Listener::cut() {
  std::size_t in_hand = 0;
  while (!servers_.empty()) {
    H1Server& server = *servers_.newest();
    in_hand += server.state() == H1Server::State::kStreaming ? 1 : 0;
    server.cut();
  }
  return in_hand;
}

}  // namespace lb::downstream
