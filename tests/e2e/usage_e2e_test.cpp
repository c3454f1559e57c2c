// What the command line answers: help, version, and one clear line for each mistake.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/e2e/support/client.h"
#include "tests/e2e/support/lb.h"
#include "tests/e2e/support/origin.h"
#include "tests/e2e/support/text.h"

namespace lb::e2e {
namespace {

struct Outcome {
  int code = 0;
  std::vector<std::string> output;
  std::vector<std::string> errors;
};

Outcome outcome_of(const Arguments& arguments) {
  Lb lb(arguments, Start::kAsGiven);
  const int code = lb.waits_for_exit();
  return {.code = code, .output = lb.output(), .errors = lb.log()};
}

// Leaves with 2 and one line on stderr that contains this; the line.
std::string usage_error(const Arguments& arguments, std::string_view hint) {
  const Outcome outcome = outcome_of(arguments);
  EXPECT_EQ(outcome.code, 2) << arguments.back();
  EXPECT_TRUE(outcome.output.empty()) << arguments.back();
  EXPECT_EQ(outcome.errors.size(), 1U) << arguments.back();
  if (outcome.errors.empty()) return {};
  EXPECT_TRUE(outcome.errors.front().contains(hint)) << outcome.errors.front();
  return outcome.errors.front();
}

TEST(Usage, HelpTellsFlagsDefaultsExamplesAndExitCodes) {
  for (const char* flag : {"--help", "-h"}) {
    const Outcome outcome = outcome_of({flag});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_TRUE(outcome.errors.empty());
    std::string text;
    for (const std::string& line : outcome.output) text += line + '\n';
    for (const char* part : {"--servers", "--port", "--health-path", "--drain-timeout", "--demo",
                             "--access-log", "--log-level"}) {
      EXPECT_TRUE(text.contains(part)) << part;
    }
    EXPECT_TRUE(contains_match(text, R"(\[[^\]]*8080\])")) << text;
    EXPECT_TRUE(contains_match(text, R"(\[[^\]]*/health-check\])")) << text;
    EXPECT_TRUE(contains_in_any_case(text, "exit codes?")) << text;
    EXPECT_GE(std::ranges::count_if(
                  outcome.output,
                  [](const std::string& line) { return contains_match(line, "^ *(\\$ )?lb -"); }),
              2)
        << text;
  }
}

TEST(Usage, VersionIsTold) {
  for (const char* flag : {"--version", "-V"}) {
    const Outcome outcome = outcome_of({flag});
    EXPECT_EQ(outcome.code, 0);
    ASSERT_FALSE(outcome.output.empty());
    EXPECT_TRUE(contains_match(outcome.output.front(), R"(\d+\.\d+\.\d+)"));
  }
}

TEST(Usage, ServersMustBeGiven) {
  usage_error({"--port", "0"}, "--servers");
}

TEST(Usage, EachBadServerHasItsOwnLine) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"localhost", "localhost"},
      {"localhost:", "localhost:"},
      {"localhost:0", "localhost:0"},
      {":80", ":80"},
      {"a:99999", "99999"},
      {"a:1,a:1", "a:1"},
      {"a:1,,b:2", ""},
      {"a:9-8", "9-8"},
      {"a:x", "a:x"},
      {"[::1", "[::1"},
      {"unix:", "unix:"},
  };
  std::set<std::string> lines;
  for (const auto& [servers, hint] : rows) {
    lines.insert(usage_error({"--port", "0", "--servers", servers}, hint));
  }
  EXPECT_EQ(lines.size(), rows.size());
}

TEST(Usage, AnUnknownFlagIsToldWithTheNearestName) {
  usage_error({"--server", "a:1"}, "--servers");
  usage_error({"--servers", "a:1", "--helth-path", "/x"}, "--health-path");
  usage_error({"--servers", "a:1", "--drain-timeot=1s"}, "--drain-timeout");
}

TEST(Usage, ABadValueIsToldWithItsFlag) {
  usage_error({"--servers", "a:1", "--port", "99999"}, "--port");
  usage_error({"--servers", "a:1", "--port", "x"}, "--port");
  usage_error({"--servers", "a:1", "--health-interval", "soon"}, "--health-interval");
  usage_error({"--servers", "a:1", "--max-header-size", "-1"}, "--max-header-size");
  usage_error({"--servers", "a:1", "--log-level", "loud"}, "--log-level");
  usage_error({"--servers", "a:1", "--health-status", "1-2-3"}, "--health-status");
  usage_error({"--servers", "a:1", "--health-path", "no-slash"}, "--health-path");
  usage_error({"--servers", "a:1", "--balance", "fancy"}, "--balance");
  usage_error({"--servers", "a:1", "--backlog", "0"}, "--backlog");
  usage_error({"--servers", "a:1", "--all-down", "maybe"}, "--all-down");
  usage_error({"--servers"}, "--servers");
}

TEST(Usage, EachBadPlaceToListenAtHasItsOwnLine) {
  const std::vector<std::string> places{
      "",      "8080",   "localhost",     ":",
      ":x",    ":65536", "localhost:1-2", "::1:80",
      "[::1]", "unix:",  "unix:a.sock",   "unix:/" + std::string(107, 'x')};
  std::set<std::string> lines;
  for (const std::string& place : places) {
    lines.insert(usage_error({"--servers", "a:1", "--listen", place}, "--listen"));
  }
  EXPECT_EQ(lines.size(), places.size());
  usage_error({"--servers", "a:1", "--listen", ":80", "--listen", ":80"}, "twice");
}

TEST(Usage, WhatCannotBeHadTogetherIsNamed) {
  for (const auto& [one, other] :
       std::vector<std::pair<std::string, std::string>>{{"--listen=:0", "--port=0"},
                                                        {"--listen=:0", "--host=localhost"},
                                                        {"--no-health", "--health-path=/"},
                                                        {"--no-health", "--health-interval=1s"}}) {
    const std::string line = usage_error({"--servers", "a:1", one, other}, "exclude each other");
    EXPECT_TRUE(line.contains(one.substr(0, one.find('=')))) << line;
    EXPECT_TRUE(line.contains(other.substr(0, other.find('=')))) << line;
  }
}

TEST(Usage, AStrayArgumentIsRefused) {
  usage_error({"--servers", "a:1", "stray"}, "stray");
}

TEST(Usage, APortInUseEndsTheStartWithOne) {
  const Origin taken;
  const std::string port = std::to_string(taken.port());
  const Outcome outcome =
      outcome_of({"--servers", "127.0.0.1:1", "--host", "127.0.0.1", "--port", port});
  EXPECT_EQ(outcome.code, 1);
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_TRUE(outcome.errors.front().contains(port)) << outcome.errors.front();
  EXPECT_TRUE(contains_in_any_case(outcome.errors.front(), "in use")) << outcome.errors.front();
}

TEST(Usage, TheEnvironmentFillsWhatTheCommandLineLeavesOpen) {
  Origin origin;
  Origin other;
  Surroundings surroundings;
  surroundings.environment = {"LB_SERVERS=" + origin.name(), "LB_HEALTH_PATH=/from-environment"};
  {
    Lb lb(Arguments{}, Start::kAtPortZero, surroundings);
    lb.waits_until_up(origin.name());
    EXPECT_EQ(origin.request().head.target, "/from-environment");
  }
  Lb lb(Arguments{"--servers", other.name()}, Start::kAtPortZero, surroundings);
  lb.waits_until_up(other.name());
  EXPECT_EQ(lb.count_of_logged(origin.name()), 0U) << "the command line wins";
}

TEST(Usage, DurationsAndSizesHaveUnits) {
  Origin origin;
  Lb lb(Balancing{.servers = names_of(origin),
                  .options = {"--server-timeout", "1m", "--client-timeout", "90s",
                              "--keepalive-timeout", "1h", "--header-timeout", "1500ms",
                              "--connect-timeout", "2", "--max-header-size", "32k"}});
  EXPECT_EQ(Client(lb.port()).gets("/").status, 200);
}

}  // namespace
}  // namespace lb::e2e
