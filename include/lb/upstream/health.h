#pragma once

// What is known about one server, as a value with one verb: observe a verdict, and hear whether
// that flipped the state.
//
//     kUnknown --first verdict--> kUp | kDown      kUp --fall in a row, or at once--> kDown --rise
//     in a row--> kUp
//
// It knows no clock and no socket; the reasons for logs are kept by the Endpoint.

#include <cstdint>

namespace lb::upstream {

struct HealthThresholds {
  std::uint32_t fall = 2;
  std::uint32_t rise = 2;
};

class Health {
 public:
  enum class State : std::uint8_t { kUnknown, kUp, kDown };

  enum class Verdict : std::uint8_t {
    kPassed,     // an expected status (or a connection, where that is all that is asked)
    kDisowned,   // another status: the server said so itself
    kRefused,    // nobody listens
    kUncertain,  // no answer in time, a reset, garbage: may have been the network
  };

  // Returns whether the state changed. `nobody_up`: no server of the group is up, so one success is
  // enough.
  [[nodiscard]] bool observe(Verdict verdict, const HealthThresholds& thresholds, bool nobody_up);

  // As another process has found it.
  void assume(State state) {
    state_ = state;
    contrary_ = 0;
  }

  [[nodiscard]] State state() const { return state_; }
  // The last verdict contradicts the state.
  [[nodiscard]] bool in_doubt() const { return contrary_ > 0; }

 private:
  [[nodiscard]] bool flip(State to);

  State state_ = State::kUnknown;
  std::uint32_t contrary_ = 0;  // verdicts in a row that contradict the state
};

}  // namespace lb::upstream
