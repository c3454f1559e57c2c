#include "lb/os/fd.h"

#include "lb/os/os.h"

namespace lb::os {

void Fd::reset() {
  if (value_ >= 0) close(std::exchange(value_, -1));
}

}  // namespace lb::os
