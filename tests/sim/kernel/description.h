#pragma once

// What a descriptor stands for (open(2) calls it an open file description). Descriptors of several
// processes, and messages between them, may stand for the same.

#include <cstddef>

namespace lb::sim {

struct Readiness {
  bool readable = false;
  bool writable = false;
  bool hangup = false;  // EPOLLHUP or EPOLLERR
};

class Description {
 public:
  Description() = default;
  virtual ~Description() = default;
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

  [[nodiscard]] virtual Readiness readiness() const { return {}; }
  // Its last descriptor was closed. The object stays until the end of the run.
  virtual void on_closed() {}

  void refer() { ++references_; }
  // Returns whether that was the last one.
  [[nodiscard]] bool unrefer() { return --references_ == 0; }

 private:
  std::size_t references_ = 0;
};

}  // namespace lb::sim
