#pragma once

// HAProxy before the same servers, for figures that are judged beside its own.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/support/process.h"

namespace lb::e2e {

class Rival {
 public:
  // Starts it, and waits until it answers. `settings` are lines of its section "defaults".
  Rival(const std::vector<std::string>& servers, const std::string& settings);
  Rival(const Rival&) = delete;
  Rival& operator=(const Rival&) = delete;
  ~Rival();

  [[nodiscard]] static bool is_installed();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_;
  std::filesystem::path configuration_;
  std::unique_ptr<Process> process_;
};

}  // namespace lb::e2e
