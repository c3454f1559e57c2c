#pragma once

// What differs between the two kernels that os_conformity_test.cpp is run on: how one is there at
// all, and where a test may listen.

#include <memory>

#include "lb/os/os.h"

namespace lb::sim {

class KernelUnderTest {
 public:
  KernelUnderTest();
  ~KernelUnderTest();
  KernelUnderTest(const KernelUnderTest&) = delete;
  KernelUnderTest& operator=(const KernelUnderTest&) = delete;

  // Where nobody listens; of TCP, with port 0.
  [[nodiscard]] os::Address free_address(os::Family family);
  // To this process.
  void raise(int signal);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lb::sim
