// Messages through the balancer: methods, framings in both directions, messages without a body,
// interim responses.

#include <algorithm>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

using Bodies = Balanced;
constexpr std::size_t kMebibyte = 1024 * 1024;

std::string every_octet() {
  std::string text;
  for (int octet = 0; octet < 256; ++octet) text += static_cast<char>(octet);
  return text;
}

TEST_F(Bodies, AnyMethodPasses) {
  Client one = client();
  origin.plays(echoes());
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"}) {
    one.sends(std::string(method) + " /m HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody");
    const Response response = one.reads_response(method);
    EXPECT_EQ(response.status, 200) << method;
    EXPECT_EQ(response.body, "body") << method;
    EXPECT_EQ(origin.requests().back().head.method, method);
  }
}

TEST_F(Bodies, TheTargetPassesOctetByOctet) {
  const std::string target = "/a/../b//c/./%2e%2E/%41?x=1&&y=%20?/../;z=[]";
  origin.plays(tells_target());
  EXPECT_EQ(client().gets(target).body, target);
}

TEST_F(Bodies, EveryOctetSurvivesBothWays) {
  origin.plays(echoes());
  Client one = client();
  one.sends(post("/", every_octet()));
  EXPECT_EQ(one.reads_response("POST").body, every_octet());
  one.sends(post_chunked("/", every_octet(), 7));
  EXPECT_EQ(one.reads_response("POST").body, every_octet());
}

TEST_F(Bodies, AMebibyteGoesUpAndDown) {
  origin.plays(echoes());
  const std::string body = pattern_of(kMebibyte);
  Client one = client();
  one.sends(post("/length", body));
  EXPECT_EQ(one.reads_response("POST").body, body);
  one.sends(post_chunked("/chunked", body, 5000));
  EXPECT_EQ(one.reads_response("POST").body, body);
  EXPECT_EQ(origin.requests()[1].body, body);
}

TEST_F(Bodies, AnEmptyBodyIsABodyToo) {
  origin.plays(echoes());
  Client one = client();
  one.sends(post("/", ""));
  EXPECT_EQ(one.reads_response("POST").status, 200);
  one.sends(post_chunked("/", ""));
  EXPECT_EQ(one.reads_response("POST").status, 200);
  EXPECT_EQ(one.gets("/").status, 200);
}

TEST_F(Bodies, RequestTrailersAreAccepted) {
  origin.plays(echoes());
  Client one = client();
  one.sends("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  one.sends("3;name=value\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
  EXPECT_EQ(one.reads_response("POST").body, "abc");
  EXPECT_EQ(one.gets("/").status, 200);
}

// Both ends read strictly: an extension that came through would end the test.
TEST_F(Bodies, ChunkExtensionsEndHereBothWays) {
  origin.plays([](Exchange& exchange) {
    EXPECT_EQ(exchange.reads_body(), "abcd");
    exchange.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    exchange.sends("2;a\r\nef\r\n2;b=\"c;d\"\r\ngh\r\n0;last=\"\"\r\n\r\n");
  });
  Client one = client();
  one.sends("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  one.sends("2;a=b\r\nab\r\n2 ; c = \"d\\\"e\"\r\ncd\r\n0;f\r\n\r\n");
  EXPECT_EQ(one.reads_response("POST").body, "efgh");
}

std::string text_of(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) text += field.name + "=" + field.value + " ";
  return text;
}

TEST_F(Bodies, TrailersPassBothWaysButForNamesThatBelongIntoAHead) {
  const Script with_trailers = [](Exchange& exchange) {
    EXPECT_EQ(exchange.reads_body(), "abc");
    EXPECT_EQ(text_of(exchange.trailers()), "X-Sum=1 X-Late=2 ");
    exchange.sends(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: X-Hop\r\n\r\n"
        "3\r\nabc\r\n0\r\nX-Sum: 3\r\nSet-Cookie: a=b\r\nX-Hop: 4\r\nContent-Length: 5\r\n\r\n");
  };
  origin.plays(in_turn({with_trailers, tells("next")}));
  Client one = client();
  one.sends(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: X-Hop\r\n\r\n");
  one.sends("3\r\nabc\r\n0\r\nX-Sum: 1\r\nHost: y\r\nx-hop: 3\r\nX-Late: 2\r\n\r\n");
  const Response response = one.reads_response("POST");
  EXPECT_EQ(response.body, "abc");
  EXPECT_EQ(text_of(response.trailers), "X-Sum=3 ");
  EXPECT_FALSE(response.has("X-Sum")) << "merged into the head";
  EXPECT_EQ(one.gets("/").body, "next");
}

TEST_F(Bodies, AChunkedResponseArrivesWhole) {
  const std::string body = pattern_of(200'000);
  origin.plays([=](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, 3000));
  });
  Client one = client();
  for (int i = 0; i < 2; ++i) {
    const Response response = one.gets("/");
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.body, body);
  }
}

TEST_F(Bodies, AResponseThatEndsWithItsConnectionArrivesWhole) {
  const std::string body = pattern_of(200'000);
  origin.plays(sends_and_closes("HTTP/1.1 200 OK\r\n\r\n" + body));
  const Response response = client().gets("/");
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body, body);
}

TEST_F(Bodies, HeadHasTheFieldsOfGetAndNoBody) {
  origin.plays([](Exchange& exchange) { exchange.answers(200, "0123456789"); });
  Client one = client();
  for (int i = 0; i < 2; ++i) {
    one.sends("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    const Response response = one.reads_response("HEAD");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.value("Content-Length"), "10");
  }
  EXPECT_EQ(one.gets("/").body, "0123456789");
}

TEST_F(Bodies, HeadHasNoBodyWhateverFramingIsAnnounced) {
  Client one = client();
  for (const char* fields : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
    origin.plays([fields](Exchange& exchange) {
      exchange.sends("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n");
    });
    one.sends("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(one.reads_response("HEAD").status, 200) << fields;
    origin.plays(tells("next"));
    EXPECT_EQ(one.gets("/").body, "next") << "after " << fields;
  }
}

TEST_F(Bodies, ResponsesThatCannotHaveABodyHaveNone) {
  Client one = client();
  for (const char* raw :
       {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    origin.plays([raw](Exchange& exchange) { exchange.sends(raw); });
    const Response response = one.gets("/");
    EXPECT_EQ(response.framing, Framing::Kind::kNone) << raw;
    origin.plays(tells("next"));
    EXPECT_EQ(one.gets("/").body, "next") << "after " << raw;
  }
}

TEST_F(Bodies, InterimResponsesArriveBeforeTheFinalOneInOrder) {
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 102 Processing\r\n\r\n");
    exchange.sends("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
    exchange.answers(200, "final");
  });
  Client one = client();
  const Response response = one.gets("/");
  ASSERT_EQ(response.interims.size(), 2U);
  EXPECT_EQ(response.interims[0].status, 102);
  EXPECT_EQ(response.interims[1].value("Link"), "</a.css>; rel=preload");
  EXPECT_EQ(response.body, "final");
  EXPECT_EQ(one.gets("/").body, "final");
}

TEST_F(Bodies, EveryInterimResponsePassesAlsoOneThatNobodyAskedFor) {
  const std::vector<int> statuses = {100, 102, 103, 103, 199};
  origin.plays([=](Exchange& exchange) {
    for (const int status : statuses) {
      exchange.sends("HTTP/1.1 " + std::to_string(status) + " On\r\nContent-Length: 5\r\n\r\n");
    }
    exchange.answers(200, "final");
  });
  const Response response = client().gets("/");
  std::vector<int> seen;
  for (const ResponseHead& interim : response.interims) {
    seen.push_back(interim.status);
    EXPECT_FALSE(interim.has("Content-Length"));
  }
  EXPECT_EQ(seen, statuses);
  EXPECT_EQ(response.body, "final");
}

TEST_F(Bodies, AnInterimResponseIsNotHeldBackForTheFinalOne) {
  Event seen("the client has the interim response");
  origin.plays([=](Exchange& exchange) {
    exchange.sends("HTTP/1.1 103 Early Hints\r\n\r\n");
    seen.waits();
    exchange.answers(200, "final");
  });
  Client one = client();
  one.sends(get("/"));
  EXPECT_EQ(one.reads_head().status, 103);
  seen.happens();
  EXPECT_EQ(one.reads_response().body, "final");
}

TEST_F(Bodies, ExpectContinueIsAnsweredByTheServer) {
  origin.plays([](Exchange& exchange) {
    EXPECT_TRUE(exchange.head().lists("Expect", "100-continue"));
    exchange.sends("HTTP/1.1 100 Continue\r\n\r\n");
    exchange.answers(200, exchange.reads_body());
  });
  Client one = client();
  one.sends(post_head("/", 5, "Expect: 100-continue\r\n"));
  EXPECT_EQ(one.reads_head().status, 100);
  one.sends("hello");
  EXPECT_EQ(one.reads_response("POST").body, "hello");
}

TEST_F(Bodies, AServerMayRefuseTheBodyThatIsExpectedToContinue) {
  origin.plays([](Exchange& exchange) {
    exchange.sends("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
    exchange.waits_for_close();
    exchange.closes();
  });
  Client one = client();
  one.sends(post_head("/", 5, "Expect: 100-continue\r\n"));
  EXPECT_EQ(one.reads_response("POST").status, 417);
}

TEST_F(Bodies, RequestsAndResponsesMayComeOctetByOctet) {
  const std::string message =
      "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("hello world", 4);
  origin.plays([=](Exchange& exchange) {
    EXPECT_EQ(exchange.reads_body(), "the request");
    for (const char octet : message) exchange.sends(std::string(1, octet));
  });
  Client one = client();
  one.drips(post("/length", "the request"));
  Response response = one.reads_response("POST");
  EXPECT_EQ(response.value("X-A"), "b");
  EXPECT_EQ(response.body, "hello world");
  one.drips(post_chunked("/chunked", "the request", 3));
  response = one.reads_response("POST");
  EXPECT_EQ(response.body, "hello world");
}

}  // namespace
}  // namespace lb::e2e
