#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "tests/e2e/support/deadline.h"

namespace lb::e2e {

// A thread of a test's own; joined at the latest when it goes, its failures are the test's.
class Beside {
 public:
  explicit Beside(std::function<void()> work)
      : thread_([work = std::move(work)] {
          try {
            work();
          } catch (const Failure& failure) {
            ADD_FAILURE() << "in a thread of the test: " << failure.what();
          }
        }) {}

  void joins() { thread_.join(); }

 private:
  std::jthread thread_;
};

inline void in_parallel(int count, const std::function<void()>& work) {
  std::vector<Beside> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) all.emplace_back(work);
}

}  // namespace lb::e2e
