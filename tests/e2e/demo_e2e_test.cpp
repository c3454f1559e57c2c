// `lb --demo`: the embedded default, which works with no other program around.

#include <gtest/gtest.h>

#include <set>

#include "tests/e2e/support/client.h"
#include "tests/e2e/support/lb.h"
#include "tests/e2e/support/pattern.h"

namespace lb::e2e {
namespace {

class Demo : public testing::Test {
 protected:
  void SetUp() override {
    waits_until("three demo servers are up",
                [this] { return lb.count_of_logged("the following host is up ") == 3; });
  }

  Lb lb{Arguments{"--demo"}};
};

TEST_F(Demo, ServesAndShowsThePathAndTheFieldsThatItSaw) {
  const Response response = Client(lb.port()).gets("/some/path?x=1", "X-Probe: seen by demo\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body.contains("/some/path?x=1")) << response.body;
  EXPECT_TRUE(response.body.contains("X-Probe: seen by demo")) << response.body;
  EXPECT_TRUE(response.body.contains("X-Forwarded-For: 127.0.0.1")) << response.body;
}

TEST_F(Demo, ThreeServersWithDifferentNamesTakeTurns) {
  Client client(lb.port());
  std::set<std::string> answers;
  for (int i = 0; i < 3; ++i) answers.insert(client.gets("/").body);
  EXPECT_EQ(answers.size(), 3U) << *answers.begin();
}

TEST_F(Demo, AcceptsUploads) {
  Client client(lb.port());
  client.sends(post("/upload", pattern_of(1'000'000)));
  const Response response = client.reads_response("POST");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.complete);
  client.sends(post_chunked("/upload", pattern_of(100'000), 4000));
  EXPECT_EQ(client.reads_response("POST").status, 200);
}

TEST_F(Demo, LeavesCleanly) {
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_EQ(lb.shuts_down(), 0);
  EXPECT_TRUE(lb.log().back().ends_with(" - INFO - server shutdown complete"));
}

}  // namespace
}  // namespace lb::e2e
