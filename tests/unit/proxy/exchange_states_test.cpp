#include <gtest/gtest.h>

#include "lb/proxy/exchange.h"

namespace lb::proxy {
namespace {

using State = Exchange::State;

constexpr State kStates[] = {State::kOpening, State::kForwarding, State::kReplying, State::kClosed};

// The drawing in the header: rows from, columns to. Another server is tried within
// kOpening, or after a failure.
constexpr bool kAllowed[4][4] = {
    // kOpening kForwarding kReplying kClosed
    {false, true, true, true},     // kOpening
    {true, false, true, true},     // kForwarding
    {false, false, false, true},   // kReplying
    {false, false, false, false},  // kClosed
};

TEST(ExchangeStates, FollowTheDrawing) {
  for (std::size_t from = 0; from < 4; ++from) {
    for (std::size_t to = 0; to < 4; ++to) {
      EXPECT_EQ(may_enter(kStates[from], kStates[to]), kAllowed[from][to]) << from << " to " << to;
    }
  }
}

}  // namespace
}  // namespace lb::proxy
