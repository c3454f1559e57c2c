// Bodies that go from socket to socket through a pipe of the kernel (--splice-from): every octet,
// every end and every cut is as if they had come through the balancer.

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

constexpr std::uint64_t kMebibyte = 1024 * 1024;
constexpr std::uint64_t kSizes[] = {1, 100, 16 * 1024, 65'537, 300'000, 5 * kMebibyte};

class Splices : public Balanced {
 protected:
  Splices() { starts({"--splice-from", "1"}); }
};

std::string ok_of_length(std::uint64_t length) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

TEST_F(Splices, ResponsesOfAllSizesOneAfterTheOther) {
  Client one = client();
  for (const std::uint64_t size : kSizes) {
    origin.plays([size](Exchange& exchange) {
      exchange.sends(ok_of_length(size));
      exchange.sends(pattern_of(size));
    });
    EXPECT_TRUE(one.gets("/").body == pattern_of(size)) << size;
  }
  EXPECT_EQ(origin.requests().back().connection, origin.requests().front().connection)
      << "each ended at its length, so one connection carried all";
}

TEST_F(Splices, UploadsOfAllSizesOneAfterTheOther) {
  origin.plays(echoes());
  Client one = client();
  for (const std::uint64_t size : kSizes) {
    one.sends(post("/", pattern_of(size)));
    EXPECT_TRUE(one.reads_response("POST").body == pattern_of(size)) << size;
  }
}

TEST_F(Splices, APipelinedRequestBehindAnUpload) {
  origin.plays(echoes());
  Client one = client();
  one.sends(post("/", pattern_of(300'000)) + post("/", "second"));
  EXPECT_TRUE(one.reads_response("POST").body == pattern_of(300'000));
  EXPECT_EQ(one.reads_response("POST").body, "second");
}

TEST_F(Splices, NothingOfWhatFollowsAResponse) {
  origin.plays([](Exchange& exchange) {
    exchange.sends(ok_of_length(300'000));
    exchange.sends(pattern_of(300'000) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  });
  Client one = client();
  EXPECT_TRUE(one.gets("/").body == pattern_of(300'000));
  origin.plays(tells("another"));
  EXPECT_EQ(one.gets("/").body, "another");
  EXPECT_NE(origin.requests()[1].connection, origin.requests()[0].connection);
}

// The end of the first response and what follows it come together; a second request waits.
TEST_F(Splices, NothingOfWhatFollowsAResponseAnswersAPipelinedRequest) {
  for (int i = 0; i < 20; ++i) {
    origin.plays([](Exchange& exchange) {
      if (exchange.head().target == "/second") return exchange.answers(200, "second");
      exchange.sends(ok_of_length(300'000) + pattern_of(300'000) +
                     "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    });
    Client one = client();
    one.sends(get("/first") + get("/second"));
    EXPECT_TRUE(one.reads_response().body == pattern_of(300'000));
    EXPECT_EQ(one.reads_response().body, "second");
  }
}

TEST_F(Splices, ACutOfTheServerIsACutOfTheClient) {
  for (const bool by_reset : {false, true}) {
    Event read("the client has the first half");
    origin.plays([=](Exchange& exchange) {
      exchange.sends(ok_of_length(2 * kMebibyte));
      exchange.sends(pattern_of(kMebibyte));
      read.waits();
      by_reset ? exchange.resets() : exchange.closes();
    });
    Client one = client();
    one.sends(get("/"));
    BodyReader body(one.wire(), response_framing(one.reads_head(), "GET"));
    std::uint64_t size = 0;
    while (size < kMebibyte) size += body.next().size();
    read.happens();
    EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
  }
}

TEST_F(Splices, AClientThatLeavesTakesItsServerAlong) {
  Event gone("the server can send no more");
  origin.plays([=](Exchange& exchange) {
    exchange.sends(ok_of_length(1024 * kMebibyte));
    try {
      for (;;) exchange.sends(pattern_of(kMebibyte));
    } catch (const Failure&) {
      gone.happens();
      throw;
    }
  });
  Client one = client();
  one.sends(get("/"));
  static_cast<void>(one.reads_some());
  one.resets();
  gone.waits();
  origin.plays(tells("still there"));
  EXPECT_EQ(client().gets("/").body, "still there");
}

TEST_F(Splices, ATunnelInBulk) {
  origin.plays([](Exchange& exchange) {
    exchange.sends(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    std::string all;
    while (all.size() < 3 * kMebibyte) all += exchange.wire().reads_some(kMebibyte);
    exchange.sends(all);
    exchange.closes();
  });
  Client one = client();
  one.sends(get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  ASSERT_EQ(one.reads_head().status, 101);
  one.sends(pattern_of(3 * kMebibyte));
  PatternCheck check;
  while (check.size() < 3 * kMebibyte && check.takes(one.reads_some(kMebibyte))) {
  }
  EXPECT_EQ(check.size(), 3 * kMebibyte);
  EXPECT_TRUE(check.intact());
}

TEST_F(Splices, ABodyUntilCloseForAnOldClient) {
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\n\r\n" + pattern_of(3 * kMebibyte));
    exchange.closes();
  });
  Client one = client();
  one.sends("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(one.reads_response().body == pattern_of(3 * kMebibyte));
}

TEST_F(Splices, NoMoreThanThereArePipes) {
  Event go("the clients read");
  constexpr std::uint64_t kSize = 8 * kMebibyte;
  origin.plays([](Exchange& exchange) {
    exchange.sends(ok_of_length(kSize));
    for (std::uint64_t sent = 0; sent < kSize;) {
      const std::string_view piece = pattern(sent, kSize - sent);
      exchange.sends(piece);
      sent += piece.size();
    }
  });
  std::vector<Client> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(client({.receive_buffer = 64 * 1024}));
    clients.back().sends(get("/"));
  }
  origin.waits_for_requests(clients.size());
  for (Client& one : clients) {
    BodyReader body(one.wire(), response_framing(one.reads_head(), "GET"));
    PatternCheck check;
    while (!body.done()) check.takes(body.next());
    EXPECT_TRUE(check.intact());
    EXPECT_EQ(check.size(), kSize);
  }
}

}  // namespace
}  // namespace lb::e2e
