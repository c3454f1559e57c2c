// The main job as a newcomer sees it: the log of a session, a server that dies and comes back.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "tests/e2e/support/client.h"
#include "tests/e2e/support/lb.h"
#include "tests/e2e/support/origin.h"
#include "tests/e2e/support/text.h"

namespace lb::e2e {
namespace {

const Arguments kQuickChecks{"--health-interval", "200ms", "--health-fast-interval", "50ms"};

// The message of an INFO line; throws unless the line has exactly the promised form.
std::string info_message(const std::string& line) {
  return first_group(line, R"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3} - INFO - (.*))");
}

std::vector<std::string> info_messages(const std::vector<std::string>& lines) {
  std::vector<std::string> messages;
  std::ranges::transform(lines, std::back_inserter(messages), info_message);
  return messages;
}

TEST(MainJob, ASessionLogsTheTranscriptLineByLine) {
  Origin a(tells("a"), Place::localhost_on_ipv4());
  Origin b(tells("b"), Place::localhost_on_ipv4());
  Origin c(tells("c"), Place::localhost_on_ipv4());
  Lb lb(Balancing{.servers = names_of(a, b, c), .options = {}});
  const std::string port = std::to_string(lb.port());
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
  EXPECT_EQ(lb.shuts_down(), 0);

  std::vector<std::string> messages = info_messages(lb.log());
  ASSERT_EQ(messages.size(), 9U);
  // The checks run in parallel, so their results come in any order.
  std::sort(messages.begin() + 4, messages.begin() + 7);
  std::vector<std::string> up;
  for (const std::string& name : names_of(a, b, c)) {
    up.push_back("the following host is up " + name);
  }
  std::ranges::sort(up);
  const std::vector<std::string> expected{
      "server listening on localhost:" + port,
      "performing health check on the following server " + a.name(),
      "performing health check on the following server " + b.name(),
      "performing health check on the following server " + c.name(),
      up[0],
      up[1],
      up[2],
      "gracefully shutting down server",
      "server shutdown complete"};
  EXPECT_EQ(messages, expected);
  EXPECT_TRUE(lb.output().empty()) << "the log goes to stderr only";
}

TEST(MainJob, ADeadServerIsLoggedAndSkippedAndComesBack) {
  Origin a(tells("a"));
  Origin b(tells("b"));
  Origin c(tells("c"));
  Lb lb(Balancing{.servers = names_of(a, b, c), .options = kQuickChecks});
  Client client(lb.port());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(client.gets("/").status, 200);

  b.dies();
  for (int i = 0; i < 12; ++i) EXPECT_EQ(client.gets("/").status, 200) << i;
  const std::string line = lb.waits_for_log("the following host is down " + b.name() + ": ");
  EXPECT_TRUE(contains_in_any_case(line, "refused")) << line;
  for (int i = 0; i < 6; ++i) EXPECT_NE(client.gets("/").body, "b");

  const std::size_t before = lb.log_size();
  b.is_reborn();
  lb.waits_for_log("the following host is up " + b.name(), before);
  std::vector<std::string> told;
  told.reserve(3);
  for (int i = 0; i < 3; ++i) told.push_back(client.gets("/").body);
  std::ranges::sort(told);
  EXPECT_EQ(told, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(MainJob, LaterChecksLogTransitionsOnly) {
  Origin a;
  Origin b;
  Lb lb(Balancing{.servers = names_of(a, b),
                  .options = {"--health-interval", "30ms", "--health-fast-interval", "30ms"}});
  a.waits_for_health_checks(8);
  b.waits_for_health_checks(8);
  EXPECT_EQ(lb.log_size(), 5U) << "listening, two checks, two results, and nothing more";
}

TEST(MainJob, DebugLogsEachSingleCheck) {
  Origin a;
  Lb lb(Balancing{.servers = names_of(a),
                  .options = {"--health-interval", "30ms", "--log-level", "debug"}});
  a.waits_for_health_checks(6);
  waits_until("five checks are logged at debug level", [&] {
    const std::vector<std::string> lines = lb.log();
    return std::ranges::count_if(lines, [&](const std::string& line) {
             return line.contains(" - DEBUG - ") && line.contains(a.name());
           }) >= 5;
  });
}

TEST(MainJob, TheLogCanBeJson) {
  Origin a;
  Lb lb(Balancing{.servers = names_of(a), .options = {"--log-format", "json"}});
  EXPECT_EQ(lb.shuts_down(), 0);
  for (const std::string& line : lb.log()) {
    EXPECT_TRUE(line.starts_with('{') && line.ends_with('}')) << line;
  }
}

TEST(MainJob, TheLogCanBeSilenced) {
  Origin a;
  a.answers_health_checks(answers(404, ""));
  Lb lb({"--servers", a.name(), "--log-level", "off"});
  a.waits_for_health_checks(1);
  EXPECT_EQ(lb.shuts_down(), 0);
  EXPECT_TRUE(lb.log().empty());
}

}  // namespace
}  // namespace lb::e2e
