#pragma once

// A backend of a trial: one thread, one epoll. It answers with contents that depend on the id of
// the request, enters what it applies into the ledger, and fails in the way that its behaviour
// says.

#include <chrono>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/e2e/support/fd.h"
#include "tests/e2e/trials/backend/behaviour.h"
#include "tests/e2e/trials/backend/request.h"
#include "tests/e2e/trials/ledger.h"

namespace lb::e2e {

class BackendServer {
 public:
  explicit BackendServer(const Behaviour& behaviour);

  [[nodiscard]] std::uint16_t port() const;
  // Until SIGTERM, and then until the last connection has ended.
  void runs();

 private:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  // What happens to a connection when its time has come.
  enum class Step : std::uint8_t { kNone, kAnswers, kEndsIdle, kEndsHalfClosed, kResets, kCloses };

  struct Connection {
    Fd fd;
    std::string in;
    std::string out;
    std::uint64_t body_left = 0;  // behind `out`
    RequestId id = 0;             // of the request that is worked on
    bool post = false;
    bool large = false;
    bool busy = false;  // until its answer is sent
    bool says_close = false;
    bool half_closed = false;
    bool writes = false;            // waits for room
    Ending ending = Ending::kNone;  // of the next request, when the idle time is over
    Step step = Step::kNone;
    Time due{};
  };

  // ---- events
  void listens();
  void turns();
  void accepts();
  void on_ready(int number, std::uint32_t events);
  void on_signal();
  void on_due();
  [[nodiscard]] int wait_milliseconds() const;

  // ---- one connection
  [[nodiscard]] bool reads(Connection& connection);  // false: it has ended
  void serves(Connection& connection);
  void takes(Connection& connection, const TrialRequest& request);
  [[nodiscard]] bool fails_instead(Connection& connection);
  void misbehaves(Connection& connection);
  void begins_answer(Connection& connection);
  void answers(Connection& connection);
  void flushes(Connection& connection);
  void answered(Connection& connection);
  void draws_end(Connection& connection);
  void ends_idle(Connection& connection);
  void half_closes(Connection& connection);
  void sets_due(Connection& connection, Step step, std::chrono::milliseconds span);
  void watches(Connection& connection, std::uint32_t events) const;
  void closes(Connection& connection);
  void resets(Connection& connection);

  // ---- the whole
  [[nodiscard]] bool meets_mode();
  void applies(RequestId id, bool post);
  [[nodiscard]] std::vector<int> numbers() const;
  void leaves();
  void leaves_abruptly();
  void fills_queue();

  Behaviour behaviour_;
  Ledger ledger_;
  std::mt19937 dice_;
  Mode mode_;
  Fd poll_;
  Fd listener_;
  Fd signals_;
  bool leaving_ = false;
  std::uint64_t met_ = 0;
  std::unordered_map<int, Connection> connections_;
  std::set<std::pair<Time, int>> due_;
  std::vector<Fd> fillers_;
  std::string scratch_;
};

}  // namespace lb::e2e
