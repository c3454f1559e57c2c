#include "lb/proxy/relay.h"

#include <cassert>

namespace lb::proxy {

bool may_enter(Relay::State from, Relay::State to) {
  using State = Relay::State;
  const bool over = from == State::kEnded || from == State::kBroken;
  switch (to) {
    case State::kWaiting:
      return false;
    case State::kFlowing:
      return !over;
    case State::kPaused:
      return from == State::kFlowing;
    case State::kEnded:
    case State::kBroken:
      return !over;
  }
  return false;
}

void Relay::enter(State next) {
  assert(may_enter(state_, next));
  state_ = next;
}

Relay::Step Relay::carried(const http::Piece& piece, http::Flow flow) {
  if (piece.end) {
    enter(State::kEnded);
    return Step::kNothing;
  }
  if (state_ == State::kPaused)
    return Step::kNothing;  // what was on its way when the source paused
  enter(State::kFlowing);
  if (flow == http::Flow::kOpen) return Step::kNothing;
  enter(State::kPaused);
  return Step::kPauseSource;
}

Relay::Step Relay::drained() {
  if (state_ != State::kPaused) return Step::kNothing;
  enter(State::kFlowing);
  return Step::kResumeSource;
}

void Relay::broke() {
  if (state_ != State::kEnded && state_ != State::kBroken) enter(State::kBroken);
}

}  // namespace lb::proxy
