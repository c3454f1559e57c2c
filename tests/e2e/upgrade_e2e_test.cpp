// Switching protocols (RFC 9110 7.8): bytes both ways after a 101, each direction with an end of
// its own.

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

constexpr std::string_view kOffer = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

class Upgrades : public Balanced {
 protected:
  // A client whose offer was accepted.
  Client switched(std::string_view early = {}) {
    Client one = client();
    one.sends(get("/", kOffer) + std::string(early));
    const ResponseHead head = one.reads_head();
    EXPECT_EQ(head.status, 101);
    EXPECT_EQ(head.value("Upgrade"), "websocket");
    EXPECT_EQ(head.value("Connection"), "Upgrade");
    return one;
  }
};

// Sends back what comes, until the client half-closes, then closes.
void echoes_bytes(Exchange& exchange) {
  exchange.sends(kSwitch);
  for (std::string piece = exchange.wire().reads_some(65536); !piece.empty();
       piece = exchange.wire().reads_some(65536)) {
    exchange.sends(piece);
  }
  exchange.sends("bye");
  exchange.closes();
}

std::string reads_exactly(Client& from, std::size_t bytes) {
  std::string all;
  while (all.size() < bytes) {
    const std::string piece = from.reads_some(bytes - all.size());
    if (piece.empty()) break;
    all += piece;
  }
  return all;
}

TEST_F(Upgrades, BytesFlowBothWaysAndEachDirectionEndsByItself) {
  origin.plays(echoes_bytes);
  Client one = switched();
  EXPECT_EQ(origin.request().head.value("Upgrade"), "websocket");
  EXPECT_EQ(origin.request().head.value("Connection"), "Upgrade");
  for (const std::string& message : {std::string("\x81\x02hi", 4), std::string(100'000, 'm')}) {
    one.sends(message);
    EXPECT_EQ(reads_exactly(one, message.size()), message);
  }
  one.half_closes();
  EXPECT_EQ(reads_exactly(one, 3), "bye");
  EXPECT_EQ(one.reads_end(), End::kClosed);
}

TEST_F(Upgrades, BytesRightBehindTheHandshakePassBothWays) {
  origin.plays([](Exchange& exchange) {
    exchange.sends(std::string(kSwitch) + "server first");
    EXPECT_EQ(exchange.wire().reads_some(100), "client first");
    exchange.closes();
  });
  Client one = switched("client first");
  EXPECT_EQ(reads_exactly(one, 12), "server first");
  EXPECT_EQ(one.reads_end(), End::kClosed);
}

TEST_F(Upgrades, InterimResponsesMayPrecedeTheSwitch) {
  origin.plays([](Exchange& exchange) {
    EXPECT_EQ(exchange.wire().reads_some(4), "body");
    exchange.sends("HTTP/1.1 100 Continue\r\n\r\n" + std::string(kSwitch) + "hello");
    exchange.closes();
  });
  Client one = client();
  one.sends(post_head("/", 4, std::string(kOffer) + "Expect: 100-continue\r\n") + "body");
  EXPECT_EQ(one.reads_head().status, 100);
  EXPECT_EQ(one.reads_head().status, 101);
  EXPECT_EQ(reads_exactly(one, 5), "hello");
}

TEST_F(Upgrades, ARefusedOfferIsAnOrdinaryResponse) {
  origin.plays(in_turn({answers(403, "no"), tells("plain")}));
  Client one = client();
  one.sends(get("/", kOffer));
  EXPECT_EQ(one.reads_response().status, 403);
  EXPECT_EQ(one.gets("/").body, "plain");
}

TEST_F(Upgrades, ADemandToOfferOneKeepsWhatIsDemanded) {
  origin.plays(answers(426, "offer it", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  Client one = client();
  const Response demand = one.gets("/");
  EXPECT_EQ(demand.status, 426);
  EXPECT_EQ(demand.value("Upgrade"), "websocket");
  EXPECT_EQ(demand.value("Connection"), "Upgrade");
  one.sends(get("/", "Connection: close\r\n"));
  EXPECT_EQ(one.reads_response().value("Connection"), "close, Upgrade");
}

TEST_F(Upgrades, ASwitchThatNobodyAskedForIsA502) {
  origin.plays(sends_and_stays(std::string(kSwitch)));
  EXPECT_EQ(client().gets("/").status, 502);
}

TEST_F(Upgrades, ASwitchToWhatWasNotOfferedIsA502) {
  origin.plays(sends_and_stays(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"));
  EXPECT_EQ(client().gets("/", kOffer).status, 502);
}

TEST_F(Upgrades, H2cIsNeverOffered) {
  origin.plays(tells("plain"));
  const std::string fields =
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
  EXPECT_EQ(client().gets("/", fields).status, 200);
  EXPECT_FALSE(origin.request().head.has("Upgrade"));
  EXPECT_FALSE(origin.request().head.has("HTTP2-Settings"));
}

TEST_F(Upgrades, ASilentTunnelEnds) {
  starts({"--tunnel-timeout", "200ms"});
  origin.plays([](Exchange& exchange) {
    exchange.sends(kSwitch);
    exchange.waits_for_close();
  });
  Client one = switched();
  EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
}

TEST_F(Upgrades, ATunnelOutlivesTheTimeoutsOfHttp) {
  starts({"--client-timeout", "100ms", "--server-timeout", "100ms"});
  origin.plays(echoes_bytes);
  Client one = switched();
  const auto silence = [&one] {
    static_cast<void>(one.wire().reads_some(1, Deadline(std::chrono::milliseconds(400))));
  };
  EXPECT_EQ(failure_of(silence), WireError::Kind::kTimeout);
  one.sends("still there");
  EXPECT_EQ(reads_exactly(one, 11), "still there");
}

}  // namespace
}  // namespace lb::e2e
