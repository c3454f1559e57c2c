#include "lb/net/transport.h"

namespace lb::net {

os::IoResult Transport::send(std::span<const std::string_view> slices) {
  if (slices.size() == 1) return os::send(fd_.get(), slices.front());
  return os::send_slices(fd_.get(), slices);
}

}  // namespace lb::net
