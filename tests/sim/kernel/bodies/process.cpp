#include "lb/os/process.h"

#include <cerrno>

#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {

std::uint64_t process_id() {
  return 1;
}

int send_datagram(const std::string&, std::string_view) {
  return ENOENT;  // no service manager lives in this world
}

std::expected<Fd, int> adopt_listener(int fd) {
  sim::Kernel& kernel = sim::Kernel::current();
  kernel.tick();
  if (kernel.find<sim::Listener>(fd, "adopt_listener") == nullptr) return std::unexpected(EINVAL);
  return Fd(fd);
}

Address local_address(int fd) {
  sim::Kernel& kernel = sim::Kernel::current();
  kernel.tick();
  auto* listener = kernel.find<sim::Listener>(fd, "local_address");
  return listener != nullptr ? listener->address() : Address{};
}

}  // namespace lb::os
