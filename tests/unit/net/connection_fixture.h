#pragma once

// A connection with a peer at its far end and a handler that writes down what it hears.

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lb/net/connection.h"
#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::net {

class RecordingHandler final : public ConnectionHandler {
 public:
  std::string taken;                // all that was consumed
  std::vector<std::string> offers;  // what each on_bytes was given
  int eofs = 0;
  int drains = 0;
  int sents = 0;
  std::optional<ErrorCode> failure;
  int failures = 0;

  std::function<std::size_t(std::span<char>)> takes;  // all, unless the test says otherwise
  std::function<void()> then_drained;

  std::size_t on_bytes(std::span<char> bytes) override {
    offers.emplace_back(bytes.data(), bytes.size());
    const std::size_t count = takes ? takes(bytes) : bytes.size();
    taken.append(bytes.data(), count);
    return count;
  }
  void on_eof() override { ++eofs; }
  void on_drained() override {
    ++drains;
    if (then_drained) then_drained();
  }
  void on_sent() override { ++sents; }
  void on_failed(ErrorCode code, int) override {
    failure = code;
    ++failures;
  }
};

class AConnection : public testing::Test {
 protected:
  using Unread = Connection::Unread;

  explicit AConnection(Unread unread = Unread::kForget) : connection_(reactor_, handler_, unread) {}
  ~AConnection() override { connection_.close(); }

  void opens() { opens(test::connected_pair()); }
  void opens(test::Pair pair) {
    far_ = std::move(pair.far);
    ASSERT_EQ(connection_.open(std::move(pair.near)), 0);
  }

  bool send(std::string_view text) {
    const std::string_view slices[] = {text};
    return connection_.send(slices);
  }

  // The far end says something, and the kernel knows.
  void hears(std::string_view text) {
    far_.sends(text);
    ASSERT_TRUE(test::wait_until_readable(connection_.fd()));
  }
  void far_resets() {
    far_.resets();
    ASSERT_TRUE(test::wait_until_readable(connection_.fd()));
  }

  // Sends until something waits; returns all that was sent.
  std::string fill() {
    std::string all;
    const std::string block(16 * 1024, 'x');
    do {
      all += block;
      all.back() = static_cast<char>('a' + all.size() / block.size() % 26);
    } while (!send(std::string_view(all).substr(all.size() - block.size())));
    return all;
  }

  [[nodiscard]] bool far_receives(std::string_view text) {
    return test::run_until(reactor_, [&] { return far_.received() == text; });
  }

  event::Reactor reactor_;
  RecordingHandler handler_;
  Connection connection_;
  test::Peer far_;
};

}  // namespace lb::net
