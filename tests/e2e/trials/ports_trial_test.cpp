// Trial 10: few local ports, and servers that leave the closing, and so the TIME_WAIT, to lb.

#include <cstdlib>

#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

class Ports : public Trial {
 protected:
  // Runs the same test in a network of its own, where it finds LB_TRIAL_NETWORK set.
  static void runs_in_own_network() {
    Surroundings surroundings;
    surroundings.own_network_ports = "20000 20999";
    surroundings.environment = {"LB_TRIAL_NETWORK=own"};
    if (is_full_trial()) surroundings.environment.emplace_back("LB_TRIAL=full");
    const testing::TestInfo& self = *testing::UnitTest::GetInstance()->current_test_info();
    Process process("/proc/self/exe",
                    {std::string("--gtest_filter=") + self.test_suite_name() + "." + self.name()},
                    surroundings);
    const int code = process.waits_for_exit(Deadline(6 * kPatience));
    for (const std::string& line : process.output().all()) std::cout << "    " << line << '\n';
    for (const std::string& line : process.errors().all()) std::cerr << "    " << line << '\n';
    EXPECT_EQ(code, 0);
  }
};

TEST_F(Ports, DoNotRunOut) {
  if (std::getenv("LB_TRIAL_NETWORK") == nullptr) {
    if (!Process::can_have_network()) GTEST_SKIP() << "no user namespaces here";
    return runs_in_own_network();
  }
  const std::vector<std::string> closes{"--mode=says-close"};
  starts_backends(3, {closes, closes, closes});
  starts();
  const auto load = loads({.clients = 32, .requests_max = 8000});
  const Tally& tally = load->waits_for_end();
  EXPECT_TRUE(tally.is_spotless());
  EXPECT_EQ(tally.refused, 0U);
  EXPECT_EQ(tally.answered_in_all(), 8000U);
  EXPECT_EQ(ledger.malformed(), 0U);
  figure(10, "1000 local ports: ", tally.text());
}

}  // namespace
}  // namespace lb::e2e
