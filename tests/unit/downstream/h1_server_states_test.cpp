#include <gtest/gtest.h>

#include "lb/downstream/h1_server.h"

namespace lb::downstream {
namespace {

using State = H1Server::State;

constexpr State kStates[] = {State::kIdle, State::kHead, State::kStreaming, State::kLingering,
                             State::kClosed};

// The drawing in the header: rows from, columns to. A head that came whole is never seen as kHead.
constexpr bool kAllowed[5][5] = {
    // kIdle kHead  kStreaming kLingering kClosed
    {false, true, true, false, true},     // kIdle
    {false, false, true, false, true},    // kHead
    {true, false, false, true, true},     // kStreaming
    {false, false, false, false, true},   // kLingering
    {false, false, false, false, false},  // kClosed
};

TEST(H1ServerStates, FollowTheDrawing) {
  for (std::size_t from = 0; from < 5; ++from) {
    for (std::size_t to = 0; to < 5; ++to) {
      EXPECT_EQ(may_enter(kStates[from], kStates[to]), kAllowed[from][to]) << from << " to " << to;
    }
  }
}

}  // namespace
}  // namespace lb::downstream
