#include "app/service_environment.h"

#include <gtest/gtest.h>

#include <map>

namespace lb::app {
namespace {

constexpr std::uint64_t kUs = 4711;

std::expected<ServiceEnvironment, std::string> read(
    const std::map<std::string, std::string>& variables) {
  return read_service_environment(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      },
      kUs);
}

TEST(AServiceEnvironment, IsEmptyWithoutAManager) {
  const auto service = read({});
  ASSERT_TRUE(service.has_value());
  EXPECT_EQ(service->notify_path, "");
  EXPECT_EQ(service->watchdog.count(), 0);
  EXPECT_EQ(service->sockets, 0);
}

TEST(AServiceEnvironment, HasWhatTheManagerSays) {
  const auto service = read({{"NOTIFY_SOCKET", "/run/notify"},
                             {"WATCHDOG_USEC", "30000000"},
                             {"WATCHDOG_PID", "4711"},
                             {"LISTEN_PID", "4711"},
                             {"LISTEN_FDS", "2"}});
  ASSERT_TRUE(service.has_value());
  EXPECT_EQ(service->notify_path, "/run/notify");
  EXPECT_EQ(service->watchdog, std::chrono::seconds(30));
  EXPECT_EQ(service->sockets, 2);
}

TEST(AServiceEnvironment, TakesAWatchdogThatNamesNobody) {
  EXPECT_EQ(read({{"WATCHDOG_USEC", "1"}})->watchdog.count(), 1);
}

TEST(AServiceEnvironment, LeavesWhatIsMeantForAnother) {
  const auto service = read({{"WATCHDOG_USEC", "30000000"},
                             {"WATCHDOG_PID", "4712"},
                             {"LISTEN_PID", "4712"},
                             {"LISTEN_FDS", "2"}});
  ASSERT_TRUE(service.has_value());
  EXPECT_EQ(service->watchdog.count(), 0);
  EXPECT_EQ(service->sockets, 0);
}

// sd_listen_fds(3): both, or none.
TEST(AServiceEnvironment, TakesNoSocketsThatNameNobody) {
  EXPECT_EQ(read({{"LISTEN_FDS", "2"}})->sockets, 0);
}

TEST(AServiceEnvironment, DoesNotEvenReadWhatIsMeantForAnother) {
  EXPECT_TRUE(read({{"LISTEN_PID", "4712"}, {"LISTEN_FDS", "many"}}).has_value());
}

TEST(AServiceEnvironment, RefusesWhatMakesNoSense) {
  EXPECT_EQ(read({{"LISTEN_PID", "4711"}, {"LISTEN_FDS", "many"}}).error(),
            "lb: LISTEN_FDS many: expected a number from 0 to 64");
  EXPECT_EQ(read({{"LISTEN_PID", "4711"}, {"LISTEN_FDS", "65"}}).error(),
            "lb: LISTEN_FDS 65: expected a number from 0 to 64");
  EXPECT_EQ(read({{"WATCHDOG_USEC", "0"}}).error(),
            "lb: WATCHDOG_USEC 0: expected a number from 1 to 86400000000");
}

}  // namespace
}  // namespace lb::app
