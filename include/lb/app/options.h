#pragma once

// The command line as a value: what was asked for, checked, with every default filled in. The only
// room that knows cxxopts; it opens nothing and resolves nothing. Every flag --x-y but --help and
// --version may also be given as LB_X_Y in the environment; the command line wins, and an empty
// variable counts as unset.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lb/base/log.h"
#include "lb/http/forwarding.h"
#include "lb/os/address.h"
#include "lb/proxy/retry.h"
#include "lb/upstream/upstream.h"

namespace lb::app {

// One server as the user wrote it. `name` is how it is shown everywhere: "localhost:8081",
// "[::1]:8081", "unix:/run/a.sock".
struct ServerName {
  std::string name;
  std::string host;  // without brackets; empty for a unix socket
  std::uint16_t port = 0;
  std::string unix_path;  // empty unless a unix socket

  [[nodiscard]] bool operator==(const ServerName&) const = default;
};

// One place to listen at.
struct ListenAddress {
  std::string host;  // without brackets; empty: every address of this machine, or a unix socket
  std::uint16_t port = 0;  // 0: any free one
  std::string unix_path;   // empty unless a unix socket

  [[nodiscard]] bool operator==(const ListenAddress&) const = default;
};

struct StatusRange {
  std::uint16_t first = 200;
  std::uint16_t last = 299;

  [[nodiscard]] bool operator==(const StatusRange&) const = default;
};

struct HealthOptions {
  bool enabled = true;                 // without checks every server counts as up
  std::string path = "/health-check";  // empty: connect only (--health-path none)
  std::chrono::milliseconds interval{10'000};
  std::chrono::milliseconds timeout{2'000};
  std::chrono::milliseconds fast_interval{1'000};
  std::uint32_t fall = 2;
  std::uint32_t rise = 2;
  std::vector<StatusRange> status{StatusRange{}};  // "200-299" or "200,204,300-399"

  [[nodiscard]] bool operator==(const HealthOptions&) const = default;
};

struct TimeoutOptions {  // 0 = unlimited, but for the last
  std::chrono::milliseconds connect{2'000};
  std::chrono::milliseconds header{10'000};
  std::chrono::milliseconds client{60'000};
  std::chrono::milliseconds server{60'000};
  std::chrono::milliseconds keepalive{75'000};
  std::chrono::milliseconds upstream_keepalive{4'000};
  std::chrono::milliseconds tunnel{3'600'000};
  std::chrono::milliseconds drain{8'000};
  std::chrono::milliseconds drain_idle{250};  // 0 = do not wait

  [[nodiscard]] bool operator==(const TimeoutOptions&) const = default;
};

struct LimitOptions {
  std::uint64_t connections_max = 0;  // 0 = auto: half of the descriptors, less about 100
  std::uint32_t header_bytes_max = 16 * 1024;
  std::uint32_t headers_max = 128;
  std::uint64_t body_bytes_max = 0;  // 0 = unlimited
  std::uint32_t response_header_bytes_max = 64 * 1024;
  std::uint32_t rate_min = 240;                // bytes a second of a slow peer; 0 = any
  std::uint64_t splice_from = 256 * 1024;      // bytes left of a body; 0 = never
  std::uint32_t upstream_keepalive_max = 256;  // idle connections kept per server; 0 = off

  [[nodiscard]] bool operator==(const LimitOptions&) const = default;
};

struct Options {
  enum class Action : std::uint8_t { kRun, kHelp, kVersion };

  Action action = Action::kRun;
  bool demo = false;
  std::vector<ServerName> servers;
  upstream::AllDown all_down = upstream::AllDown::kRefuse;
  std::string host = "localhost";
  std::uint16_t port = 8080;
  std::vector<ListenAddress> listen;  // instead of host and port; empty: those
  std::uint16_t backlog = 4096;       // of each listening socket
  std::chrono::microseconds busy_poll{0};
  std::size_t crowd_min = 256;  // see event::Reactor; no flag: simulated crowds are small
  std::uint16_t workers = 1;    // processes; 0 = auto: as many as there are cores
  std::string takeover;         // where one process follows another; empty: nowhere
  HealthOptions health;
  TimeoutOptions timeouts;
  LimitOptions limits;
  proxy::RetryRules retries;
  http::ForwardedStyle forwarded = http::ForwardedStyle::kX;
  std::vector<os::Network> trusted_proxies;
  std::vector<os::Network> proxy_protocol_from;
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kText;
  std::string access_log;  // a file name, "-" for stdout, empty: off

  [[nodiscard]] bool operator==(const Options&) const = default;
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The options of a command line (without the program name), or one line that names the flag, the
// value and what was expected, for stderr and exit code 2; no newline. Asks `environment` for LB_…
// variables. Without a server and without --demo it refuses. Throws nothing but bad_alloc.
[[nodiscard]] std::expected<Options, std::string> parse_options(
    std::span<const std::string> arguments, const Environment& environment);

// The text of --help: grouped, defaults in brackets, two examples, exit codes.
[[nodiscard]] std::string help_text();
// The text of --version: one line each for version and compiler.
[[nodiscard]] std::string version_text();

// ":8080", "localhost:8080", "[::1]:8080" or "unix:/run/lb.sock"; or what is wrong with it.
[[nodiscard]] std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text);
// The same back in words, for logs and messages.
[[nodiscard]] std::string describe(const ListenAddress& address);

// "localhost:8081,[::1]:8082,unix:/run/a.sock,localhost:8083-8085" as single servers; or what is
// wrong with it.
[[nodiscard]] std::expected<std::vector<ServerName>, std::string> parse_servers(
    std::string_view list);

}  // namespace lb::app
