// What RFC 9110 asks of a gateway beyond passing things on.

#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/text.h"

namespace lb::e2e {
namespace {

class Gateway : public Balanced {
 protected:
  Response asks(std::string_view method, std::string_view fields) {
    Client one = client();
    one.sends(std::string(method) + " / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n");
    return one.reads_response(method);
  }
};

TEST_F(Gateway, MaxForwardsIsOneLessAtTheServer) {
  EXPECT_EQ(asks("OPTIONS", "Max-Forwards: 5\r\n").status, 200);
  EXPECT_EQ(origin.request().head.value("Max-Forwards"), "4");
}

TEST_F(Gateway, OptionsThatGoNoFurtherAreAnsweredHere) {
  const Response response = asks("OPTIONS", "Max-Forwards: 0\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.has("Allow"));
  EXPECT_EQ(origin.request_count(), 0U);
}

TEST_F(Gateway, OptionsOfTheWholeServerKeepTheirTarget) {
  for (const char* target : {"*", "http://other.test"}) {
    Client one = client();
    one.sends("OPTIONS " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(one.reads_response("OPTIONS").status, 200) << target;
    EXPECT_EQ(origin.requests().back().head.target, "*") << target;
  }
}

TEST_F(Gateway, ATraceThatGoesNoFurtherIsRefused) {
  EXPECT_EQ(asks("TRACE", "Max-Forwards: 0\r\n").status, 405);
  EXPECT_EQ(origin.request_count(), 0U);
}

TEST_F(Gateway, OtherMethodsKeepTheirMaxForwards) {
  EXPECT_EQ(asks("GET", "Max-Forwards: 0\r\n").status, 200);
  EXPECT_EQ(origin.request().head.value("Max-Forwards"), "0");
}

TEST_F(Gateway, ARequestThatComesBackIsALoop) {
  EXPECT_EQ(asks("GET", "").status, 200);
  const std::string via = origin.request().head.value("Via");
  EXPECT_EQ(asks("GET", "Via: " + via + ", 1.1 other\r\n").status, 508);
  EXPECT_EQ(asks("GET", "Via: 1.1 lb-00000000\r\n").status, 200) << "another lb is no loop";
  EXPECT_EQ(origin.request_count(), 2U);
}

TEST_F(Gateway, AResponseWithoutDateGetsOne) {
  origin.plays(sends_and_stays("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  const std::string date = asks("GET", "").value("Date");
  EXPECT_TRUE(matches(date, R"([A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT)"))
      << date;
}

TEST_F(Gateway, ADateThatIsThereStays) {
  const std::string date = "Fri, 08 Nov 2024 18:19:41 GMT";
  origin.plays(answers(200, "", "Date: " + date + "\r\n"));
  EXPECT_EQ(asks("GET", "").values("Date"), std::vector<std::string>{date});
}

TEST_F(Gateway, ATrustedPeerKeepsWhatItSaysOfItsClient) {
  starts({"--trusted-proxies", "10.0.0.0/8,127.0.0.0/8"});
  EXPECT_EQ(
      asks("GET", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 6.6.6.6\r\n")
          .status,
      200);
  const RequestHead head = origin.request().head;
  EXPECT_EQ(head.values("X-Forwarded-For"), (std::vector<std::string>{"6.6.6.6", "127.0.0.1"}));
  EXPECT_EQ(head.values("X-Forwarded-Proto"), std::vector<std::string>{"https"});
  EXPECT_EQ(head.value("X-Real-IP"), "6.6.6.6");
}

TEST_F(Gateway, OthersLoseWhateverTellsWhoAsks) {
  starts({"--trusted-proxies", "10.0.0.0/8"});
  EXPECT_EQ(
      asks("GET", "X-Forwarded-Prefix: /a\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n")
          .status,
      200);
  const RequestHead head = origin.request().head;
  EXPECT_FALSE(head.has("X-Forwarded-Prefix"));
  EXPECT_FALSE(head.has("X-Real-IP"));
  EXPECT_FALSE(head.has("Forwarded"));
}

TEST_F(Gateway, ABodyBeyondTheLimitMakesA413BeforeAServerSeesIt) {
  starts({"--max-body-size", "1k"});
  Client one = client();
  one.sends(post("/", std::string(1025, 'b')));
  EXPECT_EQ(one.reads_response().status, 413);
  EXPECT_EQ(origin.request_count(), 0U);
  Client other = client();
  other.sends(post("/", std::string(1024, 'b')));
  EXPECT_EQ(other.reads_response().status, 200);
}

TEST_F(Gateway, AChunkedBodyThatGrowsBeyondTheLimitNeverLooksComplete) {
  starts({"--max-body-size", "1k"});
  origin.plays(echoes());
  Client one = client();
  one.sends("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n" +
            std::string(0x200, 'b') + "\r\n");
  origin.waits_for_requests(1);
  one.sends("300\r\n" + std::string(0x300, 'b') + "\r\n0\r\n\r\n");
  EXPECT_EQ(one.reads_response().status, 413);
  EXPECT_TRUE(origin.request().body.empty()) << "the script never read it whole";
}

}  // namespace
}  // namespace lb::e2e
