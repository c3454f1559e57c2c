#pragma once

// What live requests tell about a server whose checks pass. One that lets request after request
// wait in vain, a liar, is benched; after a pause one request at a time tries it, and an answer
// brings it back.
//
//     kTrusted --`fall` failures in a row--> kBenched <--failed, the pause doubles-- kOnTrial
//         ^                                       \--pause over, a request goes there--^  |
//         \-----------------------------------answered-----------------------------------/
//
// A value: it knows no clock and no socket, and does not choose who serves.

#include <chrono>
#include <cstdint>

namespace lb::upstream {

class Probation {
 public:
  enum class State : std::uint8_t { kTrusted, kBenched, kOnTrial };
  using Time = std::chrono::steady_clock::time_point;

  struct Rules {
    std::uint32_t fall = 2;  // failures in a row
    std::chrono::milliseconds pause{1'000};
    std::chrono::milliseconds pause_max{60'000};  // each failed trial doubles up to this
  };

  // Nothing stands against it: there is nothing to tell when it answers.
  [[nodiscard]] bool spotless() const { return state_ == State::kTrusted && failures_ == 0; }
  [[nodiscard]] State state() const { return state_; }
  // A request may go there now, as a trial if it is benched.
  [[nodiscard]] bool admits(Time now) const { return state_ == State::kTrusted || now >= until_; }

  // A request goes there. Returns whether that is a trial, which ends by answered(true),
  // failed(…, true, …) or abandon_trial(). One that takes longer than the pause before it, such as
  // a long upload, does not keep the next one off.
  [[nodiscard]] bool begin(Time now);
  void abandon_trial(Time now);  // it ended without telling anything

  // Both return whether the server was brought back, or benched; `may_bench`: another one is there.
  [[nodiscard]] bool answered(bool trial);
  [[nodiscard]] bool failed(const Rules& rules, bool trial, Time now, bool may_bench);

  [[nodiscard]] std::chrono::milliseconds pause() const { return pause_; }

 private:
  void bench(Time now);

  Time until_{};  // nothing goes there, or nothing beside the trial
  std::chrono::milliseconds pause_{};
  std::uint32_t failures_ = 0;  // in a row
  State state_ = State::kTrusted;
};

}  // namespace lb::upstream
