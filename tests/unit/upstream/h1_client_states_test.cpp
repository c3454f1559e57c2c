#include <gtest/gtest.h>

#include "lb/upstream/h1_client.h"

namespace lb::upstream {
namespace {

using State = H1Client::State;

constexpr State kStates[] = {State::kConnecting, State::kIdle, State::kStreaming, State::kClosed};

// The drawing in the header: rows from, columns to.
constexpr bool kAllowed[4][4] = {
    // kConnecting kIdle  kStreaming kClosed
    {false, true, false, true},    // kConnecting
    {false, false, true, true},    // kIdle
    {false, true, false, true},    // kStreaming
    {false, false, false, false},  // kClosed
};

TEST(H1ClientStates, FollowTheDrawing) {
  for (std::size_t from = 0; from < 4; ++from) {
    for (std::size_t to = 0; to < 4; ++to) {
      EXPECT_EQ(may_enter(kStates[from], kStates[to]), kAllowed[from][to]) << from << " to " << to;
    }
  }
}

}  // namespace
}  // namespace lb::upstream
