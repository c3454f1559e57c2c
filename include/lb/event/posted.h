#pragma once

// A call that its owner wants later in this turn (or, asked for by a posted call, in the next one),
// when the stack is flat again. Posting twice before it runs calls once.

#include <cstdint>

#include "lb/base/callback.h"

namespace lb::event {

class Reactor;

class Posted {
 public:
  Posted(Reactor& reactor, Callback<> call) : reactor_(reactor), call_(call) {}
  ~Posted() { cancel(); }
  Posted(const Posted&) = delete;
  Posted& operator=(const Posted&) = delete;

  void post();
  void cancel();

 private:
  Reactor& reactor_;
  Callback<> call_;
  bool queued_ = false;
};

}  // namespace lb::event
