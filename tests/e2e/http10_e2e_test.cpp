// HTTP/1.0 on either side (RFC 9112 C, RFC 9110 2.5).

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

using Http10 = Balanced;

TEST_F(Http10, AnOldClientIsAnsweredAndItsConnectionClosed) {
  Client one = client();
  one.sends("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
  const Response response = one.reads_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(one.reads_end(), End::kClosed);
}

TEST_F(Http10, AnOldClientNeedsNoHost) {
  Client one = client();
  one.sends("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(one.reads_response().body, "hello");
}

TEST_F(Http10, AnOldClientNeverSeesChunks) {
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                   chunked("chunks are unknown to it", 5));
  });
  Client one = client();
  one.sends("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
  const Response response = one.reads_response();
  EXPECT_FALSE(response.has("Transfer-Encoding"));
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body, "chunks are unknown to it");
}

TEST_F(Http10, AnOldClientNeverSeesInterimResponses) {
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 103 Early Hints\r\n\r\n");
    exchange.answers(200, "final");
  });
  Client one = client();
  one.sends("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
  const Response response = one.reads_response();
  EXPECT_TRUE(response.interims.empty());
  EXPECT_EQ(response.body, "final");
}

TEST_F(Http10, AnOldClientMayPost) {
  origin.plays(echoes());
  Client one = client();
  one.sends("POST / HTTP/1.0\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(one.reads_response("POST").body, "abc");
}

TEST_F(Http10, AnOldServerIsUnderstood) {
  for (const char* raw :
       {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "HTTP/1.0 200 OK\r\n\r\nold"}) {
    origin.plays(sends_and_closes(raw));
    const Response response = client().gets("/");
    EXPECT_EQ(response.version, "HTTP/1.1") << raw;
    EXPECT_TRUE(response.complete) << raw;
    EXPECT_EQ(response.body, "old") << raw;
  }
}

TEST_F(Http10, TheClientOfAnOldServerKeepsItsConnection) {
  origin.plays(sends_and_closes("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold"));
  Client one = client();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(one.gets("/").body, "old") << i;
}

}  // namespace
}  // namespace lb::e2e
