#include "lb/upstream/health.h"

namespace lb::upstream {

bool Health::observe(Verdict verdict, const HealthThresholds& thresholds, bool nobody_up) {
  const bool passed = verdict == Verdict::kPassed;
  if (state_ == State::kUnknown) return flip(passed ? State::kUp : State::kDown);
  if (passed == (state_ == State::kUp)) {
    contrary_ = 0;
    return false;
  }
  ++contrary_;
  if (passed) return nobody_up || contrary_ >= thresholds.rise ? flip(State::kUp) : false;
  const bool at_once = verdict == Verdict::kDisowned || verdict == Verdict::kRefused;
  return at_once || contrary_ >= thresholds.fall ? flip(State::kDown) : false;
}

bool Health::flip(State to) {
  state_ = to;
  contrary_ = 0;
  return true;
}

}  // namespace lb::upstream
