// The backend that most newcomers try first must work (see support/simple_backend.h).

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/support/client.h"
#include "tests/e2e/support/lb.h"
#include "tests/e2e/support/simple_backend.h"

namespace lb::e2e {
namespace {

class Simple : public testing::Test {
 protected:
  [[nodiscard]] Balancing all() const {
    return {.servers = names_of(first, second, third), .options = {}};
  }
  [[nodiscard]] std::vector<std::string> received() const {
    std::vector<std::string> all;
    for (const SimpleBackend* backend : {&first, &second, &third}) {
      const std::vector<std::string> texts = backend->received();
      all.insert(all.end(), texts.begin(), texts.end());
    }
    return all;
  }

  SimpleBackend first{"first"};
  SimpleBackend second{"second"};
  SimpleBackend third{"third"};
};

TEST_F(Simple, ThreeOfThemServeInTurnOnOneConnection) {
  Lb lb(all());
  Client client(lb.port());
  std::vector<std::string> told;
  for (int i = 0; i < 6; ++i) {
    const Response response = client.gets("/");
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
    told.push_back(response.body);
  }
  for (const char* name : {"first", "second", "third"}) {
    EXPECT_EQ(std::ranges::count(told, name), 2) << name;
  }
}

TEST_F(Simple, TheirConnectionIsClosedWhenTheLengthIsMet) {
  Lb lb(Balancing{.servers = names_of(first), .options = {}});
  Client client(lb.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.gets("/").body, "first");
  first.waits_for_closed_connections(3);
}

TEST_F(Simple, Their404Passes) {
  Lb lb(all());
  const Response response = Client(lb.port()).gets("/nowhere");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "no such page");
}

TEST_F(Simple, OneReceiveHoldsTheWholeRequest) {
  Lb lb(all());
  Client client(lb.port());
  for (int i = 0; i < 6; ++i) {
    client.sends(post("/", "a small body " + std::to_string(i)));
    EXPECT_EQ(client.reads_response("POST").status, 200);
  }
  const std::vector<std::string> texts = received();
  ASSERT_EQ(texts.size(), 6U);
  for (const std::string& text : texts) {
    EXPECT_TRUE(text.contains("\r\n\r\na small body ")) << text;
  }
}

TEST_F(Simple, AnOrdinaryBrowsersHeadStaysBelowItsBuffer) {
  const std::string browser =
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
      "*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
      "Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n"
      "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\nSec-Fetch-User: ?1\r\n"
      "Priority: u=0, i\r\n";
  Lb lb(all());
  EXPECT_EQ(Client(lb.port()).gets("/", browser).status, 200);
  ASSERT_EQ(received().size(), 1U);
  EXPECT_TRUE(received().front().ends_with("\r\n\r\n"));
  const std::size_t asked = get("/", browser).size();
  EXPECT_LT(received().front().size(), asked + 200) << "what is added stays short";
}

}  // namespace
}  // namespace lb::e2e
