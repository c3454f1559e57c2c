#pragma once

// The processes of lb that follow one another on the sockets of a first one. They become children
// of the test when the one before has ended, and the newest is ended with this object. They write
// to the log of the first.

#include <sys/types.h>

#include <string>
#include <string_view>

#include "tests/e2e/support/lb.h"

namespace lb::e2e {

class Successors {
 public:
  explicit Successors(Lb& first);
  Successors(const Successors&) = delete;
  Successors& operator=(const Successors&) = delete;
  ~Successors();

  // To the newest, at first the first.
  void signal(int number) const;
  // Signals SIGUSR2 and waits until another process has taken over, and the one before has ended.
  void take_over();
  // Waits for that line and takes its process for the newest: one that came by itself.
  void waits_for_takeover(std::size_t from);
  // Ends the newest; its exit code.
  int newest_shuts_down();

 private:
  void waits_for_end_of(pid_t process) const;

  Lb& first_;
  pid_t newest_ = 0;  // 0: the first
  std::size_t read_ = 0;
};

}  // namespace lb::e2e
