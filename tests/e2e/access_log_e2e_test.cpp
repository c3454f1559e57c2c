// The access log: one line a request, in the combined format plus server, tries and times.

#include <filesystem>
#include <fstream>

#include "tests/e2e/support/balanced_test.h"
#include "tests/e2e/support/fresh_path.h"
#include "tests/e2e/support/text.h"

namespace lb::e2e {
namespace {

using AccessLog = Balanced;

class LogFile {
 public:
  LogFile() = default;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() { std::filesystem::remove(path_); }

  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::ifstream file(path_);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

 private:
  const std::string path_ = fresh_path("access_log");
};

TEST_F(AccessLog, ALineIsCombinedPlusServerTriesAndTimes) {
  starts({"--access-log", "-"});
  EXPECT_EQ(
      client().gets("/a?b=1", "Referer: http://ref.test/\r\nUser-Agent: agent/1.0\r\n").status,
      200);
  const std::string line = balancer().waits_for_output("/a?b=1");
  const std::string added = first_group(
      line, R"re(127\.0\.0\.1 - - \[\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\] )re"
            R"re("GET /a\?b=1 HTTP/1\.1" 200 5 "http://ref\.test/" "agent/1\.0" (.+))re");
  EXPECT_TRUE(added.contains(origin.name())) << line;
  const std::string behind = added.substr(added.find(origin.name()) + origin.name().size());
  EXPECT_TRUE(contains_match(behind, R"(\b1\b.*\d)")) << "tries, times: " << line;
}

TEST_F(AccessLog, WhatIsMissingIsADash) {
  starts({"--access-log", "-"});
  EXPECT_EQ(client().gets("/bare").status, 200);
  EXPECT_TRUE(balancer().waits_for_output("/bare").contains("\" 200 5 \"-\" \"-\" "));
}

TEST_F(AccessLog, ThereIsOneLineForEachRequest) {
  starts({"--access-log", "-"});
  Client one = client();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(one.gets("/" + std::to_string(i)).status, 200);
  EXPECT_EQ(balancer().shuts_down(), 0);
  const std::vector<std::string> lines = balancer().output();
  ASSERT_EQ(lines.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(lines[i].contains("\"GET /" + std::to_string(i) + " HTTP/1.1\" 200 5 "));
  }
}

TEST_F(AccessLog, LinesAreWrittenWithinASecondOrSo) {
  const LogFile file;
  starts({"--access-log", file.path()});
  EXPECT_EQ(client().gets("/one").status, 200);
  waits_until("the line is in the file", [&] { return file.lines().size() == 1; });
  EXPECT_EQ(client().gets("/two").status, 200);
  waits_until("the second line too", [&] { return file.lines().size() == 2; });
}

TEST_F(AccessLog, WhatIsHeldIsWrittenAtTheEnd) {
  const LogFile file;
  starts({"--access-log", file.path()});
  EXPECT_EQ(client().gets("/last").status, 200);
  EXPECT_EQ(balancer().shuts_down(), 0);
  ASSERT_EQ(file.lines().size(), 1U);
  EXPECT_TRUE(file.lines().front().contains("GET /last"));
}

TEST_F(AccessLog, AClientCannotForgeALine) {
  starts({"--access-log", "-"});
  EXPECT_EQ(client().gets("/x", "User-Agent: a\" 200 0 \"b\r\nReferer: c\\d\te\r\n").status, 200);
  EXPECT_EQ(balancer().shuts_down(), 0);
  ASSERT_EQ(balancer().output().size(), 1U);
  const std::string line = balancer().output().front();
  EXPECT_FALSE(contains_match(line, R"re([^\\]" 200 0 "b)re")) << line;
  EXPECT_FALSE(line.contains('\t')) << line;
}

TEST_F(AccessLog, AnswersMadeHereAreLoggedToo) {
  origin.answers_health_checks(answers(404, ""));
  Lb lb({"--servers", origin.name(), "--access-log", "-"});
  lb.waits_until_down(origin.name());
  EXPECT_EQ(Client(lb.port()).gets("/nobody").status, 503);
  EXPECT_TRUE(lb.waits_for_output("/nobody").contains("HTTP/1.1\" 503 "));
}

TEST_F(AccessLog, ATryThatFailedIsCounted) {
  Origin second(tells("second"));
  Lb lb(Balancing{.servers = names_of(origin, second),
                  .options = {"--access-log", "-", "--health-interval", "10m"}});
  origin.dies();
  EXPECT_EQ(Client(lb.port()).gets("/x1").body, "second");
  EXPECT_EQ(Client(lb.port()).gets("/x2").body, "second");
  EXPECT_EQ(lb.shuts_down(), 0);
  int repeated = 0;
  for (const std::string& line : lb.output()) {
    const std::size_t server = line.find(second.name());
    ASSERT_NE(server, std::string::npos) << line;
    if (contains_match(line.substr(server + second.name().size()), R"(\b2\b)")) ++repeated;
  }
  EXPECT_GE(repeated, 1);
}

TEST_F(AccessLog, ItIsOffUnlessAskedFor) {
  EXPECT_EQ(client().gets("/").status, 200);
  EXPECT_EQ(balancer().shuts_down(), 0);
  EXPECT_TRUE(balancer().output().empty());
}

TEST_F(AccessLog, AFileThatCannotBeOpenedEndsTheStart) {
  Lb lb({"--servers", origin.name(), "--access-log", "/no/such/folder/log"});
  EXPECT_EQ(lb.waits_for_exit(), 1);
  EXPECT_EQ(lb.count_of_logged("/no/such/folder/log"), 1U);
}

}  // namespace
}  // namespace lb::e2e
