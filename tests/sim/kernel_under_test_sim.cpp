#include "tests/sim/kernel/kernel.h"
#include "tests/sim/kernel_under_test.h"

namespace lb::sim {

struct KernelUnderTest::State {
  Kernel kernel{Kernel::Config{}};
};

KernelUnderTest::KernelUnderTest() : state_(std::make_unique<State>()) {}

KernelUnderTest::~KernelUnderTest() = default;

os::Address KernelUnderTest::free_address(os::Family family) {
  if (family == os::Family::kUnix) return {.ip = {}, .unix_path = "/run/test.sock"};
  return {.ip = {.family = family, .port = 0, .octets = {127, 0, 0, 1}}, .unix_path = {}};
}

void KernelUnderTest::raise(int signal) {
  state_->kernel.raise(signal, state_->kernel.processes.current());
}

}  // namespace lb::sim
