#pragma once

// Everything that listens for clients under one service: the acceptors (one for each address of
// --host) and the connections that they brought, which it owns. Keeps the number of connections
// within its limit: at the limit accepting rests and clients wait in the backlog.

#include <cstdint>
#include <memory>
#include <vector>

#include "lb/downstream/h1_server.h"
#include "lb/net/acceptor.h"

namespace lb::downstream {

class Listener final : public net::AcceptorHandler {
 public:
  Listener(event::Reactor& reactor, http::Service& service, const H1ServerLimits& limits,
           std::uint64_t connections_max, std::vector<os::Network> trusted = {});
  ~Listener();

  // Lets bulk of request bodies go through pipes. Before the first connection.
  void use(net::PipePool& pipes) { context_.pipes = &pipes; }
  // Connections of these peers begin with a PROXY header, or are closed. Before the first
  // connection.
  void expect_proxy_header_from(std::vector<os::Network> peers) {
    context_.proxy_protocol_from = std::move(peers);
  }
  // Accepts from this socket too. Returns 0 or an errno.
  [[nodiscard]] int add(os::Fd socket,
                        net::Acceptor::Backlog backlog = net::Acceptor::Backlog::kNew);

  // Takes what waits in the backlog, stops listening, and lets every connection end in order;
  // on_drained is called once when the last one is gone (at once, from within, if there is none).
  void drain(Callback<> on_drained);
  // Ends every connection now; returns how many had a request in hand.
  std::size_t cut();

  [[nodiscard]] std::size_t connections() const { return servers_.size(); }

  void on_accepted(os::Fd fd, const os::IpAddress& peer) override;

 private:
  void on_closed(H1Server& server);

  H1ServerContext context_;
  const std::uint64_t connections_max_;
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;
  OwningList<H1Server> servers_;
  Callback<> on_drained_;
  bool full_ = false;
};

}  // namespace lb::downstream
