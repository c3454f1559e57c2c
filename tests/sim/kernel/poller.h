#pragma once

// epoll, level-triggered: looks at every registered description each time it is asked.

#include <cstdint>
#include <map>
#include <vector>

#include "lb/os/os.h"
#include "tests/sim/kernel/description.h"

namespace lb::sim {

class Poller final : public Description {
 public:
  // Each returns 0, EEXIST or ENOENT (epoll_ctl(2)).
  [[nodiscard]] int add(int fd, const Description& description, os::Interest interest,
                        std::uint64_t token);
  [[nodiscard]] int change(int fd, os::Interest interest, std::uint64_t token);
  [[nodiscard]] int remove(int fd);
  // It was closed. Returns whether it was watched.
  bool forget(int fd) { return watched_.erase(fd) > 0; }

  [[nodiscard]] std::vector<os::Event> ready() const;
  [[nodiscard]] Readiness readiness() const override { return {.readable = !ready().empty()}; }
  [[nodiscard]] std::size_t size() const { return watched_.size(); }

 private:
  struct Watched {
    const Description* description;
    os::Interest interest;
    std::uint64_t token;
  };
  std::map<int, Watched> watched_;  // by descriptor: the same order in every run
};

}  // namespace lb::sim
