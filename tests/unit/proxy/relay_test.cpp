#include "lb/proxy/relay.h"

#include <gtest/gtest.h>

namespace lb::proxy {
namespace {

using http::Flow;
using State = Relay::State;
using Step = Relay::Step;

constexpr State kStates[] = {State::kWaiting, State::kFlowing, State::kPaused, State::kEnded,
                             State::kBroken};

// The drawing in the header: rows from, columns to. Each piece that flows enters kFlowing anew.
constexpr bool kAllowed[5][5] = {
    // kWaiting kFlowing kPaused kEnded kBroken
    {false, true, false, true, true},     // kWaiting
    {false, true, true, true, true},      // kFlowing
    {false, true, false, true, true},     // kPaused
    {false, false, false, false, false},  // kEnded
    {false, false, false, false, false},  // kBroken
};

TEST(RelayStates, FollowTheDrawing) {
  for (std::size_t from = 0; from < 5; ++from) {
    for (std::size_t to = 0; to < 5; ++to) {
      EXPECT_EQ(may_enter(kStates[from], kStates[to]), kAllowed[from][to]) << from << " to " << to;
    }
  }
}

const http::Piece kPiece{.bytes = {}, .end = false};
const http::Piece kLast{.bytes = {}, .end = true};

class ARelay : public testing::Test {
 protected:
  // Fills the sink.
  void pauses() { EXPECT_EQ(relay_.carried(kPiece, Flow::kFull), Step::kPauseSource); }

  Relay relay_;
};

TEST_F(ARelay, WaitsAtFirst) {
  EXPECT_EQ(relay_.state(), State::kWaiting);
  EXPECT_EQ(relay_.drained(), Step::kNothing);
  EXPECT_EQ(relay_.state(), State::kWaiting);
}

TEST_F(ARelay, FlowsWhileTheSinkIsOpen) {
  EXPECT_EQ(relay_.carried(kPiece, Flow::kOpen), Step::kNothing);
  EXPECT_EQ(relay_.carried(kPiece, Flow::kOpen), Step::kNothing);
  EXPECT_EQ(relay_.state(), State::kFlowing);
}

TEST_F(ARelay, PausesItsSourceWhenTheSinkIsFullAtOnceOrLater) {
  pauses();
  EXPECT_EQ(relay_.state(), State::kPaused);
  EXPECT_EQ(relay_.drained(), Step::kResumeSource);
  EXPECT_EQ(relay_.carried(kPiece, Flow::kOpen), Step::kNothing);
  pauses();
  EXPECT_EQ(relay_.state(), State::kPaused);
}

TEST_F(ARelay, PausesItsSourceOnceForPiecesThatWereOnTheirWay) {
  pauses();
  EXPECT_EQ(relay_.carried(kPiece, Flow::kFull), Step::kNothing);
  EXPECT_EQ(relay_.carried(kPiece, Flow::kOpen), Step::kNothing);
  EXPECT_EQ(relay_.state(), State::kPaused) << "only on_drained ends the pause";
}

TEST_F(ARelay, ResumesItsSourceOnce) {
  pauses();
  EXPECT_EQ(relay_.drained(), Step::kResumeSource);
  EXPECT_EQ(relay_.drained(), Step::kNothing);
  EXPECT_EQ(relay_.state(), State::kFlowing);
}

TEST_F(ARelay, EndsWithTheLastPieceAlsoOneThatFillsTheSink) {
  EXPECT_EQ(relay_.carried(kLast, Flow::kFull), Step::kNothing) << "nothing is left to pause";
  EXPECT_TRUE(relay_.ended());
  EXPECT_EQ(relay_.drained(), Step::kNothing);
}

TEST_F(ARelay, EndsWhilePaused) {
  pauses();
  EXPECT_EQ(relay_.carried(kLast, Flow::kFull), Step::kNothing);
  EXPECT_TRUE(relay_.ended());
  EXPECT_EQ(relay_.drained(), Step::kNothing);
}

TEST_F(ARelay, BreaksFromEveryStateButTheEnd) {
  Relay flowing;
  static_cast<void>(flowing.carried(kPiece, Flow::kOpen));
  Relay paused;
  static_cast<void>(paused.carried(kPiece, Flow::kFull));
  for (Relay* relay : {&relay_, &flowing, &paused}) {
    relay->broke();
    EXPECT_EQ(relay->state(), State::kBroken);
    EXPECT_EQ(relay->drained(), Step::kNothing);
    relay->broke();
    EXPECT_EQ(relay->state(), State::kBroken);
  }
}

TEST_F(ARelay, ThatEndedDoesNotBreak) {
  static_cast<void>(relay_.carried(kLast, Flow::kOpen));
  relay_.broke();
  EXPECT_TRUE(relay_.ended());
}

}  // namespace
}  // namespace lb::proxy
