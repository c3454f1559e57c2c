#include <gtest/gtest.h>

#include "lb/downstream/h1_server.h"

namespace lb::downstream {
namespace {

using State = H1Server::State;

constexpr std::size_t kCount = 6;
constexpr State kStates[kCount] = {State::kProxyHeader, State::kIdle,      State::kHead,
                                   State::kStreaming,   State::kLingering, State::kClosed};

// The drawing in the header: rows from, columns to. A head that came whole is never seen as kHead.
constexpr bool kAllowed[kCount][kCount] = {
    // kProxyHeader kIdle kHead kStreaming kLingering kClosed
    {false, true, false, false, false, true},    // kProxyHeader
    {false, false, true, true, false, true},     // kIdle
    {false, false, false, true, false, true},    // kHead
    {false, true, false, false, true, true},     // kStreaming
    {false, false, false, false, false, true},   // kLingering
    {false, false, false, false, false, false},  // kClosed
};

TEST(H1ServerStates, FollowTheDrawing) {
  for (std::size_t from = 0; from < kCount; ++from) {
    for (std::size_t to = 0; to < kCount; ++to) {
      EXPECT_EQ(may_enter(kStates[from], kStates[to]), kAllowed[from][to]) << from << " to " << to;
    }
  }
}

}  // namespace
}  // namespace lb::downstream
