#pragma once

// Servers whose answers to health checks the test writes by hand.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lb/upstream/health_checker.h"
#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::upstream {

inline constexpr std::string_view kPass = "HTTP/1.1 200 OK\r\n\r\n";
inline constexpr std::string_view kFail = "HTTP/1.1 500 Oh\r\n\r\n";

class AHealthCheck : public testing::Test {
 protected:
  using State = Health::State;

  // Servers "a", "b", …, and all their first checks.
  void starts(std::size_t servers = 1) {
    listens(servers);
    std::vector<EndpointConfig> configs;
    for (std::size_t i = 0; i < servers; ++i) {
      const std::string name(1, static_cast<char>('a' + i));
      configs.push_back({.name = name, .addresses = {origins_[i]->address()}});
    }
    if (!addresses_.empty()) configs[0].addresses = addresses_;
    group_.emplace(reactor_, limits_, std::move(configs), 4);
    checker_.emplace(*group_, config_, 1);
    checker_->start();
  }

  void listens(std::size_t servers) {
    while (origins_.size() < servers) origins_.push_back(std::make_unique<test::Listening>());
  }

  [[nodiscard]] Endpoint& server(std::size_t index = 0) { return *group_->endpoints()[index]; }

  // The next check of that server: its connection, with the request received.
  test::Peer checked(std::size_t index = 0) {
    test::Peer check;
    EXPECT_TRUE(test::run_until(reactor_, [&] {
      if (!check.is_open()) check = origins_[index]->accept_now();
      return check.is_open() && (config_.path.empty() || check.received().ends_with("\r\n\r\n"));
    }));
    return check;
  }
  // The same, answered; the verdict has fallen.
  void answers(std::string_view text, std::size_t index = 0) {
    test::Peer check = checked(index);
    check.sends(text);
    EXPECT_TRUE(ends(check));
  }
  // The probe has let go of that connection.
  [[nodiscard]] bool ends(test::Peer& check) {
    return test::run_until(reactor_, [&] { return check.saw_end(); });
  }
  [[nodiscard]] bool becomes(State state, std::size_t index = 0) {
    return test::run_until(reactor_, [&] { return server(index).health.state() == state; });
  }

  event::Reactor reactor_;
  H1ClientLimits limits_;
  // The next check comes soon or not in the time of this test.
  static constexpr std::chrono::milliseconds kSoon{20};
  static constexpr std::chrono::milliseconds kNever{600'000};
  ProbeConfig config_{.interval = kNever, .fast_interval = kNever, .thresholds = {}};
  std::vector<os::Address> addresses_;  // of the first server, if not where it listens
  std::vector<std::unique_ptr<test::Listening>> origins_;
  std::optional<Upstream> group_;
  std::optional<HealthChecker> checker_;
};

}  // namespace lb::upstream
