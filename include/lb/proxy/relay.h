#pragma once

// One direction of an exchange, as a value: where its body stands, and what backpressure asks of
// the source. It moves no bytes itself; the Exchange passes each piece from source to sink and does
// what the returned step says.
//
//     kWaiting --piece--> kFlowing <--full / drained--> kPaused
//     kFlowing, kPaused, kWaiting --last piece--> kEnded
//     (any but kEnded) --source or sink failed--> kBroken

#include <cstdint>

#include "lb/http/stream.h"

namespace lb::proxy {

class Relay {
 public:
  enum class State : std::uint8_t { kWaiting, kFlowing, kPaused, kEnded, kBroken };
  enum class Step : std::uint8_t { kNothing, kPauseSource, kResumeSource };

  // The sink took `piece` and answered `flow`.
  [[nodiscard]] Step carried(const http::Piece& piece, http::Flow flow);
  // The sink has room again.
  [[nodiscard]] Step drained();
  void broke();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool ended() const { return state_ == State::kEnded; }

 private:
  void enter(State next);

  State state_ = State::kWaiting;
};

// The arrows of the drawing.
[[nodiscard]] bool may_enter(Relay::State from, Relay::State to);

}  // namespace lb::proxy
