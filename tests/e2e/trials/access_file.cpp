#include "tests/e2e/trials/access_file.h"

#include <unistd.h>

#include <fstream>

namespace lb::e2e {
namespace {

// The n-th word from the end, the last one being the first.
std::string_view word_from_end(std::string_view line, int n) {
  for (; n > 1; --n) line = line.substr(0, line.rfind(' '));
  return line.substr(line.rfind(' ') + 1);
}

}  // namespace

AccessFile::AccessFile()
    : path_(std::filesystem::temp_directory_path() /
            ("lb_trial_" + std::to_string(::getpid()) + ".log")) {}

AccessFile::~AccessFile() {
  std::filesystem::remove(path_);
}

// A line ends in: server, tries, and three times (lb/proxy/access_log.h).
std::size_t AccessFile::repeated(std::string_view method) const {
  std::ifstream file(path_);
  const std::string asks = "\"" + std::string(method) + " ";
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (!line.contains(asks) || !line.contains("\" 200 ")) continue;
    const std::string_view tries = word_from_end(line, 4);
    if (tries != "1" && tries != "0") ++count;
  }
  return count;
}

}  // namespace lb::e2e
