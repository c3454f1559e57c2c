#include "app/options_table.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "app/address_text.h"
#include "app/listen_address.h"
#include "app/server_list.h"
#include "app/units.h"

namespace lb::app {
namespace {

using namespace std::chrono_literals;
using Done = std::expected<void, std::string>;
using Text = std::string_view;

constexpr TimeBounds kTimeout{0ms, 24h};  // 0 = unlimited
constexpr TimeBounds kPeriod{10ms, 24h};  // the reactor is up to 10 ms late anyway
constexpr TimeBounds kProbeTimeout{1ms, 24h};
constexpr CountBounds kPort{0, 65535};
constexpr CountBounds kBacklog{1, 65535};
constexpr CountBounds kInARow{1, 10000};
constexpr CountBounds kConnections{1, 1'000'000};
constexpr CountBounds kIdleConnections{0, 65535};
constexpr CountBounds kRetries{0, 100};
constexpr CountBounds kWorkers{1, 64};
constexpr CountBounds kPercent{0, 100};
constexpr CountBounds kMicroseconds{0, 1'000'000};
constexpr SizeBounds kRetryBuffer{0, 16 * 1024 * 1024};
constexpr CountBounds kHeaderCount{1, 10'000};
constexpr SizeBounds kHeaderSize{1024, 1024 * 1024};
constexpr SizeBounds kRate{0, 1024 * 1024 * 1024};
constexpr SizeBounds kBodySize{0, 1ULL << 50};
constexpr std::size_t kTargetBytesMax = 2048;
constexpr std::size_t kSocketPathBytesMax = 107;  // unix(7)

template <class T, class V>
Done set(T& target, const Parsed<V>& value) {
  if (!value) return std::unexpected(value.error());
  target = static_cast<T>(*value);
  return {};
}

Done set_switch(bool& target, Text value) {
  return set(target, parse_boolean(value));
}

Done set_action(Options& options, Text value, Options::Action action) {
  const Parsed<bool> on = parse_boolean(value);
  if (on && *on) options.action = action;
  return on ? Done() : std::unexpected(on.error());
}

Done set_level_if(Options& options, Text value, log::Level level) {
  const Parsed<bool> on = parse_boolean(value);
  if (on && *on) options.log_level = level;
  return on ? Done() : std::unexpected(on.error());
}

Done set_balance(Options&, Text value) {
  if (equals_ignoring_case(value, "round-robin")) return {};
  return not_expected(value, "round-robin");
}

Done set_all_down(Options& options, Text value) {
  using enum upstream::AllDown;
  static constexpr std::array<Choice<upstream::AllDown>, 2> kChoices{
      {{"503", kRefuse}, {"try", kTry}}};
  return set(options.all_down, parse_choice(value, kChoices));
}

Done set_no_health(Options& options, Text value) {
  const Parsed<bool> off = parse_boolean(value);
  if (off) options.health.enabled = !*off;
  return off ? Done() : std::unexpected(off.error());
}

Done set_host(Options& options, Text value) {
  const bool brackets = value.size() > 2 && value.starts_with('[') && value.ends_with(']');
  const Text inside = brackets ? value.substr(1, value.size() - 2) : value;
  if (!is_ipv6(inside) && (brackets || !is_host_name(inside))) {
    return not_expected(value, "a name or an address to listen on, without a port");
  }
  options.host = inside;
  return {};
}

// What may stand in a request line as it is (RFC 9112 3.2.1): visible ASCII, and no "#", because
// fragments are not sent.
bool is_target(Text path) {
  const auto allowed = [](char c) { return c > ' ' && c < 0x7f && c != '#'; };
  return path.starts_with('/') && path.size() <= kTargetBytesMax &&
         std::ranges::all_of(path, allowed);
}

Done set_health_path(Options& options, Text value) {
  if (!is_target(value) && value != "none") {
    return not_expected(value, "a path that begins with / and has no spaces, or none");
  }
  options.health.path = value == "none" ? Text() : value;
  return {};
}

Done set_connections(Options& options, Text value) {
  options.limits.connections_max = 0;
  if (value == "auto") return {};
  const Parsed<std::uint64_t> count = parse_count(value, kConnections);
  if (!count) return not_expected(value, "auto or " + describe(kConnections));
  return set(options.limits.connections_max, count);
}

Done set_busy_poll(Options& options, Text value) {
  const Parsed<std::uint64_t> count = parse_count(value, kMicroseconds);
  if (!count) return std::unexpected(count.error());
  options.busy_poll = std::chrono::microseconds(*count);
  return {};
}

Done set_workers(Options& options, Text value) {
  options.workers = 0;
  if (value == "auto") return {};
  const Parsed<std::uint64_t> count = parse_count(value, kWorkers);
  if (!count) return not_expected(value, "auto or " + describe(kWorkers));
  return set(options.workers, count);
}

Done set_takeover(Options& options, Text value) {
  if (!value.starts_with('/') || value.size() > kSocketPathBytesMax) {
    return not_expected(value, "a path from the root of at most 107 bytes");
  }
  options.takeover = value;
  return {};
}

Done set_access_log(Options& options, Text value) {
  if (value.empty()) return not_expected(value, "a file name, - for stdout, or off");
  options.access_log = value == "off" ? Text() : value;
  return {};
}

Done set_forwarded(Options& options, Text value) {
  using enum http::ForwardedStyle;
  static constexpr std::array<Choice<http::ForwardedStyle>, 4> kStyles{
      {{"x", kX}, {"rfc7239", kRfc7239}, {"both", kBoth}, {"off", kOff}}};
  return set(options.forwarded, parse_choice(value, kStyles));
}

Parsed<os::Network> parse_network(Text text) {
  if (text == "unix:") return os::Network{};  // peers without an IP address
  const std::size_t slash = text.find('/');
  const auto base = os::parse_ip(text.substr(0, slash));
  const std::uint64_t bits_max = base && base->family == os::Family::kIpv4 ? 32 : 128;
  const auto bits = slash == Text::npos ? bits_max : parse_decimal(text.substr(slash + 1));
  if (!base || !bits || *bits > bits_max) {
    return not_expected(text, "addresses or networks, like 10.0.0.0/8,::1, or none");
  }
  return os::Network{.base = *base, .bits = static_cast<std::uint8_t>(*bits)};
}

Done set_networks(std::vector<os::Network>& networks, Text value) {
  networks.clear();
  if (value == "none") return {};
  if (value.empty())
    return not_expected(value, "addresses or networks, like 10.0.0.0/8,::1, or none");
  Done done;
  for_each_token(value, [&](Text member) {
    const Parsed<os::Network> network = parse_network(member);
    if (network) {
      networks.push_back(*network);
    } else {
      done = std::unexpected(network.error());
    }
  });
  return done;
}

Done set_log_level(Options& options, Text value) {
  using enum log::Level;
  static constexpr std::array<Choice<log::Level>, 7> kLevels{{{"trace", kTrace},
                                                              {"debug", kDebug},
                                                              {"info", kInfo},
                                                              {"warning", kWarning},
                                                              {"error", kError},
                                                              {"critical", kCritical},
                                                              {"off", kOff}}};
  const Text name = equals_ignoring_case(value, "warn") ? Text("warning") : value;  // spdlog's own
  return set(options.log_level, parse_choice(name, kLevels));
}

Done set_log_format(Options& options, Text value) {
  static constexpr std::array<Choice<log::Format>, 2> kFormats{
      {{"text", log::Format::kText}, {"json", log::Format::kJson}}};
  return set(options.log_format, parse_choice(value, kFormats));
}

constexpr auto kFlags = std::to_array<Flag>({
    {'s', "servers", "LIST", Group::kServers, "",
     "Required unless --demo. A comma list of host:port, [v6]:port, unix:/path and ranges like "
     "localhost:8081-8083; may be repeated",
     [](Options& o, Text v) { return append_servers(o.servers, v); }},
    {0, "demo", "", Group::kServers, "off",
     "Start three small servers inside this process and balance over them",
     [](Options& o, Text v) { return set_switch(o.demo, v); }},
    {0, "balance", "ALG", Group::kServers, "round-robin", "How a server is picked for a request",
     set_balance, "round-robin"},
    {0, "all-down", "WHAT", Group::kServers, "503",
     "For a request while no server is up: 503 at once, or try = a server all the same",
     set_all_down, "503 try"},

    {0, "listen", "ADDR", Group::kListening, "",
     "Instead of --host and --port: :port (all addresses), host:port, [v6]:port or unix:/path; may "
     "be repeated",
     [](Options& o, Text v) { return append_listen_address(o.listen, v); }},
    {0, "host", "ADDR", Group::kListening, "localhost",
     "Name or address to listen on; a name means all its addresses", set_host},
    {'p', "port", "N", Group::kListening, "8080", "Port to listen on; 0 = any free one",
     [](Options& o, Text v) { return set(o.port, parse_count(v, kPort)); }},
    {0, "backlog", "N", Group::kListening, "4096",
     "Connections that may wait to be accepted; the kernel allows at most net.core.somaxconn",
     [](Options& o, Text v) { return set(o.backlog, parse_count(v, kBacklog)); }},

    {0, "health-path", "PATH", Group::kHealthChecks, "/health-check",
     "Path to ask for; none = only connect", set_health_path, "none"},
    {0, "health-interval", "TIME", Group::kHealthChecks, "10s", "From check to check",
     [](Options& o, Text v) { return set(o.health.interval, parse_duration(v, kPeriod)); }},
    {0, "health-timeout", "TIME", Group::kHealthChecks, "2s", "For a check to be answered",
     [](Options& o, Text v) { return set(o.health.timeout, parse_duration(v, kProbeTimeout)); }},
    {0, "health-fast-interval", "TIME", Group::kHealthChecks, "1s",
     "From check to check while the last result contradicts the state or no server is up",
     [](Options& o, Text v) { return set(o.health.fast_interval, parse_duration(v, kPeriod)); }},
    {0, "health-fall", "N", Group::kHealthChecks, "2",
     "Failures in a row until a server is down; a refused connection or a bad status takes it down "
     "at once",
     [](Options& o, Text v) { return set(o.health.fall, parse_count(v, kInARow)); }},
    {0, "health-rise", "N", Group::kHealthChecks, "2", "Successes in a row until it is up again",
     [](Options& o, Text v) { return set(o.health.rise, parse_count(v, kInARow)); }},
    {0, "health-status", "LIST", Group::kHealthChecks, "200-299",
     "Statuses that are a success, like 200,300-399",
     [](Options& o, Text v) { return set(o.health.status, parse_status_ranges(v)); }},
    {0, "no-health", "", Group::kHealthChecks, "off", "No checks: every server counts as up",
     set_no_health},

    {0, "connect-timeout", "TIME", Group::kTimeouts, "2s", "To connect to a server",
     [](Options& o, Text v) { return set(o.timeouts.connect, parse_duration(v, kTimeout)); }},
    {0, "header-timeout", "TIME", Group::kTimeouts, "10s", "For a request head to come whole",
     [](Options& o, Text v) { return set(o.timeouts.header, parse_duration(v, kTimeout)); }},
    {0, "client-timeout", "TIME", Group::kTimeouts, "60s", "Without progress at the client",
     [](Options& o, Text v) { return set(o.timeouts.client, parse_duration(v, kTimeout)); }},
    {0, "server-timeout", "TIME", Group::kTimeouts, "60s", "Without a byte from the server",
     [](Options& o, Text v) { return set(o.timeouts.server, parse_duration(v, kTimeout)); }},
    {0, "keepalive-timeout", "TIME", Group::kTimeouts, "75s", "For the next request of a client",
     [](Options& o, Text v) { return set(o.timeouts.keepalive, parse_duration(v, kTimeout)); }},
    {0, "upstream-keepalive-timeout", "TIME", Group::kTimeouts, "4s",
     "For the next use of a connection to a server",
     [](Options& o, Text v) {
       return set(o.timeouts.upstream_keepalive, parse_duration(v, kTimeout));
     }},
    {0, "tunnel-timeout", "TIME", Group::kTimeouts, "1h",
     "Without a byte in a tunnel, such as a WebSocket",
     [](Options& o, Text v) { return set(o.timeouts.tunnel, parse_duration(v, kTimeout)); }},
    {0, "drain-timeout", "TIME", Group::kTimeouts, "8s", "At exit, for requests in flight to end",
     [](Options& o, Text v) { return set(o.timeouts.drain, parse_duration(v, kTimeout)); }},
    {0, "drain-idle", "TIME", Group::kTimeouts, "250ms",
     "At exit, for a request to come on an idle connection; 0 = do not wait",
     [](Options& o, Text v) { return set(o.timeouts.drain_idle, parse_duration(v, kTimeout)); }},

    {0, "retries", "N", Group::kRetries, "2",
     "Times that an idempotent request is sent again, to another server where there is one",
     [](Options& o, Text v) { return set(o.retries.repeats_max, parse_count(v, kRetries)); }},
    {0, "retry-buffer", "SIZE", Group::kRetries, "64k", "Of a request that can be sent again",
     [](Options& o, Text v) { return set(o.retries.held_bytes_max, parse_size(v, kRetryBuffer)); }},
    {0, "retry-budget", "PERCENT", Group::kRetries, "20",
     "Of all requests that may be sent again, beyond 100 at once and 3 a second; 0 = none",
     [](Options& o, Text v) { return set(o.retries.budget_percent, parse_count(v, kPercent)); }},

    {0, "max-connections", "N", Group::kLimits, "auto",
     "Clients at a time; auto = as many as the limit of open files allows", set_connections,
     "auto"},
    {0, "max-header-size", "SIZE", Group::kLimits, "16k", "Of a request head",
     [](Options& o, Text v) { return set(o.limits.header_bytes_max, parse_size(v, kHeaderSize)); }},
    {0, "max-headers", "N", Group::kLimits, "128", "Fields in a head",
     [](Options& o, Text v) { return set(o.limits.headers_max, parse_count(v, kHeaderCount)); }},
    {0, "max-body-size", "SIZE", Group::kLimits, "0", "Of a request body; 0 = unlimited",
     [](Options& o, Text v) { return set(o.limits.body_bytes_max, parse_size(v, kBodySize)); }},
    {0, "max-response-header-size", "SIZE", Group::kLimits, "64k", "Of a response head",
     [](Options& o, Text v) {
       return set(o.limits.response_header_bytes_max, parse_size(v, kHeaderSize));
     }},
    {0, "min-rate", "SIZE", Group::kLimits, "240",
     "That a peer must move in a second, averaged over 20 s, while lb waits for it; 0 = any",
     [](Options& o, Text v) { return set(o.limits.rate_min, parse_size(v, kRate)); }},
    {0, "splice-from", "SIZE", Group::kLimits, "256k",
     "A body of which so much is left goes from socket to socket inside the kernel; 0 = never",
     [](Options& o, Text v) { return set(o.limits.splice_from, parse_size(v, kBodySize)); }},
    {0, "upstream-keepalive", "N", Group::kLimits, "256",
     "Idle connections kept per server; 0 = off",
     [](Options& o,
        Text v) { return set(o.limits.upstream_keepalive_max, parse_count(v, kIdleConnections)); }},

    {0, "forwarded", "STYLE", Group::kHeaders, "x",
     "How servers learn who asks: x (X-Forwarded-For, -Proto, -Host), rfc7239 (Forwarded), both or "
     "off",
     set_forwarded, "x rfc7239 both off"},
    {0, "trusted-proxies", "LIST", Group::kHeaders, "none",
     "Peers whose X-Forwarded-* and Forwarded are kept, like 10.0.0.0/8,::1; unix: = those of unix "
     "sockets",
     [](Options& o, Text v) { return set_networks(o.trusted_proxies, v); }, "none"},
    {0, "proxy-protocol-from", "LIST", Group::kHeaders, "none",
     "Peers whose connections must begin with a PROXY header (v1 or v2), which names the client",
     [](Options& o, Text v) { return set_networks(o.proxy_protocol_from, v); }, "none"},

    {0, "log-level", "LEVEL", Group::kLogging, "info",
     "trace, debug, info, warning, error, critical or off", set_log_level,
     "trace debug info warning error critical off"},
    {'v', "verbose", "", Group::kLogging, "off", "The same as --log-level debug",
     [](Options& o, Text v) { return set_level_if(o, v, log::Level::kDebug); }},
    {'q', "quiet", "", Group::kLogging, "off", "The same as --log-level warning",
     [](Options& o, Text v) { return set_level_if(o, v, log::Level::kWarning); }},
    {0, "log-format", "FORMAT", Group::kLogging, "text", "text or json; the log goes to stderr",
     set_log_format, "text json"},
    {0, "access-log", "FILE", Group::kLogging, "off",
     "One line for each request; - = stdout, off = none", set_access_log, "- off"},

    {0, "busy-poll", "N", Group::kProcess, "0",
     "Microseconds of looking for work before sleeping: quicker answers at low rates, for more CPU",
     set_busy_poll},
    {0, "workers", "N", Group::kProcess, "1",
     "Processes that share the work, each with one thread; auto = as many as there are cores",
     set_workers, "auto"},
    {0, "takeover", "FILE", Group::kProcess, "",
     "Take over from the lb that serves at this socket, if there is one, and serve there for the "
     "next; SIGUSR2 does so without it",
     set_takeover},
    {'h', "help", "", Group::kProcess, "", "Print this text and exit",
     [](Options& o, Text v) { return set_action(o, v, Options::Action::kHelp); }},
    {'V', "version", "", Group::kProcess, "", "Print version and compiler and exit",
     [](Options& o, Text v) { return set_action(o, v, Options::Action::kVersion); }},
});

constexpr auto kSections = std::to_array<Section>({{Group::kServers, "Servers"},
                                                   {Group::kListening, "Listening"},
                                                   {Group::kHealthChecks, "Health checks"},
                                                   {Group::kTimeouts, "Timeouts (0 = unlimited)"},
                                                   {Group::kRetries, "Retries"},
                                                   {Group::kLimits, "Limits"},
                                                   {Group::kHeaders, "Headers"},
                                                   {Group::kLogging, "Logging"},
                                                   {Group::kProcess, "Process"}});

}  // namespace

std::span<const Flag> flags() {
  return kFlags;
}

std::span<const Section> sections() {
  return kSections;
}

const Flag* find_flag(std::string_view name) {
  const auto* const flag = std::ranges::find(kFlags, name, &Flag::name);
  return flag == kFlags.end() ? nullptr : flag;
}

const Flag* find_flag(char letter) {
  const auto* const flag = std::ranges::find(kFlags, letter, &Flag::letter);
  return letter == 0 || flag == kFlags.end() ? nullptr : flag;
}

std::string variable_of(const Flag& flag) {
  std::string name = "LB_";
  for (const char c : flag.name) {
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
  }
  return name;
}

}  // namespace lb::app
