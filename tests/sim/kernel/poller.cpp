#include "tests/sim/kernel/poller.h"

#include <cerrno>

namespace lb::sim {

int Poller::add(int fd, const Description& description, os::Interest interest,
                std::uint64_t token) {
  return watched_.try_emplace(fd, Watched{&description, interest, token}).second ? 0 : EEXIST;
}

int Poller::change(int fd, os::Interest interest, std::uint64_t token) {
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return ENOENT;
  found->second.interest = interest;
  found->second.token = token;
  return 0;
}

int Poller::remove(int fd) {
  return watched_.erase(fd) > 0 ? 0 : ENOENT;
}

std::vector<os::Event> Poller::ready() const {
  std::vector<os::Event> events;
  for (const auto& [fd, watched] : watched_) {
    const Readiness state = watched.description->readiness();
    const os::Event event{.token = watched.token,
                          .readable = state.readable && watched.interest.read,
                          .writable = state.writable && watched.interest.write,
                          .hangup = state.hangup};
    if (event.readable || event.writable || event.hangup) events.push_back(event);
  }
  return events;
}

}  // namespace lb::sim
