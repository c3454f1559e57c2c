#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "lb/os/os.h"
#include "os/linux/sockaddr.h"

namespace lb::os {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::expected<AddressList, std::string> ask_resolver(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return std::unexpected(std::string(gai_strerror(error)));
  return AddressList(list, &freeaddrinfo);
}

}  // namespace

std::expected<std::vector<Address>, std::string> resolve(const std::string& host,
                                                         std::uint16_t port) {
  const auto list = ask_resolver(host);
  if (!list) return std::unexpected(list.error());
  std::vector<Address> result;
  for (const addrinfo* entry = list->get(); entry != nullptr; entry = entry->ai_next) {
    SocketAddress kernel;
    std::memcpy(&kernel.storage, entry->ai_addr, entry->ai_addrlen);
    Address address{.ip = from_kernel(kernel), .unix_path = {}, .scope = scope_from_kernel(kernel)};
    address.ip.port = port;
    if (std::ranges::find(result, address) == result.end()) result.push_back(std::move(address));
  }
  if (result.empty()) return std::unexpected(std::string("it has no address"));
  return result;
}

}  // namespace lb::os
