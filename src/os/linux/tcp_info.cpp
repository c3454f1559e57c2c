// Apart from the other socket calls: <linux/tcp.h>, which knows the newer fields, and
// <netinet/tcp.h> define the same names.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lb/os/os.h"

namespace lb::os {

std::optional<TcpState> tcp_state(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  return TcpState{.bytes_acknowledged = info.tcpi_bytes_acked,
                  .round_trip = std::chrono::microseconds(info.tcpi_rtt),
                  .since_acknowledgement = std::chrono::milliseconds(info.tcpi_last_ack_recv)};
}

}  // namespace lb::os
