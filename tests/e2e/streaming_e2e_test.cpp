// Bodies in motion: nothing waits for the end of anything, and the two directions do not wait for
// each other.

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

using Streaming = Balanced;

TEST_F(Streaming, ARequestBodyArrivesWhileItIsBeingSent) {
  Event first("the origin has the first part");
  origin.plays([=](Exchange& exchange) {
    EXPECT_EQ(exchange.reads_piece(), "one");
    first.happens();
    exchange.answers(200, exchange.reads_body());
  });
  Client one = client();
  one.sends(post_head("/", 6) + "one");
  first.waits();
  one.sends("two");
  EXPECT_EQ(one.reads_response("POST").body, "two");
}

TEST_F(Streaming, AResponseBodyArrivesWhileItIsBeingSent) {
  for (const bool has_length : {true, false}) {
    Event first("the client has the first part");
    origin.plays([=](Exchange& exchange) {
      const std::string framing = has_length ? "Content-Length: 6\r\n" : "Connection: close\r\n";
      exchange.sends("HTTP/1.1 200 OK\r\n" + framing + "\r\none");
      first.waits();
      exchange.sends("two");
      if (!has_length) exchange.closes();
    });
    Client one = client();
    one.sends(get("/"));
    BodyReader body(one.wire(), response_framing(one.reads_head(), "GET"));
    EXPECT_EQ(body.next(), "one") << has_length;
    first.happens();
    EXPECT_EQ(body.next(), "two") << has_length;
  }
}

TEST_F(Streaming, AServerSentEventIsNotHeldBack) {
  Event first("the client has the first event");
  origin.plays([=](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
    exchange.sends("Transfer-Encoding: chunked\r\n\r\n" + chunk("data: 1\n\n"));
    first.waits();
    exchange.sends(chunk("data: 2\n\n") + std::string(kLastChunk));
  });
  Client one = client();
  one.sends(get("/events"));
  BodyReader body(one.wire(), response_framing(one.reads_head(), "GET"));
  EXPECT_EQ(body.next(), "data: 1\n\n");
  first.happens();
  EXPECT_EQ(body.next(), "data: 2\n\n");
}

TEST_F(Streaming, BothDirectionsFlowAtOnce) {
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::string piece = exchange.reads_piece(); !piece.empty();
         piece = exchange.reads_piece()) {
      exchange.sends(chunk(piece));
    }
    exchange.sends(kLastChunk);
  });
  Client one = client();
  one.sends("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  BodyReader body(one.wire(), response_framing(one.reads_head(), "POST"));
  for (const char* word : {"one", "two", "three"}) {
    one.sends(chunk(word));
    EXPECT_EQ(body.next(), word);
  }
  one.sends(kLastChunk);
  EXPECT_EQ(body.next(), "");
  EXPECT_TRUE(body.done());
  EXPECT_EQ(one.gets("/").status, 200) << "the connection can be used again";
}

TEST_F(Streaming, AnEarlyResponseArrivesAndEndsTheConnections) {
  Event gone("lb has closed the server's connection");
  origin.plays([=](Exchange& exchange) {
    exchange.sends("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!");
    exchange.waits_for_close();
    gone.happens();
    exchange.closes();
  });
  Client one = client();
  one.sends(post_head("/", 100'000'000) + pattern_of(64 * 1024));
  const Response response = one.reads_response("POST");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body, "no!");
  EXPECT_TRUE(response.lists("Connection", "close"));
  gone.waits();
  EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
}

TEST_F(Streaming, AnEarlyResponseIsReadEvenByAClientThatSendsOnFirst) {
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    exchange.waits_for_close();
    exchange.closes();
  });
  Client one = client();
  const std::string body = pattern_of(256 * 1024);
  one.sends(post("/", body));
  const Response response = one.reads_response("POST");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body, "no");
}

TEST_F(Streaming, AHalfClosedClientIsServed) {
  origin.plays(echoes());
  Client one = client();
  one.sends(post("/", "last words"));
  one.half_closes();
  EXPECT_EQ(one.reads_response("POST").body, "last words");
  EXPECT_EQ(one.reads_end(), End::kClosed);
}

TEST_F(Streaming, AClientThatHalfClosesWithinItsBodyIsGone) {
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
  one.sends(post_head("/", 100) + "not all of it");
  origin.waits_for_requests(1);
  one.half_closes();
  cut.waits();
}

TEST_F(Streaming, AClientThatLeavesInAResponseEndsTheServersConnection) {
  Event gone("the origin's connection is closed");
  origin.plays([=](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    try {
      for (;;) exchange.sends(chunk(pattern(0, 10'000)));
    } catch (const WireError& error) {
      if (error.kind() == WireError::Kind::kReset) gone.happens();
      throw;
    }
  });
  Client one = client();
  one.sends(get("/endless"));
  EXPECT_EQ(one.reads_head().status, 200);
  one.closes();
  gone.waits();
  origin.plays(tells("next"));
  EXPECT_EQ(client().gets("/").body, "next");
}

TEST_F(Streaming, AClientThatResetsWhileItWaitsEndsTheServersConnection) {
  Event gone("the origin's connection is closed");
  origin.plays([=](Exchange& exchange) {
    exchange.waits_for_close();
    gone.happens();
    exchange.closes();
  });
  Client one = client();
  one.sends(get("/slow"));
  origin.waits_for_requests(1);
  one.resets();
  gone.waits();
}

TEST_F(Streaming, SlowAnswersDelayNobodyElse) {
  Event go("the slow answers are let go");
  origin.plays([=](Exchange& exchange) {
    if (exchange.head().target == "/slow") go.waits();
    exchange.answers(200, exchange.head().target);
  });
  std::vector<Client> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(client());
    waiting.back().sends(get("/slow"));
  }
  origin.waits_for_requests(5);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client().gets("/quick").body, "/quick");
  go.happens();
  for (Client& one : waiting) EXPECT_EQ(one.reads_response().body, "/slow");
}

}  // namespace
}  // namespace lb::e2e
