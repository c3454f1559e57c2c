// Requests that are sent again because a server failed, and those that are not.

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

class Repeats : public Balanced {
 protected:
  // The origin and another one, both known to be up, and not checked again while the test runs.
  Lb& starts_both(Arguments options = {}) {
    options.insert(options.end(), {"--health-interval", "10m"});
    both_ =
        std::make_unique<Lb>(Balancing{.servers = names_of(origin, second), .options = options});
    return *both_;
  }

  Origin second{tells("second")};

 private:
  std::unique_ptr<Lb> both_;
};

// Takes a second request of a connection, and ends the connection without a word: what a server
// looks like that ended it while the request was on its way.
void answers_once(Exchange& exchange) {
  if (exchange.index() == 1) return exchange.answers(200, "first");
  exchange.closes();
}

TEST_F(Repeats, AGetSurvivesAPooledConnectionThatEnds) {
  starts({"--retries", "0", "--retry-budget", "0"});
  origin.plays(answers_once);
  Client one = client();
  for (int i = 0; i < 20; ++i) {
    const Response response = one.gets("/");
    EXPECT_EQ(response.status, 200) << i;
    EXPECT_EQ(response.body, "first") << i;
  }
}

TEST_F(Repeats, APutSurvivesItWithItsBody) {
  starts({"--retries", "0"});
  origin.plays([](Exchange& exchange) {
    if (exchange.index() == 1) return exchange.answers(200, exchange.reads_body());
    static_cast<void>(exchange.reads_body());
    exchange.resets();
  });
  Client one = client();
  const std::string body = pattern_of(20'000);
  for (int i = 0; i < 10; ++i) {
    one.sends("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4e20\r\n" + body +
              "\r\n0\r\n\r\n");
    const Response response = one.reads_response("PUT");
    EXPECT_EQ(response.status, 200) << i;
    EXPECT_TRUE(response.body == body) << i;
  }
}

TEST_F(Repeats, APostIsNotSentTwice) {
  starts();
  origin.plays(answers_once);
  Client one = client();
  EXPECT_EQ(one.gets("/").status, 200);
  const int before = static_cast<int>(origin.request_count());
  one.sends(post("/", "once"));
  EXPECT_EQ(one.reads_response("POST").status, 502);
  EXPECT_EQ(origin.request_count(), static_cast<std::size_t>(before) + 1);
}

TEST_F(Repeats, AGetGoesToAnotherServerWhenItsOwnBreaksDown) {
  for (const std::string_view answer :
       {"", "220 mail.example ESMTP\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le"}) {
    Lb& lb = starts_both();
    origin.plays([=](Exchange& exchange) {
      exchange.sends(answer);
      exchange.closes();
    });
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(Client(lb.port()).gets("/").body, "second") << answer << i;
    }
  }
}

TEST_F(Repeats, AGetIsSentAgainAsOftenAsIsAllowed) {
  starts({"--retries", "3"});
  origin.plays([](Exchange& exchange) { exchange.resets(); });
  EXPECT_EQ(client().gets("/").status, 502);
  EXPECT_EQ(origin.request_count(), 4U);
}

TEST_F(Repeats, ARepeatBeyondTheBudgetIsLogged) {
  Lb& lb = starts({"--retry-budget", "0"});
  origin.plays([](Exchange& exchange) { exchange.resets(); });
  EXPECT_EQ(client().gets("/").status, 502);
  EXPECT_EQ(origin.request_count(), 1U);
  lb.waits_for_log("a request was not repeated: --retry-budget is used up (1 so far)");
}

TEST_F(Repeats, ABodyThatIsTooLargeToHoldIsNotSentAgain) {
  starts({"--retry-buffer", "1k"});
  origin.plays([](Exchange& exchange) {
    static_cast<void>(exchange.reads_body());
    exchange.resets();
  });
  Client one = client();
  one.sends("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n" + pattern_of(20'000));
  EXPECT_EQ(one.reads_response("PUT").status, 502);
  EXPECT_EQ(origin.request_count(), 1U);
}

}  // namespace
}  // namespace lb::e2e
