// What a gateway changes in a head on its way (RFC 9110 7.6), and what it leaves alone.

#include <algorithm>

#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/text.h"

namespace lb::e2e {
namespace {

class Forwarding : public Balanced {
 protected:
  // The head in which a GET with these field lines reaches the origin.
  RequestHead forwarded(std::string_view fields) {
    EXPECT_EQ(client().gets("/x", fields).status, 200);
    return origin.requests().back().head;
  }
};

TEST_F(Forwarding, HostPassesAsReceived) {
  Client one = client();
  one.sends("GET / HTTP/1.1\r\nHost: Example.test:81\r\n\r\n");
  EXPECT_EQ(one.reads_response().status, 200);
  EXPECT_EQ(origin.request().head.value("Host"), "Example.test:81");
}

TEST_F(Forwarding, TheRequestTellsWhoAsks) {
  const RequestHead head = forwarded("");
  EXPECT_EQ(head.value("X-Forwarded-For"), "127.0.0.1");
  EXPECT_EQ(head.value("X-Forwarded-Proto"), "http");
  EXPECT_EQ(head.value("X-Forwarded-Host"), kHost);
}

TEST_F(Forwarding, WhatAClientClaimsAboutItselfIsReplaced) {
  const RequestHead head = forwarded(
      "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-proto: https\r\nX-Forwarded-Host: evil.test\r\n"
      "X-FORWARDED-FOR: 7.7.7.7\r\n");
  EXPECT_EQ(head.value("X-Forwarded-For"), "127.0.0.1");
  EXPECT_EQ(head.value("X-Forwarded-Proto"), "http");
  EXPECT_EQ(head.value("X-Forwarded-Host"), kHost);
}

TEST_F(Forwarding, ForwardedOffAddsNothing) {
  starts({"--forwarded", "off"});
  EXPECT_FALSE(forwarded("").has("X-Forwarded-For"));
}

TEST_F(Forwarding, TheStandardFieldCanBeChosen) {
  starts({"--forwarded", "rfc7239"});
  const RequestHead head = forwarded("Forwarded: for=6.6.6.6\r\n");
  EXPECT_TRUE(head.value("Forwarded").contains("for=127.0.0.1")) << head.raw;
  EXPECT_FALSE(head.value("Forwarded").contains("6.6.6.6")) << head.raw;
  EXPECT_FALSE(head.has("X-Forwarded-For"));
}

TEST_F(Forwarding, ViaNamesThisProcess) {
  const std::string via = forwarded("").value("Via");
  EXPECT_TRUE(matches(via, R"(1\.1 lb-[0-9a-f]{8})")) << via;
  EXPECT_EQ(forwarded("").value("Via"), via) << "drawn once, at start";
  starts();
  EXPECT_NE(forwarded("").value("Via"), via) << "and anew by the next process";
}

TEST_F(Forwarding, ViaComesAfterThatOfOthers) {
  std::string via;
  for (const std::string& value : forwarded("Via: 1.0 fred\r\n").values("Via")) {
    via += (via.empty() ? "" : ", ") + value;
  }
  EXPECT_TRUE(matches(via, R"(1\.0 fred,\s*1\.1 lb-[0-9a-f]{8})")) << via;
}

TEST_F(Forwarding, FieldsOfOneHopAreDroppedFromRequests) {
  const RequestHead head = forwarded(
      "Connection: X-Mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n"
      "Proxy-Connection: keep-alive\r\nTE: trailers\r\nX-Kept: yes\r\n");
  for (const char* name : {"X-Mine", "Keep-Alive", "Proxy-Connection", "TE"}) {
    EXPECT_FALSE(head.has(name)) << name;
  }
  EXPECT_FALSE(head.lists("Connection", "X-Mine"));
  EXPECT_EQ(head.value("X-Kept"), "yes");
}

TEST_F(Forwarding, FieldsOfOneHopAreDroppedFromResponses) {
  origin.plays(answers(200, "ok",
                       "Connection: X-Mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n"
                       "X-Kept: yes\r\n"));
  const Response response = client().gets("/");
  EXPECT_FALSE(response.has("X-Mine"));
  EXPECT_FALSE(response.has("Keep-Alive"));
  EXPECT_FALSE(response.lists("Connection", "X-Mine"));
  EXPECT_EQ(response.value("X-Kept"), "yes");
}

TEST_F(Forwarding, FramingCannotBeTakenAwayThroughConnection) {
  origin.plays(echoes());
  Client one = client();
  one.sends(post("/", "body", "Connection: Content-Length, Host\r\n"));
  EXPECT_EQ(one.reads_response("POST").body, "body");
  EXPECT_EQ(origin.request().head.value("Host"), kHost);
}

TEST_F(Forwarding, OtherFieldsPassUnchangedAndInOrder) {
  const RequestHead head = forwarded(
      "X-L: 1\r\nCookie: a=b; c=\"d e\"\r\nX-Empty:\r\nx-l: 2\r\nX-L: 3\r\nX-Tab: \t a\tb \r\n"
      "X-Bytes: h\xc3\xa9\xff\r\n");
  EXPECT_EQ(head.values("X-L"), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(head.value("Cookie"), "a=b; c=\"d e\"");
  EXPECT_EQ(head.value("X-Empty"), "");
  EXPECT_EQ(head.value("X-Tab"), "a\tb");
  EXPECT_EQ(head.value("X-Bytes"), "h\xc3\xa9\xff");
}

TEST_F(Forwarding, ResponseFieldsPassUnchangedAndInOrder) {
  origin.plays(answers(200, "ok",
                       "Set-Cookie: a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT\r\n"
                       "Server: origin/1\r\nSet-Cookie: b=2\r\nETag: \"x,y\"\r\n"
                       "Allow: GET, BREW\r\n"));
  const Response response = client().gets("/");
  EXPECT_EQ(response.values("Set-Cookie"),
            (std::vector<std::string>{"a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT", "b=2"}));
  EXPECT_EQ(response.value("Server"), "origin/1");
  EXPECT_EQ(response.value("ETag"), "\"x,y\"");
  EXPECT_EQ(response.value("Allow"), "GET, BREW");
  EXPECT_EQ(response.reason, "Because");
}

TEST_F(Forwarding, AnAbsoluteTargetBecomesAPathAndItsAuthorityTheHost) {
  Client one = client();
  one.sends("GET http://other.test:82/x?y HTTP/1.1\r\nHost: ignored.test\r\n\r\n");
  EXPECT_EQ(one.reads_response().status, 200);
  EXPECT_EQ(origin.request().head.target, "/x?y");
  EXPECT_EQ(origin.request().head.value("Host"), "other.test:82");
}

TEST_F(Forwarding, AnyStatusPasses) {
  Client one = client();
  for (const int status : {201, 206, 299, 302, 404, 418, 451, 500, 503, 599}) {
    origin.plays(answers(status, "z"));
    const Response response = one.gets("/");
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, "z");
  }
}

}  // namespace
}  // namespace lb::e2e
