#pragma once

// The connections of a process at a port, as the kernel tells of them: who is served by which of
// several processes is seen from outside.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <set>

namespace lb::e2e {

struct Accepted {
  std::set<std::uint16_t> clients;  // by the ports of their ends
  std::size_t waiting = 0;          // not accepted yet, in the queues of its listening sockets
};

// Over IPv4. Best while the process is stopped: then it takes none and gives none back.
[[nodiscard]] Accepted accepted_by(pid_t process, std::uint16_t port);

}  // namespace lb::e2e
