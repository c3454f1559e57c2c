// Several requests on one connection of a client (RFC 9112 9.3).

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

using Pipelining = Balanced;

TEST_F(Pipelining, AnswersComeInTheOrderOfTheRequests) {
  origin.plays(tells_target());
  Client one = client();
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/" + std::to_string(i));
  one.sends(requests);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(one.reads_response().body, "/" + std::to_string(i));
}

TEST_F(Pipelining, AnswersKeepTheirOrderAcrossServersOfDifferentSpeed) {
  Event go("the slow server may answer");
  Origin quick(tells_target());
  origin.plays([=](Exchange& exchange) {
    go.waits();
    exchange.answers(200, exchange.head().target);
  });
  Lb lb(Balancing{.servers = names_of(origin, quick), .options = {}});
  Client one(lb.port());
  one.sends(get("/1") + get("/2") + get("/3") + get("/4"));
  origin.waits_for_requests(1);
  go.happens();
  for (const char* target : {"/1", "/2", "/3", "/4"}) {
    EXPECT_EQ(one.reads_response().body, target);
  }
}

TEST_F(Pipelining, BodiesDoNotMixWithTheRequestsBehindThem) {
  origin.plays([](Exchange& exchange) {
    exchange.answers(200, exchange.head().target + ' ' + exchange.reads_body());
  });
  Client one = client();
  one.sends(post("/1", "GET /evil HTTP/1.1\r\nHost: x\r\n\r\n") + get("/2") +
            post_chunked("/3", "three", 2) + post("/4", "") + get("/5"));
  EXPECT_EQ(one.reads_response("POST").body, "/1 GET /evil HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(one.reads_response("GET").body, "/2 ");
  EXPECT_EQ(one.reads_response("POST").body, "/3 three");
  EXPECT_EQ(one.reads_response("POST").body, "/4 ");
  EXPECT_EQ(one.reads_response("GET").body, "/5 ");
}

TEST_F(Pipelining, AHalfCloseComesAfterAllThatWasAsked) {
  origin.plays(tells_target());
  Client one = client();
  one.sends(get("/1") + get("/2") + get("/3"));
  one.half_closes();
  for (const char* target : {"/1", "/2", "/3"}) EXPECT_EQ(one.reads_response().body, target);
  EXPECT_EQ(one.reads_end(), End::kClosed);
}

TEST_F(Pipelining, NothingIsAnsweredAfterConnectionClose) {
  origin.plays(tells_target());
  Client one = client();
  one.sends(get("/1") + get("/2", "Connection: close\r\n") + get("/3"));
  EXPECT_EQ(one.reads_response().body, "/1");
  const Response last = one.reads_response();
  EXPECT_EQ(last.body, "/2");
  EXPECT_TRUE(last.lists("Connection", "close"));
  EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
  EXPECT_EQ(origin.request_count(), 2U);
}

TEST_F(Pipelining, AnEmptyLineBeforeARequestIsForgiven) {
  Client one = client();
  one.sends("\r\n" + get("/"));
  EXPECT_EQ(one.reads_response().status, 200);
}

}  // namespace
}  // namespace lb::e2e
