#pragma once

// A stack of its own, on which a simulated process runs until it gives way to another one. One
// thread: nothing runs that was not switched to (makecontext(3)).

#include <ucontext.h>

#include <cstddef>
#include <functional>

namespace lb::sim {

class Fiber {
 public:
  Fiber() = default;  // the stack that whoever makes it runs on
  // `body` gives way at its end and is not switched to again.
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // From this one, which runs; returns when somebody switches back. Not from within a catch block:
  // the C++ runtime keeps what is caught by thread.
  void switch_to(Fiber& next);

 private:
  static void enter(unsigned high, unsigned low);
  void finish_switch();

  const std::function<void()> body_;
  ucontext_t context_{};
  void* memory_ = nullptr;
  // As AddressSanitizer has to be told of each switch.
  const void* stack_ = nullptr;
  std::size_t stack_bytes_ = 0;
  void* fake_stack_ = nullptr;
};

}  // namespace lb::sim
