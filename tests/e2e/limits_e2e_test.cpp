// The bounds on what one peer may cost.

#include <sys/resource.h>

#include <csignal>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

using Limits = Balanced;
constexpr std::chrono::milliseconds kLongEnough{300};

std::string filler_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "X-" + std::to_string(i) + ": v\r\n";
  return fields;
}

TEST_F(Limits, AHeadBeyondItsSizeMakesA431ThatNamesTheFlag) {
  Client one = client();
  one.sends(get("/", "X-Large: " + std::string(17 * 1024, 'x') + "\r\n"));
  const Response response = one.reads_response();
  EXPECT_EQ(response.status, 431);
  EXPECT_TRUE(response.body.contains("--max-header-size")) << response.body;
  EXPECT_EQ(origin.request_count(), 0U);
}

TEST_F(Limits, AHeadThatNeverEndsMakesA431) {
  Client one = client();
  one.sends("GET / HTTP/1.1\r\nHost: x\r\nX-Endless: " + std::string(40 * 1024, 'x'));
  EXPECT_EQ(one.reads_response().status, 431);
}

TEST_F(Limits, TheSizeOfAHeadCanBeSet) {
  starts({"--max-header-size", "32k"});
  EXPECT_EQ(client().gets("/", "X-Large: " + std::string(30 * 1024, 'x') + "\r\n").status, 200);
  starts({"--max-header-size", "4k"});
  EXPECT_EQ(client().gets("/", "X-Large: " + std::string(3 * 1024, 'x') + "\r\n").status, 200);
  EXPECT_EQ(client().gets("/", "X-Large: " + std::string(5 * 1024, 'x') + "\r\n").status, 431);
}

TEST_F(Limits, TooManyFieldsMakeA431ThatNamesTheFlag) {
  EXPECT_EQ(client().gets("/", filler_fields(120)).status, 200);
  const Response response = client().gets("/", filler_fields(130));
  EXPECT_EQ(response.status, 431);
  EXPECT_TRUE(response.body.contains("--max-headers")) << response.body;
}

TEST_F(Limits, AReasonablyLongTargetPasses) {
  const std::string target = "/" + std::string(8000, 'u');
  EXPECT_EQ(client().gets(target).status, 200);
  EXPECT_EQ(origin.request().head.target, target);
}

TEST_F(Limits, ATargetBeyondAnyHeadMakesA414) {
  Client one = client();
  one.sends(get("/" + std::string(20 * 1024, 'u')));
  EXPECT_EQ(one.reads_response().status, 414);
}

TEST_F(Limits, AResponseHeadBeyondItsSizeMakesA502) {
  const std::string large(60'000, 'x');
  origin.plays(answers(200, "ok", "X-Large: " + large + "\r\n"));
  EXPECT_EQ(client().gets("/").value("X-Large"), large);
  origin.plays(answers(200, "ok", "X-Large: " + large + large + "\r\n"));
  EXPECT_EQ(client().gets("/").status, 502);
}

TEST_F(Limits, ConnectionsBeyondTheirNumberWaitForAPlace) {
  starts({"--max-connections", "2"});
  Client first = client();
  Client second = client();
  EXPECT_EQ(first.gets("/").status, 200);
  EXPECT_EQ(second.gets("/").status, 200);
  Client third = client();
  third.sends(get("/third"));
  EXPECT_EQ(failure_of([&] { (void)third.reads_head(Deadline(kLongEnough)); }),
            WireError::Kind::kTimeout);
  EXPECT_EQ(origin.request_count(), 2U);
  first.closes();
  EXPECT_EQ(third.reads_response().status, 200);
}

TEST_F(Limits, WhoResetsWhileWaitingForAPlaceIsNotServed) {
  starts({"--max-connections", "1"});
  Client first = client();
  EXPECT_EQ(first.gets("/first").status, 200);
  Client gone = client();
  gone.sends(get("/gone"));
  gone.resets();
  Client last = client();
  last.sends(get("/last"));
  first.closes();
  EXPECT_EQ(last.reads_response().status, 200);
  ASSERT_EQ(origin.request_count(), 2U);
  EXPECT_EQ(origin.requests()[1].head.target, "/last");
}

// Request and reset are both there when lb looks again.
TEST_F(Limits, WhoResetsAfterARequestIsNotServed) {
  Client gone = client();
  Client last = client();
  EXPECT_EQ(gone.gets("/first").status, 200);
  EXPECT_EQ(last.gets("/first").status, 200);
  balancer().process().stops();
  gone.sends(get("/gone"));
  gone.resets();
  last.sends(get("/last"));
  balancer().signal(SIGCONT);
  EXPECT_EQ(last.reads_response().status, 200);
  EXPECT_EQ(client().gets("/later").status, 200);
  ASSERT_EQ(origin.request_count(), 4U);
  EXPECT_EQ(origin.requests()[2].head.target, "/last");
}

TEST_F(Limits, TheDescriptorLimitIsRaisedAtStart) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 512) GTEST_SKIP() << "no more descriptors are allowed here";
  Surroundings few;
  few.descriptors_soft_max = 32;
  Lb lb(Balancing{.servers = names_of(origin), .options = {}}, few);
  std::vector<Client> clients;
  for (int i = 0; i < 60; ++i) {
    clients.emplace_back(lb.port());
    EXPECT_EQ(clients.back().gets("/").status, 200) << i;
  }
}

}  // namespace
}  // namespace lb::e2e
