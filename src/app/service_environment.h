#pragma once

// What a service manager says by the environment: where it wants to be told of this process
// (sd_notify(3)), how often a sign of life (sd_watchdog_enabled(3)), and which sockets it has
// opened for it (sd_listen_fds(3)). A value; opens and tells nothing.

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>

#include "lb/app/options.h"

namespace lb::app {

struct ServiceEnvironment {
  std::string notify_path;               // empty: nobody wants to be told
  std::chrono::microseconds watchdog{};  // within which a sign of life is wanted; 0: none
  std::uint16_t sockets = 0;             // descriptors from kFirstSocket on; 0: none

  static constexpr int kFirstSocket = 3;  // SD_LISTEN_FDS_START
  static constexpr std::uint16_t kSocketsMax = 64;
};

// What is meant for another process (WATCHDOG_PID, LISTEN_PID) is none of ours. One line for stderr
// and exit code 2 if a variable makes no sense.
[[nodiscard]] std::expected<ServiceEnvironment, std::string> read_service_environment(
    const Environment& environment, std::uint64_t process_id);

}  // namespace lb::app
