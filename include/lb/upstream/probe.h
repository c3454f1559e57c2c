#pragma once

// The health check of one server: one check at a time, each on a fresh connection, because an old
// one can hide a dead path.
//
//     kResting --due--> kConnecting --connected--> kAsking --verdict--> kResting
//
// The verdict falls at the end of the response head: many simple servers never end the body. The
// next check is due one interval after the start of this one, at once if that has passed.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lb/base/random.h"
#include "lb/event/timer.h"
#include "lb/http/stream.h"
#include "lb/upstream/upstream.h"

namespace lb::upstream {

struct StatusInterval {
  std::uint16_t first = 200;
  std::uint16_t last = 299;
};

struct ProbeConfig {
  std::string path = "/health-check";  // empty: a connection is enough
  std::vector<StatusInterval> expected{StatusInterval{}};
  std::chrono::milliseconds interval{10'000};
  std::chrono::milliseconds fast_interval{
      1'000};  // while the last result contradicts the state, or nobody is up
  std::chrono::milliseconds timeout{2'000};
  HealthThresholds thresholds;
};

// Live requests may fail by the thousand in a second; checks need not.
inline constexpr std::chrono::milliseconds kSuspicionPause{10};

class ProbeObserver {
 public:
  // After the verdict of a check has been taken in.
  virtual void on_checked(Endpoint& endpoint, bool flipped) = 0;

 protected:
  ~ProbeObserver() = default;
};

class Probe final : public http::ClientStreamHandler {
 public:
  enum class State : std::uint8_t { kResting, kConnecting, kAsking };

  Probe(Upstream& upstream, H1ClientContext& context, Endpoint& endpoint, const ProbeConfig& config,
        ProbeObserver& observer, Random& random);
  ~Probe();

  // Checks now, if it rests.
  void check();
  // The same, because a live request failed; not sooner than kSuspicionPause after the last start.
  void check_suspect();
  // The next check comes after the fast interval at the latest.
  void hurry();
  void stop();

  // http::ClientStreamHandler
  void on_connected() override;
  void on_interim(http::ResponseHead&) override {}
  void on_response(http::ResponseHead& head, const http::Piece& first) override;
  void on_response_body(const http::Piece&) override {}
  void on_request_drained() override {}
  void on_request_sent() override {}
  void on_server_failed(const Error& error) override;
  void on_server_down() override {}

 private:
  void postpone(const Error& error);
  void on_timeout();
  void ask();
  void conclude(Health::Verdict verdict, const std::string& reason);
  void end_attempt();
  void schedule_next();
  [[nodiscard]] bool is_expected(std::uint16_t status) const;
  [[nodiscard]] std::string what() const;
  [[nodiscard]] std::string explain(const Error& error) const;

  Upstream& upstream_;
  H1ClientContext& context_;
  Endpoint& endpoint_;
  const ProbeConfig& config_;
  ProbeObserver& observer_;
  Random& random_;
  event::Timer next_;
  event::Timer timeout_;
  std::unique_ptr<H1Client> client_;
  os::Time started_at_{};
  State state_ = State::kResting;
  bool announced_ = false;
};

}  // namespace lb::upstream
