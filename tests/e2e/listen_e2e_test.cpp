// Where the balancer listens by --listen: several places at once, and unix sockets.

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/e2e/support/address.h"
#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/fresh_path.h"

namespace lb::e2e {
namespace {

// The number at the end of a line.
std::uint16_t port_in(const std::string& line) {
  std::uint16_t port = 0;
  const char* const digits = line.data() + line.rfind(':') + 1;
  if (std::from_chars(digits, line.data() + line.size(), port).ec != std::errc{}) {
    throw Failure("no port in: " + line);
  }
  return port;
}

class Listen : public testing::Test {
 protected:
  ~Listen() override { std::filesystem::remove(path); }

  // Starts lb at these places, with further options, and waits until it serves.
  Lb& starts(const Arguments& places, const Arguments& options = {}) {
    Arguments arguments{"--servers", origin.name()};
    for (const std::string& place : places) arguments.insert(arguments.end(), {"--listen", place});
    arguments.insert(arguments.end(), options.begin(), options.end());
    lb_ = std::make_unique<Lb>(arguments, Start::kAsGiven);
    lb_->waits_until_up(origin.name());
    return *lb_;
  }
  // It cannot start at these places; its one line.
  std::string fails_at(const Arguments& places) {
    Arguments arguments{"--servers", origin.name()};
    for (const std::string& place : places) arguments.insert(arguments.end(), {"--listen", place});
    Lb lb(arguments, Start::kAsGiven);
    EXPECT_EQ(lb.waits_for_exit(), 1);
    EXPECT_EQ(lb.log_size(), 1U) << "nothing was started";
    return lb.log().empty() ? std::string() : lb.log().front();
  }
  [[nodiscard]] Client local_client() const { return Client(0, {.unix_path = path}); }
  [[nodiscard]] bool exists() const {
    return std::filesystem::exists(std::filesystem::symlink_status(path));
  }

  Origin origin;
  const std::string path = fresh_path("listen");
  const std::string unix_place = "unix:" + path;

 private:
  std::unique_ptr<Lb> lb_;
};

TEST_F(Listen, APortAloneMeansAllAddresses) {
  Lb& lb = starts({":0"});
  const std::string line = lb.waits_for_log("server listening on :");
  EXPECT_NE(port_in(line), 0);
  EXPECT_EQ(Client(port_in(line)).gets("/").status, 200);
  EXPECT_EQ(Client(port_in(line), {.ip = "127.0.0.2"}).gets("/").status, 200);
  if (has_ipv6()) {
    EXPECT_EQ(Client(port_in(line), {.ip = "::1"}).gets("/").status, 200);
  }
}

TEST_F(Listen, EachPlaceServesAndHasALine) {
  Lb& lb = starts({"127.0.0.1:0", "localhost:0", unix_place});
  const std::string first = lb.waits_for_log("server listening on 127.0.0.1:");
  const std::string second = lb.waits_for_log("server listening on localhost:");
  lb.waits_for_log("server listening on " + unix_place);
  EXPECT_NE(port_in(first), port_in(second));
  EXPECT_EQ(Client(port_in(first)).gets("/").status, 200);
  EXPECT_EQ(Client(port_in(second)).gets("/").status, 200);
  EXPECT_EQ(local_client().gets("/").status, 200);
  EXPECT_EQ(lb.count_of_logged("server listening on "), 3U);
}

TEST_F(Listen, TheEnvironmentCanSayWhere) {
  Surroundings surroundings;
  surroundings.environment = {"LB_LISTEN=127.0.0.1:0", "LB_SERVERS=" + origin.name()};
  Lb lb(Arguments{}, Start::kAsGiven, surroundings);
  lb.waits_until_up(origin.name());
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

// As nginx names it; RFC 7239 6 has a word for what has no address.
TEST_F(Listen, AClientOfAUnixSocketHasNoAddress) {
  Lb& lb = starts({unix_place}, {"--forwarded", "both", "--access-log", "-"});
  EXPECT_EQ(local_client().gets("/x", "X-Forwarded-For: 6.6.6.6\r\n").status, 200);
  const RequestHead head = origin.request().head;
  EXPECT_EQ(head.value("X-Forwarded-For"), "unix:");
  EXPECT_EQ(head.value("X-Forwarded-Proto"), "http");
  EXPECT_TRUE(head.value("Forwarded").starts_with("for=unknown;")) << head.raw;
  EXPECT_TRUE(lb.waits_for_output("/x").starts_with("unix: - - ["));
}

TEST_F(Listen, ClientsOfAUnixSocketCanBeTrusted) {
  starts({unix_place}, {"--trusted-proxies", "unix:"});
  EXPECT_EQ(local_client().gets("/", "X-Forwarded-For: 192.0.2.7\r\n").status, 200);
  std::string all;
  for (const std::string& value : origin.request().head.values("X-Forwarded-For")) {
    all += (all.empty() ? "" : ", ") + value;
  }
  EXPECT_EQ(all, "192.0.2.7, unix:");
}

TEST_F(Listen, AConnectionToAUnixSocketIsLikeAnyOther) {
  starts({unix_place});
  origin.plays(echoes());
  Client one = local_client();
  const std::string body(300'000, 'x');
  for (int i = 0; i < 3; ++i) {
    one.sends(post("/", body));
    EXPECT_EQ(one.reads_response("POST").body, body);
  }
  one.sends("GET / HTTP/1.1\r\nbro ken\r\n\r\n");
  EXPECT_EQ(one.reads_response().status, 400);
  EXPECT_EQ(one.reads_end(), End::kClosed);
}

TEST_F(Listen, AFileThatNobodyServesIsReplaced) {
  {
    const Fd dead = bound_socket(unix_address(path));
  }
  ASSERT_TRUE(exists());
  starts({unix_place});
  EXPECT_EQ(local_client().gets("/").status, 200);
}

TEST_F(Listen, ASocketThatSomebodyServesIsInUse) {
  Lb& first = starts({unix_place});
  const std::string line = fails_at({unix_place});
  EXPECT_TRUE(line.contains(unix_place)) << line;
  EXPECT_TRUE(line.contains("already in use")) << line;
  EXPECT_EQ(local_client().gets("/").status, 200) << "the first one has kept it";
  EXPECT_EQ(first.shuts_down(), 0);
}

TEST_F(Listen, AFileThatIsNoSocketIsKept) {
  std::ofstream(path) << "precious";
  EXPECT_TRUE(fails_at({unix_place}).contains("is no socket"));
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST_F(Listen, WhatWasBegunIsTakenBackWhenAnotherPlaceIsTaken) {
  EXPECT_TRUE(fails_at({unix_place, origin.name()}).contains("already in use"));
  EXPECT_FALSE(exists());
}

TEST_F(Listen, TheFileGoesAtTheExit) {
  Lb& lb = starts({unix_place});
  ASSERT_TRUE(exists());
  EXPECT_EQ(lb.shuts_down(), 0);
  EXPECT_FALSE(exists());
}

TEST_F(Listen, TheFileGoesWhenADrainBeginsAndWhatIsInFlightFinishes) {
  Event go("the answer is let go");
  origin.plays([=](Exchange& exchange) {
    go.waits(Deadline(2 * kPatience));
    exchange.answers(200, "finished");
  });
  Lb& lb = starts({unix_place}, {"--drain-timeout", "1m"});
  Client one = local_client();
  one.sends(get("/"));
  origin.waits_for_requests(1);
  lb.signal(SIGTERM);
  waits_until("the file is gone", [&] { return !exists(); });
  EXPECT_THROW(local_client(), WireError);
  go.happens();
  EXPECT_EQ(one.reads_response().body, "finished");
  EXPECT_EQ(lb.waits_for_exit(), 0);
}

TEST_F(Listen, TheFileOfASuccessorIsKept) {
  Lb& lb = starts({unix_place});
  std::filesystem::remove(path);
  const Fd successor = bound_socket(unix_address(path));
  EXPECT_EQ(lb.shuts_down(), 0);
  EXPECT_TRUE(exists());
}

}  // namespace
}  // namespace lb::e2e
