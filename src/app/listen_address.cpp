#include "app/listen_address.h"

#include <algorithm>
#include <utility>

#include "app/options_message.h"
#include "app/server_list.h"
#include "app/units.h"
#include "lb/base/ascii.h"

namespace lb::app {
namespace {

constexpr std::string_view kForms = ":port, host:port, [v6]:port or unix:/path";
constexpr CountBounds kPortBounds{0, 65535};

bool same_address(const ListenAddress& a, const ListenAddress& b) {
  return a.unix_path == b.unix_path && a.port == b.port && equals_ignoring_case(a.host, b.host);
}

Parsed<ListenAddress> parse_unix(std::string_view text) {
  const Parsed<std::string_view> path = parse_unix_path(text);
  if (!path) return std::unexpected(path.error());
  return ListenAddress{.host = {}, .port = 0, .unix_path = std::string(*path)};
}

// Only the lone colon stands for all addresses: no server is without a host.
Parsed<HostAndPorts> split(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return not_expected(text, kForms);
  if (text.starts_with(':') && text.find(':', 1) == std::string_view::npos) {
    return HostAndPorts{.host = {}, .ports = text.substr(1)};
  }
  return split_host(text);
}

}  // namespace

Parsed<ListenAddress> parse_listen_address(std::string_view text) {
  if (is_unix_name(text)) return parse_unix(text);
  const Parsed<HostAndPorts> parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  const Parsed<std::uint64_t> port = parse_count(parts->ports, kPortBounds);
  if (!port) return not_expected(text, "a port from 0 to 65535 after the colon");
  return ListenAddress{
      .host = std::string(parts->host), .port = static_cast<std::uint16_t>(*port), .unix_path = {}};
}

std::string describe(const ListenAddress& address) {
  if (!address.unix_path.empty()) return "unix:" + address.unix_path;
  return host_and_port(address.host, address.port);
}

std::expected<void, std::string> append_listen_address(std::vector<ListenAddress>& addresses,
                                                       std::string_view text) {
  Parsed<ListenAddress> address = parse_listen_address(text);
  if (!address) return std::unexpected(address.error());
  const auto same = [&](const ListenAddress& other) { return same_address(*address, other); };
  if (std::ranges::any_of(addresses, same)) {
    return std::unexpected(shown(describe(*address)) + " is given twice");
  }
  if (addresses.size() == kListenAddressesMax) {
    return not_expected(text, "at most " + std::to_string(kListenAddressesMax) + " addresses");
  }
  addresses.push_back(std::move(*address));
  return {};
}

}  // namespace lb::app
