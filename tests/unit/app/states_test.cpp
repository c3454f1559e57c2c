#include <gtest/gtest.h>

#include <array>

#include "app/successor.h"
#include "app/worker.h"

namespace lb::app {
namespace {

TEST(ASuccessor, IsAwaitedThenDoneOrNone) {
  using enum Successor::State;
  constexpr std::array kAll = {kNone, kAwaiting, kDone};
  for (const auto from : kAll) {
    for (const auto to : kAll) {
      const bool drawn =
          (from == kNone && to == kAwaiting) || (from == kAwaiting && to != kAwaiting);
      EXPECT_EQ(may_enter(from, to), drawn) << static_cast<int>(from) << static_cast<int>(to);
    }
  }
}

TEST(AWorker, GoesStepByStepAndEndsAtAny) {
  using enum Worker::State;
  constexpr std::array kAll = {kEnded, kStarting, kReady, kServing};
  for (std::size_t from = 0; from < kAll.size(); ++from) {
    for (std::size_t to = 0; to < kAll.size(); ++to) {
      const bool drawn = to == from + 1 || (to == 0 && from != 0);
      EXPECT_EQ(may_enter(kAll[from], kAll[to]), drawn) << from << to;
    }
  }
}

}  // namespace
}  // namespace lb::app
