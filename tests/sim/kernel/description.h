#pragma once

// What a descriptor stands for (open(2) calls it an open file description).

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
};

}  // namespace lb::sim
