#pragma once

// One exchange between a client that is a fake and servers whose answers the test writes by hand.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lb/http/parser.h"
#include "lb/proxy/exchange.h"
#include "tests/unit/proxy/fake_stream.h"
#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::proxy {

inline constexpr std::string_view kGet = "GET /p HTTP/1.1\r\nHost: h\r\n\r\n";
inline constexpr std::string_view kPost =
    "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
// What is added to a head on its way.
inline constexpr std::string_view kAdded =
    "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: h\r\n"
    "Via: 1.1 lb-test\r\n";

class AnExchange : public testing::Test {
 protected:
  ~AnExchange() override { exchange_.reset(); }

  // Servers "a:80", "b:80", … at these addresses.
  void has(const std::vector<os::Address>& addresses) {
    std::vector<upstream::EndpointConfig> configs;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      configs.push_back({.name = std::string(1, static_cast<char>('a' + i)) + ":80",
                         .addresses = {addresses[i]}});
    }
    group_.emplace(reactor_, limits_, std::move(configs), 4);
    context_.emplace(ProxyContext{.reactor = reactor_,
                                  .upstream = *group_,
                                  .clock = clock_,
                                  .rules = {.via = "lb-test"},
                                  .retries = retries_,
                                  .budget = RetryBudget(retries_.budget_percent),
                                  .access = &log_,
                                  .counters = {},
                                  .scratch = std::vector<char>(64 * 1024)});
  }

  // The client sends that head, and so much of the body.
  void requests(std::string head_text, std::string body = {}, bool end = true) {
    if (!group_) has({origin_listens_.address()});
    stream_ = {};
    exchange_ = std::make_unique<Exchange>(*context_, stream_);
    http::RequestHead head;
    ASSERT_EQ(http::parse_request(head_text, {}, head).status, http::ParseStatus::kDone);
    exchange_->on_request(head, {.bytes = body, .end = end}, {.client_ip = "192.0.2.1"});
    // Nothing of it lives on: what is held must have been copied.
    head_text.assign(head_text.size(), '!');
    body.assign(body.size(), '!');
  }
  void sends_body(std::string text, bool end = false) {
    exchange_->on_request_body({.bytes = text, .end = end});
  }

  // The server takes the connection.
  void connects() { connects(origin_listens_); }
  void connects(test::Listening& listening) {
    ASSERT_TRUE(test::run_until(reactor_, [&] {
      origin_ = listening.accept_now();
      return origin_.is_open();
    }));
  }
  // The server has it all, and it was this.
  [[nodiscard]] bool origin_hears(std::string_view text) {
    return test::run_until(reactor_, [&] { return origin_.received().size() >= text.size(); }) &&
           origin_.received() == text;
  }
  // The request is with the server.
  void is_asked(std::string_view head = kGet) {
    if (!exchange_) requests(std::string(head));
    connects();
    ASSERT_TRUE(test::run_until(
        reactor_, [&] { return origin_.received().find("\r\n\r\n") != std::string::npos; }));
  }
  void answers(std::string_view text) {
    origin_.sends(text);
    ASSERT_TRUE(is_over());
  }
  [[nodiscard]] bool is_over() {
    return test::run_until(reactor_, [&] { return stream_.over(); });
  }
  [[nodiscard]] bool origin_sees_end() {
    return test::run_until(reactor_, [&] { return origin_.saw_end(); });
  }

  // One answer made here, which ended the exchange.
  void expect_reply(int status, std::string_view text) {
    ASSERT_TRUE(is_over());
    EXPECT_EQ(stream_.status, status);
    EXPECT_EQ(stream_.body, text);
    EXPECT_TRUE(stream_.ended);
    EXPECT_EQ(stream_.finishes, 1);
    EXPECT_EQ(stream_.resets, 0);
    EXPECT_EQ(context_->counters.replies, 1U);
    EXPECT_EQ(context_->counters.cut, 0U);
  }
  // One line, from the status to the number of tries.
  void expect_logged(std::string_view part) {
    ASSERT_EQ(log_.lines.size(), 1U);
    EXPECT_NE(log_.lines[0].find(part), std::string::npos) << log_.lines[0];
  }

  [[nodiscard]] upstream::Endpoint& server(std::size_t index = 0) {
    return *group_->endpoints()[index];
  }

  event::Reactor reactor_;
  upstream::H1ClientLimits limits_;
  RetryRules retries_{.repeats_max = 0};  // what fails, fails, unless a test says otherwise
  test::Listening origin_listens_;
  test::Refusing refusing_;
  test::Peer origin_;
  FakeStream stream_;
  FakeClock clock_;
  FakeLog log_;
  std::optional<upstream::Upstream> group_;
  std::optional<ProxyContext> context_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace lb::proxy
