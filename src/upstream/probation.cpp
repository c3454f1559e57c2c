#include "lb/upstream/probation.h"

#include <algorithm>
#include <cassert>

namespace lb::upstream {

bool Probation::begin(Time now) {
  if (state_ != State::kBenched || now < until_) return false;
  state_ = State::kOnTrial;
  return true;
}

void Probation::abandon_trial() {
  assert(state_ == State::kOnTrial);
  state_ = State::kBenched;  // its pause is over: the next request is the next trial
}

bool Probation::answered(bool trial) {
  failures_ = 0;
  if (!trial) return false;
  assert(state_ == State::kOnTrial);
  state_ = State::kTrusted;
  return true;
}

bool Probation::failed(const Rules& rules, bool trial, Time now, bool may_bench) {
  if (trial) {
    pause_ = std::min(pause_ * 2, rules.pause_max);
    bench(now);
    return false;
  }
  if (state_ != State::kTrusted) return false;  // a request from before
  failures_ = std::min(failures_ + 1, rules.fall);
  if (failures_ < rules.fall || !may_bench) return false;
  pause_ = rules.pause;
  bench(now);
  return true;
}

void Probation::bench(Time now) {
  state_ = State::kBenched;
  failures_ = 0;
  until_ = now + pause_;
}

}  // namespace lb::upstream
