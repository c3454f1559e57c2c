#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "os/linux/sockaddr.h"

namespace lb::os {
namespace {

template <class T>
void store(SocketAddress& into, const T& value) {
  std::memcpy(&into.storage, &value, sizeof value);
  into.length = sizeof value;
}

template <class T>
T load(const SocketAddress& from) {
  T value{};
  std::memcpy(&value, &from.storage, sizeof value);
  return value;
}

}  // namespace

int to_kernel(Family family) {
  switch (family) {
    case Family::kUnix:
      return AF_UNIX;
    case Family::kIpv4:
      return AF_INET;
    case Family::kIpv6:
      return AF_INET6;
  }
  return AF_UNSPEC;
}

SocketAddress to_kernel(const Address& address) {
  SocketAddress result;
  if (address.family() == Family::kIpv4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.ip.port);
    std::memcpy(&v4.sin_addr, address.ip.octets.data(), sizeof v4.sin_addr);
    store(result, v4);
  } else if (address.family() == Family::kIpv6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.ip.port);
    v6.sin6_scope_id = address.scope;
    std::memcpy(&v6.sin6_addr, address.ip.octets.data(), sizeof v6.sin6_addr);
    store(result, v6);
  } else {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    const std::size_t length = std::min(address.unix_path.size(), sizeof un.sun_path - 1);
    std::memcpy(un.sun_path, address.unix_path.data(), length);
    store(result, un);
  }
  return result;
}

IpAddress from_kernel(const SocketAddress& address) {
  IpAddress result;
  if (address.storage.ss_family == AF_INET) {
    const auto v4 = load<sockaddr_in>(address);
    result.family = Family::kIpv4;
    result.port = ntohs(v4.sin_port);
    std::memcpy(result.octets.data(), &v4.sin_addr, sizeof v4.sin_addr);
  } else if (address.storage.ss_family == AF_INET6) {
    const auto v6 = load<sockaddr_in6>(address);
    result.family = Family::kIpv6;
    result.port = ntohs(v6.sin6_port);
    std::memcpy(result.octets.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
  }
  return result;
}

std::uint32_t scope_from_kernel(const SocketAddress& address) {
  return address.storage.ss_family == AF_INET6 ? load<sockaddr_in6>(address).sin6_scope_id : 0;
}

}  // namespace lb::os
