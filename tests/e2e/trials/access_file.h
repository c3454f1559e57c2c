#pragma once

// The access log of a trial, in a file that goes with it.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace lb::e2e {

class AccessFile {
 public:
  AccessFile();
  AccessFile(const AccessFile&) = delete;
  AccessFile& operator=(const AccessFile&) = delete;
  ~AccessFile();

  [[nodiscard]] std::string path() const { return path_.string(); }
  // Requests of that method that were answered with 200 after more than one try. To be asked when
  // lb has ended, so that all lines are there.
  [[nodiscard]] std::size_t repeated(std::string_view method) const;

 private:
  std::filesystem::path path_;
};

}  // namespace lb::e2e
