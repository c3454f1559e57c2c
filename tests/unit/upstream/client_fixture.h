#pragma once

// A group of one server, whose answers the test writes by hand, and a handler that writes down what
// it hears.

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lb/upstream/upstream.h"
#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::upstream {

inline std::string text_of(const http::Fields& fields) {
  std::string text;
  for (const http::Field& field : fields) text += field.text();
  return text;
}

class RecordingStreamHandler final : public http::ClientStreamHandler {
 public:
  int connects = 0;
  std::vector<int> interims;
  std::optional<int> status;
  std::string fields;
  std::string body;
  std::string trailers;
  bool ended = false;
  int drains = 0;
  int sents = 0;
  std::optional<Error> failure;
  int failures = 0;
  int downs = 0;
  int pieces = 0;

  std::function<void()> then_response;

  void on_connected() override { ++connects; }
  void on_interim(http::ResponseHead& head) override { interims.push_back(head.status); }
  void on_response(http::ResponseHead& head, const http::Piece& first) override {
    EXPECT_FALSE(status.has_value()) << "a second response";
    status = head.status;
    fields = text_of(head.fields);
    take(first);
  }
  void on_response_body(const http::Piece& piece) override { take(piece); }
  void on_request_drained() override { ++drains; }
  void on_request_sent() override { ++sents; }
  void on_server_failed(const Error& error) override {
    failure = error;
    ++failures;
  }
  void on_server_down() override { ++downs; }

  [[nodiscard]] bool over() const { return ended || failures > 0; }

 private:
  void take(const http::Piece& piece) {
    EXPECT_FALSE(ended) << "a piece after the end";
    ++pieces;
    body.append(piece.bytes.data(), piece.bytes.size());
    if (piece.trailers != nullptr) trailers = text_of(*piece.trailers);
    ended = piece.end;
    if (then_response) then_response();
  }
};

// A request without a Host of its own: the server's name is sent.
inline http::RequestHead request_head(http::Method method, std::string_view text) {
  http::RequestHead head;
  head.method = method;
  head.method_text = text;
  head.path = "/p";
  return head;
}

inline constexpr std::string_view kRequestText = "GET /p HTTP/1.1\r\nHost: origin:80\r\n\r\n";

class AClient : public testing::Test {
 protected:
  ~AClient() override {
    if (client_) client_->close();
  }

  // The group, as the limits and addresses stand now.
  Upstream& upstream() {
    if (!upstream_) {
      if (addresses_.empty()) addresses_ = {origin_listens_.address()};
      upstream_.emplace(reactor_, limits_,
                        std::vector<EndpointConfig>{{.name = "origin:80", .addresses = addresses_}},
                        idle_max_);
    }
    return *upstream_;
  }

  void opens() {
    client_ = upstream().open({}, handler_);
    ASSERT_NE(client_, nullptr);
  }
  // Opens, and the server accepts.
  void connects() {
    opens();
    ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.connects > 0; }));
    origin_ = origin_listens_.accept();
    ASSERT_TRUE(origin_.is_open());
  }

  // A request without a body; the server has it.
  void asks(http::Method method = http::Method::kGet, std::string_view text = "GET") {
    sends(request_head(method, text));
    ASSERT_TRUE(origin_hears("\r\n\r\n"));
  }
  // A request whose body is still to come.
  void asks_with_body(http::Framing framing) {
    http::RequestHead head = request_head(http::Method::kPost, "POST");
    head.framing = framing;
    sends(head, false);
  }
  void sends(const http::RequestHead& head, bool end = true) {
    request_ = {};
    request_.write(head, {.bytes = {}, .end = end});
    static_cast<void>(client_->send_request(request_));
  }
  http::Flow sends_body(std::string text, bool end) {
    return client_->send_body({.bytes = text, .end = end}, request_);
  }

  [[nodiscard]] bool origin_hears(std::string_view part) {
    return test::run_until(reactor_,
                           [&] { return origin_.received().find(part) != std::string::npos; });
  }

  // The whole answer has come, or the failure.
  [[nodiscard]] bool is_over() {
    return test::run_until(reactor_, [&] { return handler_.over(); });
  }
  void answers(std::string_view text) {
    origin_.sends(text);
    ASSERT_TRUE(is_over());
  }
  void drips(std::string_view text) {
    for (const char c : text) {
      origin_.sends({&c, 1});
      test::turn(reactor_);
    }
    ASSERT_TRUE(is_over());
  }

  void expect_failure(ErrorCode code, Phase phase) {
    ASSERT_TRUE(is_over());
    ASSERT_TRUE(handler_.failure.has_value());
    EXPECT_EQ(handler_.failure->code, code) << describe(handler_.failure->code);
    EXPECT_EQ(handler_.failure->side, Side::kUpstream);
    EXPECT_EQ(handler_.failure->phase, phase);
    EXPECT_EQ(client_->state(), H1Client::State::kClosed);
    test::run_for(reactor_, std::chrono::milliseconds(10));
    EXPECT_EQ(handler_.failures, 1);
  }

  [[nodiscard]] Pool& pool() { return upstream().endpoints()[0]->pool; }

  event::Reactor reactor_;
  test::Listening origin_listens_;
  test::Peer origin_;
  H1ClientLimits limits_;
  std::size_t idle_max_ = 4;
  std::vector<os::Address> addresses_;
  RecordingStreamHandler handler_;
  std::optional<Upstream> upstream_;
  std::unique_ptr<H1Client> client_;
  http::OutgoingRequest request_;
};

}  // namespace lb::upstream
