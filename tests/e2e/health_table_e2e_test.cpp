// What each result of a check does to a server, row by row of the table in the manual.
//
// Thresholds are shown from both sides by one sequence of answers: first a run that is one too
// short, then a run that is just long enough, then too short ones for ever. A threshold that is too
// low flips too early; one that is too high never flips.

#include <gtest/gtest.h>

#include <memory>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

const Arguments kQuick{"--health-interval", "60ms", "--health-fast-interval", "60ms",
                       "--health-timeout",  "400ms"};

// A server under a sequence of checks, beside one that is always up.
class HealthTable : public testing::Test {
 protected:
  Lb& starts(Arguments options = {}) {
    options.insert(options.begin(), {"--servers", list_of(names_of(judged, other))});
    options.insert(options.end(), kQuick.begin(), kQuick.end());
    lb_ = std::make_unique<Lb>(options);
    lb_->waits_until_up(other.name());
    return *lb_;
  }
  // How often it was checked when the line was logged. The line is seen a little later than it is
  // written, so the figure may be too high, never too low.
  std::size_t checks_until(const std::string& text, std::size_t from = 0) {
    lb_->waits_for_log(text + judged.name(), from);
    return judged.health_check_count();
  }

  static constexpr const char* kUp = "the following host is up ";
  static constexpr const char* kDown = "the following host is down ";

  Origin judged{tells("judged")};
  Origin other{tells("other")};

 private:
  std::unique_ptr<Lb> lb_;
};

TEST_F(HealthTable, TheFirstVerdictDecidesAloneThatAServerIsUp) {
  judged.answers_health_checks(in_turn({answers(200, ""), hangs()}));
  starts({"--health-rise", "5", "--health-fall", "1000"}).waits_until_up(judged.name());
}

// Each with an origin of its own: a check that the lb before it left behind would take the answer
// that is meant for the first one.
TEST(HealthTableFirst, TheFirstVerdictDecidesAloneThatAServerIsDown) {
  for (const Script& first :
       {answers(404, ""), hangs(), resets(), sends_and_closes("garbage\r\n\r\n")}) {
    Origin judged;
    Origin other;
    judged.answers_health_checks(in_turn({first, answers(200, "")}));
    Arguments options{"--servers",     list_of(names_of(judged, other)),
                      "--health-fall", "5",
                      "--health-rise", "1000"};
    options.insert(options.end(), kQuick.begin(), kQuick.end());
    Lb lb(options);
    lb.waits_until_down(judged.name());
  }
}

TEST_F(HealthTable, AnotherStatusTakesAServerDownAtOnceAndTellsTheCure) {
  judged.answers_health_checks(in_turn({answers(200, ""), answers(404, ""), answers(200, "")}));
  const std::string line =
      starts({"--health-fall", "5", "--health-rise", "1000"}).waits_for_log(kDown + judged.name());
  EXPECT_TRUE(line.ends_with(" - the following host is down " + judged.name() +
                             ": GET /health-check answered 404 (choose a path with --health-path, "
                             "or none for connect only)"))
      << line;
}

TEST_F(HealthTable, ARefusedConnectionTakesAServerDownAtOnce) {
  Lb& lb = starts({"--health-fall", "1000"});
  lb.waits_until_up(judged.name());
  judged.dies();
  lb.waits_until_down(judged.name());
}

TEST_F(HealthTable, TimeoutsTakeAServerDownOnlyInARow) {
  const Script good = answers(200, "");
  judged.answers_health_checks([good, count = std::make_shared<int>(0)](Exchange& exchange) {
    // good, two, good, three, good, and then two and good for ever
    const int check = ++*count;
    const bool bad = check > 8 ? (check - 8) % 3 != 0 : check != 1 && check != 4 && check != 8;
    (bad ? hangs() : good)(exchange);
  });
  starts({"--health-fall", "3", "--health-rise", "1000"});
  EXPECT_GE(checks_until(kDown), 7U);
}

TEST_F(HealthTable, ResetsAndGarbageCountLikeTimeouts) {
  judged.answers_health_checks(in_turn(
      {answers(200, ""), resets(), sends_and_closes("garbage\r\n\r\n"), answers(200, ""),
       sends_and_closes(""), resets(), sends_and_closes("garbage\r\n\r\n"), answers(200, "")}));
  starts({"--health-fall", "3", "--health-rise", "1000"});
  EXPECT_GE(checks_until(kDown), 7U);
}

TEST_F(HealthTable, AServerComesUpAfterARiseInARow) {
  judged.answers_health_checks([count = std::make_shared<int>(0)](Exchange& exchange) {
    // bad, two good, bad, three good, bad, and then two good and one bad for ever
    const int check = ++*count;
    const bool good = check > 8 ? (check - 8) % 3 != 0 : check != 1 && check != 4 && check != 8;
    exchange.answers(good ? 200 : 500, "");
  });
  starts({"--health-rise", "3"});
  const std::size_t checks = checks_until(kUp);
  EXPECT_GE(checks, 7U);
}

TEST_F(HealthTable, WhileNobodyIsUpOneGoodCheckIsEnough) {
  judged.answers_health_checks([count = std::make_shared<int>(0)](Exchange& exchange) {
    exchange.answers(++*count % 2 == 0 ? 200 : 500, "");
  });
  other.answers_health_checks(answers(500, ""));
  Lb lb({"--servers", list_of(names_of(judged, other)), "--health-rise", "1000",
         "--health-interval", "60ms", "--health-fast-interval", "60ms"});
  lb.waits_until_down(judged.name());
  lb.waits_until_up(judged.name());
}

TEST_F(HealthTable, ADownServerGetsNothingAndAnUpServerGetsItsShareAgain) {
  judged.answers_health_checks(answers(500, ""));
  Lb& lb = starts();
  lb.waits_until_down(judged.name());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Client(lb.port()).gets("/").body, "other");
  judged.answers_health_checks(answers(200, ""));
  lb.waits_until_up(judged.name());
  const std::string first = Client(lb.port()).gets("/").body;
  EXPECT_NE(Client(lb.port()).gets("/").body, first);
}

TEST_F(HealthTable, EveryDownLineTellsAReason) {
  const Script good = answers(200, "");
  judged.answers_health_checks(in_turn({good, hangs()}));
  Lb& lb = starts({"--health-fall", "2"});
  lb.waits_until_up(judged.name());
  const std::string line = lb.waits_for_log(kDown + judged.name() + ": ");
  EXPECT_FALSE(line.ends_with(": ")) << line;
}

}  // namespace
}  // namespace lb::e2e
