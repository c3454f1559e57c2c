#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/sim/kernel_under_test.h"

namespace lb::sim {

struct KernelUnderTest::State {
  std::string folder;
};

KernelUnderTest::KernelUnderTest() : state_(std::make_unique<State>()) {
  std::string name = std::filesystem::temp_directory_path() / "lb-kernel-XXXXXX";
  state_->folder = mkdtemp(name.data());
}

KernelUnderTest::~KernelUnderTest() {
  std::filesystem::remove_all(state_->folder);
}

os::Address KernelUnderTest::free_address(os::Family family) {
  if (family == os::Family::kUnix) return {.ip = {}, .unix_path = state_->folder + "/a.sock"};
  return {.ip = {.family = family, .port = 0, .octets = {127, 0, 0, 1}}, .unix_path = {}};
}

void KernelUnderTest::raise(int signal) {
  kill(getpid(), signal);
}

}  // namespace lb::sim
