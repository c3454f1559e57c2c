#include "lb/upstream/probation.h"

#include <algorithm>

namespace lb::upstream {

bool Probation::begin(Time now) {
  if (state_ == State::kTrusted || now < until_) return false;
  state_ = State::kOnTrial;
  until_ = now + pause_;
  return true;
}

// The next request is the next trial, unless another one runs beside it.
void Probation::abandon_trial(Time now) {
  if (state_ != State::kOnTrial) return;
  state_ = State::kBenched;
  until_ = std::min(until_, now);
}

bool Probation::answered(bool trial) {
  failures_ = 0;
  if (!trial || state_ == State::kTrusted) return false;
  state_ = State::kTrusted;
  return true;
}

bool Probation::failed(const Rules& rules, bool trial, Time now, bool may_bench) {
  if (trial && state_ != State::kTrusted) {
    // Of several trials that overlap, the first one counts.
    if (state_ == State::kOnTrial) pause_ = std::min(pause_ * 2, rules.pause_max);
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
