#pragma once

namespace lb {

// What may be handed to event::Reactor::retire. Nobody dies in a callback: its owner takes it away
// and retires it, and it is destroyed at the end of the turn.
class Retirable {
 public:
  virtual ~Retirable() = default;
};

}  // namespace lb
