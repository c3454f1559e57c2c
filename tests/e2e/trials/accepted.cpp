#include "tests/e2e/trials/accepted.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace lb::e2e {
namespace {

// Of proc_net_tcp(5).
constexpr std::string_view kListening = "0A";
// The kernel tells the table in parts, between which entries may move.
constexpr int kLooks = 3;

// "socket:[4711]" (proc_pid_fd(5)).
std::set<std::string> sockets_of(pid_t process) {
  static constexpr std::string_view kSocket = "socket:[";
  std::set<std::string> sockets;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (!target.starts_with(kSocket)) continue;
    sockets.insert(target.substr(kSocket.size(), target.size() - kSocket.size() - 1));
  }
  return sockets;
}

std::size_t hexadecimal(std::string_view digits) {
  std::size_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

// What stands behind the colon of "0100007F:1F90", or of "00000000:00000003".
std::size_t second_half(std::string_view pair) {
  return hexadecimal(pair.substr(pair.find(':') + 1));
}

struct Entry {
  explicit Entry(const std::string& line) {
    std::istringstream words(line);
    std::string skipped;
    words >> skipped >> local >> remote >> state >> queues;
    for (int i = 0; i < 4; ++i) words >> skipped;
    words >> socket;
  }
  std::string local;
  std::string remote;
  std::string state;
  std::string queues;
  std::string socket;
};

}  // namespace

Accepted accepted_by(pid_t process, std::uint16_t port) {
  Accepted accepted;
  const std::set<std::string> own = sockets_of(process);
  for (int look = 0; look < kLooks; ++look) {
    std::ifstream table("/proc/net/tcp");
    std::size_t waiting = 0;
    for (std::string line; std::getline(table, line);) {
      const Entry entry(line);
      if (second_half(entry.local) != port || !own.contains(entry.socket)) continue;
      if (entry.state == kListening) {
        waiting += second_half(entry.queues);
      } else {
        accepted.clients.insert(static_cast<std::uint16_t>(second_half(entry.remote)));
      }
    }
    accepted.waiting = std::max(accepted.waiting, waiting);
  }
  return accepted;
}

}  // namespace lb::e2e
