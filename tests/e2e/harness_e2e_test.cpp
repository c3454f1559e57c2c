// The instruments themselves: a client and an origin face to face, with no balancer between them.
// What these cannot see, no other test of this ring can.

#include <gtest/gtest.h>

#include "tests/e2e/support/address.h"
#include "tests/e2e/support/client.h"
#include "tests/e2e/support/lb.h"
#include "tests/e2e/support/origin.h"
#include "tests/e2e/support/pattern.h"
#include "tests/e2e/support/simple_backend.h"

namespace lb::e2e {
namespace {

constexpr std::chrono::milliseconds kShort{200};

TEST(Harness, AClientReadsWhatAnOriginAnswers) {
  Origin origin(echoes());
  Client client(origin.port());
  client.sends(post("/a", "one"));
  EXPECT_EQ(client.reads_response("POST").body, "one");
  client.sends(post_chunked("/b", "two and three", 4));
  EXPECT_EQ(client.reads_response("POST").body, "two and three");
  ASSERT_EQ(origin.request_count(), 2U);
  EXPECT_EQ(origin.requests()[1].body, "two and three");
  EXPECT_EQ(origin.requests()[1].index, 2);
}

TEST(Harness, ACutBodyIsIncomplete) {
  for (const char* message :
       {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ncut\r\n"}) {
    Origin origin(sends_and_closes(message));
    const Response response = Client(origin.port()).gets("/");
    EXPECT_FALSE(response.complete) << message;
    EXPECT_EQ(response.body, "cut") << message;
  }
}

TEST(Harness, AResetIsNotAClose) {
  Origin origin(sends_and_resets("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(Client(origin.port()).gets("/").complete);
  origin.plays(sends_and_closes("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_TRUE(Client(origin.port()).gets("/").complete);
}

TEST(Harness, MalformedMessagesAreNoticed) {
  for (const char* message :
       {"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n", "HTTP/1.1 204 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"}) {
    Origin origin(sends_and_closes(message));
    EXPECT_EQ(failure_of([&] { (void)Client(origin.port()).gets("/"); }),
              WireError::Kind::kMalformed)
        << message;
  }
}

TEST(Harness, AnOriginThatDiesRefusesAndComesBackAtTheSamePlace) {
  Origin origin;
  const std::uint16_t port = origin.port();
  Client client(port);
  EXPECT_EQ(client.gets("/").status, 200);
  origin.dies();
  EXPECT_TRUE(is_refused(port));
  EXPECT_NE(client.reads_end(), End::kNotAfterBytes);
  origin.is_reborn();
  EXPECT_EQ(Client(port).gets("/").status, 200);
}

TEST(Harness, AnOriginCanLeaveConnectsUnanswered) {
  Origin origin;
  origin.stops_answering_connects();
  const SocketAddress address = ip_address("127.0.0.1", origin.port());
  const Fd socket = new_socket(address, SOCK_NONBLOCK);
  EXPECT_NE(::connect(socket.number(), address.get(), address.size), 0);
  pollfd entry{.fd = socket.number(), .events = POLLOUT, .revents = 0};
  EXPECT_EQ(::poll(&entry, 1, kShort.count()), 0);
}

TEST(Harness, ThePatternShowsALostARepeatedAndAMovedOctet) {
  const std::string whole = pattern_of(3 * kPatternPeriod);
  EXPECT_TRUE(PatternCheck().takes(whole));
  EXPECT_FALSE(PatternCheck().takes(whole.substr(1)));
  EXPECT_FALSE(PatternCheck().takes(whole.substr(0, 70'000) + whole.substr(70'001)));
  EXPECT_FALSE(PatternCheck().takes(whole.substr(0, 70'000) + whole.substr(4'464)));
}

TEST(Harness, ASimpleBackendNeverEndsAResponseByItself) {
  SimpleBackend backend("hi");
  const std::string name = backend.name();
  Client client(static_cast<std::uint16_t>(std::stoi(name.substr(name.rfind(':') + 1))));
  const Response response = client.gets("/");
  EXPECT_EQ(response.body, "hi");
  EXPECT_TRUE(response.lists("Connection", "close"));
  EXPECT_EQ(failure_of([&] { (void)client.reads_end(Deadline(kShort)); }),
            WireError::Kind::kTimeout);
  client.closes();
  backend.waits_for_closed_connections(1);
}

TEST(Harness, AProcessTellsItsLinesAndItsEnd) {
  Process process("/bin/sh", {"-c", "echo out; echo one >&2; echo two >&2; exit 7"}, {});
  EXPECT_EQ(process.waits_for_exit(), 7);
  EXPECT_EQ(process.output().all(), std::vector<std::string>{"out"});
  EXPECT_EQ(process.errors().all(), (std::vector<std::string>{"one", "two"}));
  Process killed("/bin/sh", {"-c", "kill -9 $$"}, {});
  EXPECT_EQ(killed.waits_for_exit(), -9);
}

TEST(Harness, AProcessCanHaveHostsOfItsOwn) {
  if (!Process::can_have_hosts()) GTEST_SKIP() << "no user namespaces here";
  Surroundings surroundings;
  surroundings.hosts = "127.0.0.1 only.test\n";
  Process process("/bin/cat", {"/etc/hosts"}, surroundings);
  EXPECT_EQ(process.waits_for_exit(), 0);
  EXPECT_EQ(process.output().all(), std::vector<std::string>{"127.0.0.1 only.test"});
}

}  // namespace
}  // namespace lb::e2e
