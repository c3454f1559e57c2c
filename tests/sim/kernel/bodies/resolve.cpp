#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {

std::expected<std::vector<Address>, std::string> resolve(const std::string& host,
                                                         std::uint16_t port) {
  sim::Kernel& kernel = sim::Kernel::current();
  kernel.tick();
  const std::vector<IpAddress>* found = kernel.resolve(host);
  kernel.trace.call("resolve(", host, ") = ", found != nullptr ? found->size() : 0);
  if (found == nullptr) return std::unexpected(std::string("Name or service not known"));
  std::vector<Address> addresses;
  for (IpAddress ip : *found) {
    ip.port = port;
    addresses.push_back({.ip = ip, .unix_path = {}});
  }
  return addresses;
}

}  // namespace lb::os
