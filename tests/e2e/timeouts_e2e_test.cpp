// How long a client may keep the balancer waiting.

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

using Timeouts = Balanced;

TEST_F(Timeouts, AHeadThatIsNotFinishedInTimeMakesA408) {
  starts({"--header-timeout", "300ms"});
  Client one = client();
  one.sends("GET / HTTP/1.1\r\nHo");
  const Response response = one.reads_response();
  EXPECT_EQ(response.status, 408);
  EXPECT_TRUE(response.lists("Connection", "close"));
  EXPECT_EQ(one.reads_end(), End::kClosed);
}

// The limit counts from the first octet, not from the last.
TEST_F(Timeouts, AHeadThatDripsForEverMakesA408) {
  starts({"--header-timeout", "400ms"});
  Client one = client();
  one.sends("GET / HTTP/1.1\r\nX-Drip: ");
  const Deadline deadline;
  for (bool answered = false; !answered;) {
    ASSERT_FALSE(deadline.passed());
    one.sends("x");
    pollfd entry{.fd = one.wire().number(), .events = POLLIN, .revents = 0};
    answered = ::poll(&entry, 1, 50) > 0;
  }
  EXPECT_EQ(one.reads_response().status, 408);
}

TEST_F(Timeouts, ASilentClientIsClosedWithoutAWord) {
  starts({"--header-timeout", "300ms", "--keepalive-timeout", "300ms"});
  Client one = client();
  EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
}

TEST_F(Timeouts, AnIdleConnectionIsClosedWithoutAWord) {
  starts({"--keepalive-timeout", "300ms"});
  Client one = client();
  EXPECT_EQ(one.gets("/").status, 200);
  EXPECT_EQ(one.reads_end(), End::kClosed);
}

TEST_F(Timeouts, TheNextHeadOnAConnectionHasItsOwnLimit) {
  starts({"--header-timeout", "300ms"});
  Client one = client();
  EXPECT_EQ(one.gets("/").status, 200);
  one.sends("GET /");
  EXPECT_EQ(one.reads_response().status, 408);
}

TEST_F(Timeouts, AnUploadThatStallsIsCut) {
  starts({"--client-timeout", "300ms"});
  Event cut("the origin sees the request cut");
  origin.plays([=](Exchange& exchange) {
    try {
      exchange.reads_body();
    } catch (const WireError&) {
      cut.happens();
      throw;
    }
  });
  Client one = client();
  one.sends(post_head("/", 1000) + "the first part");
  cut.waits();
  try {
    EXPECT_EQ(one.reads_response("POST").status, 408);
  } catch (const WireError& error) {
    EXPECT_NE(error.kind(), WireError::Kind::kTimeout) << error.what();
  }
}

TEST_F(Timeouts, AnUploadThatProgressesMayTakeItsTime) {
  starts({"--client-timeout", "1s"});
  origin.plays(echoes());
  Client one = client();
  one.sends(post_head("/", 12));
  for (int i = 0; i < 12; ++i) {
    watches_for(std::chrono::milliseconds{150});
    one.sends("x");
  }
  EXPECT_EQ(one.reads_response("POST").body, "xxxxxxxxxxxx");
}

TEST_F(Timeouts, AResponseThatProgressesMayTakeItsTime) {
  starts({"--server-timeout", "1s"});
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
    for (int i = 0; i < 12; ++i) {
      watches_for(std::chrono::milliseconds{150});
      exchange.sends("x");
    }
  });
  const Response response = client().gets("/");
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body, "xxxxxxxxxxxx");
}

// Its kernel opens the window in large steps, so what lb can write stands still for longer than the
// timeout while the client reads on.
TEST_F(Timeouts, AClientThatReadsSlowlyIsNotCut) {
  starts({"--client-timeout", "400ms"});
  constexpr std::size_t kBytes = 16 * 1024 * 1024;
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBytes) + "\r\n\r\n");
    exchange.sends(pattern_of(kBytes));
  });
  Client one = client();
  one.sends(get("/"));
  static_cast<void>(one.reads_head());
  std::size_t got = 0;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (std::chrono::steady_clock::now() < until) {
    got += one.reads_some(16 * 1024).size();
    watches_for(std::chrono::milliseconds{10});
  }
  while (got < kBytes) got += one.reads_some().size();
  EXPECT_EQ(got, kBytes);
}

TEST_F(Timeouts, TheTimeBetweenRequestsBeginsWhenTheClientHasTheResponse) {
  starts({"--keepalive-timeout", "300ms"});
  const std::string body = pattern_of(200'000);
  origin.plays([&](Exchange& exchange) { exchange.answers(200, body); });
  Client one = client({.receive_buffer = 4096});
  one.sends(get("/"));
  watches_for(std::chrono::milliseconds{450});  // most of it waits with the kernel of lb
  EXPECT_TRUE(one.reads_response().body == body);
  EXPECT_TRUE(one.gets("/").body == body);
}

TEST_F(Timeouts, AClientThatNeverReadsIsCut) {
  starts({"--client-timeout", "300ms"});
  Event cut("the origin's connection is closed");
  origin.plays([=](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    try {
      for (;;) exchange.sends(pattern(0, kPatternPeriod));
    } catch (const WireError& error) {
      if (error.kind() == WireError::Kind::kReset) cut.happens();
      throw;
    }
  });
  Client one = client();
  one.sends(get("/"));
  cut.waits();
}

}  // namespace
}  // namespace lb::e2e
