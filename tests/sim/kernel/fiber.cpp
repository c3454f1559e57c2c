#include "tests/sim/kernel/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#include "lb/base/sanitized.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace lb::sim {
namespace {

constexpr std::size_t kStackBytes = 1024 * 1024;  // touched as far as it is used
constexpr std::size_t kGuardBytes = 4096;

Fiber* left = nullptr;  // the one that was switched from last

void start_switch([[maybe_unused]] void** fake_stack, [[maybe_unused]] const void* stack,
                  [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(fake_stack, stack, bytes);
#endif
}

// The frames that were left on what was a stack before.
void forget_frames([[maybe_unused]] void* memory) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(memory, kStackBytes);
#endif
}

void end_switch([[maybe_unused]] void* fake_stack, [[maybe_unused]] const void** stack,
                [[maybe_unused]] std::size_t* bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_stack, stack, bytes);
#endif
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)) {
  memory_ = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory_ == MAP_FAILED) throw std::bad_alloc();
  forget_frames(memory_);
  mprotect(memory_, kGuardBytes, PROT_NONE);
  stack_ = memory_;
  stack_bytes_ = kStackBytes;
  getcontext(&context_);
  context_.uc_stack.ss_sp = memory_;
  context_.uc_stack.ss_size = kStackBytes;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&context_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
}

Fiber::~Fiber() {
  if (memory_ != nullptr) munmap(memory_, kStackBytes);
}

// makecontext(3) passes ints only.
void Fiber::enter(unsigned high, unsigned low) {
  auto* self = reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32) | low);
  self->finish_switch();
  self->body_();
}

void Fiber::switch_to(Fiber& next) {
  left = this;
  start_switch(&fake_stack_, next.stack_, next.stack_bytes_);
  swapcontext(&context_, &next.context_);
  finish_switch();
}

// What AddressSanitizer knows of the stack that was left: the first one is not ours.
void Fiber::finish_switch() {
  end_switch(fake_stack_, &left->stack_, &left->stack_bytes_);
}

}  // namespace lb::sim
