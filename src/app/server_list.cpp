#include "app/server_list.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "app/address_text.h"
#include "app/options_message.h"
#include "app/units.h"
#include "lb/base/ascii.h"

namespace lb::app {
namespace {

using Done = std::expected<void, std::string>;

constexpr std::string_view kForms = "host:port, [v6]:port or unix:/path";
constexpr std::string_view kUnix = "unix:";
constexpr CountBounds kPortBounds{1, 65535};

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// Two spellings of one unix path differ in case; host names do not.
bool same_server(const ServerName& a, const ServerName& b) {
  return a.unix_path == b.unix_path && a.port == b.port && equals_ignoring_case(a.host, b.host);
}

Done append(std::vector<ServerName>& servers, ServerName server, std::string_view member) {
  const auto same = [&](const ServerName& other) { return same_server(server, other); };
  if (std::ranges::any_of(servers, same)) {
    return std::unexpected(shown(server.name) + " is given twice");
  }
  if (servers.size() == kServersMax) {
    return not_expected(member, "at most " + std::to_string(kServersMax) + " servers");
  }
  servers.push_back(std::move(server));
  return {};
}

Done append_unix(std::vector<ServerName>& servers, std::string_view member) {
  const Parsed<std::string_view> path = parse_unix_path(member);
  if (!path) return std::unexpected(path.error());
  ServerName server;
  server.name = member;
  server.unix_path = *path;
  return append(servers, std::move(server), member);
}

Parsed<HostAndPorts> split_bracketed(std::string_view member) {
  const std::size_t end = member.find(']');
  if (end == std::string_view::npos) {
    return not_expected(member, "a closing bracket, like [::1]:8081");
  }
  const std::string_view host = member.substr(1, end - 1);
  if (!is_ipv6(host)) {
    return not_expected(member, "an IPv6 address in the brackets, like [::1]:8081");
  }
  const std::string_view rest = member.substr(end + 1);
  if (!rest.starts_with(':')) return not_expected(member, kForms);
  return HostAndPorts{host, rest.substr(1)};
}

Parsed<HostAndPorts> split_plain(std::string_view member) {
  const std::size_t colon = member.find(':');
  if (colon == std::string_view::npos) return not_expected(member, kForms);
  if (is_ipv6(member) || is_ipv6(member.substr(0, member.rfind(':')))) {
    return not_expected(member, "brackets around an IPv6 address, like [::1]:8081");
  }
  if (colon == 0) return not_expected(member, "a host before the port, like localhost:8081");
  if (!is_host_name(member.substr(0, colon))) {
    return not_expected(member, "a host of letters, digits, '-', '.' and '_' before the port");
  }
  return HostAndPorts{member.substr(0, colon), member.substr(colon + 1)};
}

Parsed<PortRange> to_ports(std::string_view text, std::string_view member) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const Parsed<std::uint64_t> first = parse_count(text.substr(0, dash), kPortBounds);
  const Parsed<std::uint64_t> last =
      dash == text.size() ? first : parse_count(text.substr(dash + 1), kPortBounds);
  if (!first || !last) return not_expected(member, "a port from 1 to 65535 after the colon");
  if (*first > *last) return not_expected(member, "the lower port of a range first");
  return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

ServerName at_port(std::string_view host, std::uint16_t port) {
  return {
      .name = host_and_port(host, port), .host = std::string(host), .port = port, .unix_path = {}};
}

Done append_host(std::vector<ServerName>& servers, std::string_view member) {
  const Parsed<HostAndPorts> split = split_host(member);
  if (!split) return std::unexpected(split.error());
  const Parsed<PortRange> ports = to_ports(split->ports, member);
  if (!ports) return std::unexpected(ports.error());
  for (std::uint32_t port = ports->first; port <= ports->last; ++port) {
    Done done = append(servers, at_port(split->host, static_cast<std::uint16_t>(port)), member);
    if (!done) return done;
  }
  return {};
}

// People paste addresses from a browser: http:// and the lone slash after it say nothing and go.
std::string_view without_scheme(std::string_view member) {
  static constexpr std::string_view kScheme = "http://";
  if (!starts_with_ignoring_case(member, kScheme)) return member;
  member.remove_prefix(kScheme.size());
  if (member.ends_with('/')) member.remove_suffix(1);
  return member;
}

Done append_member(std::vector<ServerName>& servers, std::string_view member) {
  if (starts_with_ignoring_case(member, "https://")) {
    return not_expected(member, "http:// or none: servers are spoken to in plain HTTP");
  }
  const std::string_view server = without_scheme(member);
  if (is_unix_name(server)) return append_unix(servers, server);
  if (server.empty() || server.find("://") != std::string_view::npos) {
    return not_expected(member, kForms);
  }
  if (server.find_first_of("/?#") != std::string_view::npos) {
    return not_expected(member, "host:port without a path");
  }
  return append_host(servers, server);
}

}  // namespace

Parsed<HostAndPorts> split_host(std::string_view member) {
  return member.starts_with('[') ? split_bracketed(member) : split_plain(member);
}

bool is_unix_name(std::string_view member) {
  return member.starts_with(kUnix);
}

Parsed<std::string_view> parse_unix_path(std::string_view member) {
  const std::string_view path = member.substr(kUnix.size());
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (path.size() < 2 || path.front() != '/' || std::ranges::any_of(path, is_control)) {
    return not_expected(member, "a path from the root after unix:, like unix:/run/a.sock");
  }
  if (path.size() > kUnixPathBytesMax) {
    return not_expected(member,
                        "a unix path of at most " + std::to_string(kUnixPathBytesMax) + " bytes");
  }
  return path;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
  std::string name(host);
  if (host.find(':') != std::string_view::npos) name = "[" + name + "]";
  return name.append(":").append(std::to_string(port));
}

Done append_servers(std::vector<ServerName>& servers, std::string_view list) {
  if (trim(list).empty()) {
    return not_expected(list, "at least one server, like localhost:8081");
  }
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t comma = std::min(list.find(',', start), list.size());
    const std::string_view member = trim(list.substr(start, comma - start));
    if (member.empty()) return not_expected(list, "a server on both sides of each comma");
    Done done = append_member(servers, member);
    if (!done) return done;
    start = comma + 1;
  }
  return {};
}

std::expected<std::vector<ServerName>, std::string> parse_servers(std::string_view list) {
  std::vector<ServerName> servers;
  const Done done = append_servers(servers, list);
  if (!done) return std::unexpected(done.error());
  return servers;
}

}  // namespace lb::app
