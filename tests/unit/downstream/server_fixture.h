#pragma once

// One connection of a client in the hands of the test, and its server.

#include <memory>
#include <optional>
#include <string>

#include "lb/downstream/h1_server.h"
#include "tests/unit/downstream/scripted_service.h"
#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::downstream {

inline constexpr std::string_view kGet = "GET /p HTTP/1.1\r\nHost: h\r\n\r\n";

inline std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

// What ScriptedService::answer becomes on the wire.
inline std::string answered(std::string_view body, std::string_view connection = {}) {
  std::string text = "HTTP/1.1 200 X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  if (!connection.empty()) text += "Connection: " + std::string(connection) + "\r\n";
  return text + "\r\n" + std::string(body);
}

class AServer : public testing::Test {
 protected:
  using State = H1Server::State;

  ~AServer() override {
    if (server_ && !closed_) server_->cut();
  }

  // The client connects; `first` is there when the server begins to look.
  void connects(std::string_view first = {}) { connects(test::connected_pair(), first); }
  void connects(test::Pair pair, std::string_view first) {
    context_.emplace(H1ServerContext{.reactor = reactor_,
                                     .service = service_,
                                     .limits = limits_,
                                     .trusted = trusted_,
                                     .proxy_protocol_from = proxy_protocol_from_});
    context_->on_closed = Callback<H1Server&>::to<&AServer::on_closed>(this);
    client_ = std::move(pair.far);
    near_ = pair.near.get();
    if (!first.empty()) {
      client_.sends(first);
      ASSERT_TRUE(test::wait_until_readable(near_));
    }
    server_ = std::make_unique<H1Server>(*context_, test::loopback(5000).ip);
    ASSERT_EQ(server_->start(std::move(pair.near)), 0);
  }

  // Whatever there was is over, and may be begun again.
  void starts_over() {
    if (!closed_) server_->cut();
    test::turn(reactor_);  // buries the handlers
    service_.offered.clear();
    closed_ = false;
  }

  [[nodiscard]] bool is_offered(std::size_t count) {
    return test::run_until(reactor_, [&] { return service_.offered.size() == count; });
  }
  // The newest one.
  [[nodiscard]] Offered& request() { return service_.offered.back(); }

  [[nodiscard]] bool client_hears(std::string_view text) {
    return test::run_until(reactor_, [&] { return client_.received().size() >= text.size(); }) &&
           client_.received() == text;
  }
  [[nodiscard]] bool client_hears_part(std::string_view part) {
    return test::run_until(reactor_,
                           [&] { return client_.received().find(part) != std::string::npos; });
  }
  [[nodiscard]] bool client_sees_eof() {
    return test::run_until(reactor_, [&] { return client_.saw_eof(); });
  }
  // The server has had its last word; the client leaves, and so it closes.
  [[nodiscard]] bool closes_after_the_client() {
    if (!client_sees_eof() || closed_) return false;
    client_.closes();
    return is_closed();
  }
  [[nodiscard]] bool is_closed() {
    return test::run_until(reactor_, [&] { return closed_; });
  }

  void on_closed(H1Server& server) {
    EXPECT_EQ(&server, server_.get());
    EXPECT_FALSE(closed_);
    closed_ = true;
  }

  ScriptedService service_;  // outlives the handlers that the reactor buries
  event::Reactor reactor_;
  H1ServerLimits limits_;
  std::vector<os::Network> trusted_;
  std::vector<os::Network> proxy_protocol_from_;
  std::optional<H1ServerContext> context_;
  std::unique_ptr<H1Server> server_;
  test::Peer client_;
  int near_ = -1;  // the server's end
  bool closed_ = false;
};

}  // namespace lb::downstream
