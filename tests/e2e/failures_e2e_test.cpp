// Failures of servers as a client sees them.

#include <algorithm>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

// Three servers that are known to be up, and are not checked again while the test runs.
class Failures : public Balanced {
 protected:
  Lb& starts_all(Arguments options = {}) {
    options.insert(options.end(), {"--health-interval", "10m"});
    all_ = std::make_unique<Lb>(
        Balancing{.servers = names_of(origin, second, third), .options = options});
    return *all_;
  }

  // The origin sends this behind the status line, and does the rest when the client has the head.
  void expect_cut(const std::string& beginning, const Script& rest) {
    const Event begun("the client has the beginning of the response");
    origin.plays([=](Exchange& exchange) {
      exchange.sends("HTTP/1.1 200 OK\r\n" + beginning);
      begun.waits();
      rest(exchange);
      exchange.closes();
    });
    Client one = client();
    one.sends(get("/"));
    BodyReader body(one.wire(), response_framing(one.reads_head(), "GET"));
    begun.happens();
    const auto failure = failure_of([&] {
      while (!body.done()) (void)body.next();
    });
    EXPECT_TRUE(failure == WireError::Kind::kEof || failure == WireError::Kind::kReset)
        << beginning;
  }

  Origin second{tells("second")};
  Origin third{tells("third")};

 private:
  std::unique_ptr<Lb> all_;
};

TEST_F(Failures, ARefusedConnectMovesToTheNextServer) {
  Lb& lb = starts_all();
  origin.dies();
  second.dies();
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Client(lb.port()).gets("/").body, "third") << i;
  EXPECT_EQ(third.request_count(), 6U);
}

TEST_F(Failures, APostMovesTooBecauseNothingWasSent) {
  Lb& lb = starts_all();
  third.plays(echoes());
  origin.dies();
  second.dies();
  for (int i = 0; i < 3; ++i) {
    Client one(lb.port());
    one.sends(post("/", "kept for the next server"));
    EXPECT_EQ(one.reads_response("POST").body, "kept for the next server") << i;
  }
  EXPECT_EQ(third.request_count(), 3U) << "each was sent once";
}

TEST_F(Failures, AConnectThatTimesOutMovesToTheNextServer) {
  Lb& lb = starts_all({"--connect-timeout", "200ms"});
  origin.stops_answering_connects();
  second.stops_answering_connects();
  EXPECT_EQ(Client(lb.port()).gets("/").body, "third");
  EXPECT_EQ(Client(lb.port()).gets("/").body, "third");
}

TEST_F(Failures, WhenAllRefuseTheAnswerIs502) {
  Lb& lb = starts_all();
  origin.dies();
  second.dies();
  third.dies();
  const Response response = Client(lb.port()).gets("/");
  EXPECT_EQ(response.status, 502);
  EXPECT_TRUE(response.complete);
}

TEST_F(Failures, WhenAllConnectsTimeOutTheAnswerIs502) {
  Lb& lb = starts_all({"--connect-timeout", "200ms"});
  origin.stops_answering_connects();
  second.stops_answering_connects();
  third.stops_answering_connects();
  EXPECT_EQ(Client(lb.port()).gets("/").status, 502);
}

TEST_F(Failures, AServerThatNeverAnswersMakesA504) {
  starts({"--server-timeout", "300ms"});
  origin.plays(hangs());
  Client one = client();
  one.sends(post("/", "x"));
  EXPECT_EQ(one.reads_response("POST").status, 504);
  EXPECT_EQ(origin.request_count(), 1U) << "what may have been done is not done again";
}

// A POST, because what it began may not be repeated: later additions to retry leave these alone.
TEST_F(Failures, WhatIsNoResponseMakesA502) {
  for (const char* raw :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    origin.plays(sends_and_stays(raw));
    Client one = client();
    one.sends(post("/", "x"));
    const Response response = one.reads_response("POST");
    EXPECT_EQ(response.status, 502) << raw;
    EXPECT_TRUE(response.complete) << raw;
  }
}

TEST_F(Failures, ACutBeforeTheEndOfTheHeadMakesA502) {
  for (const char* raw : {"", "HTTP/1.1 200 OK\r\nContent-Le"}) {
    for (const Script& cut : {sends_and_closes(raw), sends_and_resets(raw)}) {
      origin.plays(cut);
      Client one = client();
      one.sends(post("/", "x"));
      EXPECT_EQ(one.reads_response("POST").status, 502) << raw;
    }
  }
  EXPECT_EQ(origin.request_count(), 4U) << "each was sent once";
}

TEST_F(Failures, ACutAfterAnInterimResponseMakesA502) {
  origin.plays(sends_and_closes("HTTP/1.1 103 Early Hints\r\n\r\n"));
  Client one = client();
  one.sends(post("/", "x"));
  EXPECT_EQ(one.reads_response("POST").status, 502);
}

TEST_F(Failures, TheConnectionOfAClientOutlivesA502) {
  origin.plays(in_turn({sends_and_closes("garbage\r\n\r\n"), tells("better")}));
  Client one = client();
  one.sends(post("/", "x"));
  const Response failed = one.reads_response("POST");
  EXPECT_EQ(failed.status, 502);
  if (!failed.lists("Connection", "close")) {
    EXPECT_EQ(one.gets("/").body, "better");
  } else {
    EXPECT_EQ(one.reads_end(), End::kClosed);
  }
}

// A truncated body never looks complete, whatever its framing.
TEST_F(Failures, ACutInTheBodyCutsTheClientToo) {
  const std::string length = "Content-Length: 100\r\n\r\nthe first part";
  const std::string chunks = "Transfer-Encoding: chunked\r\n\r\n" + chunk("the first part");
  expect_cut(length, [](Exchange& exchange) { exchange.closes(); });
  expect_cut(length, [](Exchange& exchange) { exchange.resets(); });
  expect_cut(chunks, [](Exchange& exchange) { exchange.closes(); });
  expect_cut(chunks, [](Exchange& exchange) { exchange.resets(); });
  expect_cut(chunks + "9\r\nhal", [](Exchange& exchange) { exchange.closes(); });
  expect_cut("X-Until: close\r\n\r\nthe first part", [](Exchange& exchange) { exchange.resets(); });
}

TEST_F(Failures, ABrokenChunkCutsTheClientToo) {
  expect_cut("Transfer-Encoding: chunked\r\n\r\n" + chunk("the first part"),
             [](Exchange& exchange) {
               exchange.sends("xyz\r\n");
               exchange.waits_for_close();
             });
}

TEST_F(Failures, AFloodOfInterimResponsesMakesA502) {
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += "HTTP/1.1 102 Processing\r\n\r\n";
  origin.plays(sends_and_stays(flood));
  Client one = client();
  one.sends(post("/", "x"));
  const Response response = one.reads_response("POST");
  EXPECT_EQ(response.status, 502);
  EXPECT_EQ(response.interims.size(), 64U);
}

TEST_F(Failures, ExtensionsOrTrailersWithoutEndCutTheClientToo) {
  const std::string begun = "Transfer-Encoding: chunked\r\n\r\n" + chunk("the first part");
  const auto floods = [](std::string_view before, std::string_view piece) {
    return [flood = std::string(before), piece = std::string(piece)](Exchange& exchange) mutable {
      while (flood.size() < 100'000) flood += piece;
      exchange.sends(flood);
      exchange.waits_for_close();
    };
  };
  expect_cut(begun, floods("1;", "extension"));
  expect_cut(begun, floods("", "1;" + std::string(200, 'x') + "\r\ny\r\n"));
  expect_cut(begun, floods("0\r\n", "X-Trailer: value\r\n"));
  expect_cut(begun, floods("0\r\nX-Trailer: ", "value"));
}

// To a client of HTTP/1.0 such a body ends with the connection: only a reset tells the cut.
TEST_F(Failures, ACutBodyIsAResetWhereACloseWouldEndIt) {
  origin.plays(sends_and_resets("HTTP/1.1 200 OK\r\n\r\nthe first part"));
  Client one = client();
  one.sends("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
  EXPECT_FALSE(one.reads_response().complete);
}

TEST_F(Failures, AServerThatFallsSilentInABodyIsCut) {
  starts({"--server-timeout", "300ms"});
  origin.plays(sends_and_stays("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe first part"));
  EXPECT_FALSE(client().gets("/").complete);
}

TEST_F(Failures, AServerThatStopsReadingAnUploadAndDiesMakesA502) {
  origin.plays([](Exchange& exchange) {
    (void)exchange.reads_piece();
    exchange.resets();
  });
  Client one = client();
  one.sends(post_head("/", 1000) + "the first part");
  EXPECT_EQ(one.reads_response("POST").status, 502);
}

}  // namespace
}  // namespace lb::e2e
