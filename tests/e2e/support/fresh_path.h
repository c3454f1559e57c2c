#pragma once

// Where a test may make a file or a socket that no other test, process or run has.

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <string_view>

namespace lb::e2e {

[[nodiscard]] inline std::string fresh_path(std::string_view what) {
  static std::atomic<int> count;
  const std::string name = "lb_e2e_" + std::string(what) + "_" + std::to_string(::getpid()) + "_" +
                           std::to_string(++count);
  return (std::filesystem::temp_directory_path() / name).string();
}

}  // namespace lb::e2e
