#include <algorithm>

#include "tests/sim/draw.h"

namespace lb::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 8080;
constexpr std::uint16_t kOriginPort = 8081;

os::IpAddress ipv4(std::uint8_t network, std::uint8_t host) {
  return {.family = os::Family::kIpv4, .port = 0, .octets = {network, 0, 0, host}};
}

os::IpAddress ipv6(std::uint8_t host) {
  os::IpAddress address{.family = os::Family::kIpv6, .port = 0, .octets = {}};
  if (host > 1) address.octets[0] = 0xfd;
  address.octets[15] = host;
  return address;
}

os::Address with_port(os::IpAddress ip, std::uint16_t port) {
  ip.port = port;
  return {.ip = ip, .unix_path = {}};
}

OriginPlan draw_origin(Dice& dice, std::size_t index, Scenario& scenario) {
  OriginPlan origin;
  if (dice.percent(20)) {
    const std::string path = "/run/origin-" + std::to_string(index) + ".sock";
    origin.name = "unix:" + path;
    origin.addresses = {os::Address{.ip = {}, .unix_path = path}};
    return origin;
  }
  const std::string host = "origin-" + std::to_string(index);
  const auto number = static_cast<std::uint8_t>(index + 2);
  std::vector<os::IpAddress> ips = {ipv4(10, number)};
  if (dice.percent(30)) ips.insert(ips.begin(), ipv6(number));
  if (dice.percent(10)) ips.push_back(ipv4(11, number));
  scenario.kernel.names[host] = ips;
  for (const os::IpAddress& ip : ips) origin.addresses.push_back(with_port(ip, kOriginPort));
  origin.listens_on = dice.between<std::size_t>(0, ips.size() - 1);
  origin.name = host + ":" + std::to_string(kOriginPort);
  return origin;
}

OriginTurn draw_turn(Dice& dice, OriginTurn::Kind kind) {
  constexpr Duration kLengths[] = {1ms, 50ms, 500ms, 3s};
  OriginTurn turn{.kind = kind};
  turn.at = dice.between(Duration(0), Duration(3s));
  turn.lasts = dice.one_of(kLengths);
  turn.mode = dice.percent(70) ? HealthMode::kSick : HealthMode::kSilent;
  return turn;
}

void add(Settings& settings, std::string_view flag, Duration time) {
  settings.arguments.push_back("--" + std::string(flag));
  settings.arguments.push_back(std::to_string(time / 1ms) + "ms");
}

void add(Settings& settings, std::string_view flag, std::uint64_t count) {
  settings.arguments.push_back("--" + std::string(flag));
  settings.arguments.push_back(std::to_string(count));
}

void draw_timeouts(Dice& dice, const Swarm& swarm, Settings& settings) {
  const bool tight = swarm.tight_timeouts;
  constexpr Duration kShort[] = {1s, 2s, 5s};
  settings.connect_timeout = tight ? Duration(500ms) : Duration(2s);
  settings.header_timeout = tight ? dice.one_of(kShort) : Duration(10s);
  settings.client_timeout = tight ? dice.one_of(kShort) : Duration(60s);
  settings.server_timeout = tight ? dice.one_of(kShort) : Duration(60s);
  settings.keepalive_timeout = tight ? dice.one_of(kShort) : Duration(75s);
  settings.tunnel_timeout = tight ? dice.one_of(kShort) : Duration(60s);
  constexpr Duration kPooled[] = {50ms, 1s, 4s, 60s};
  settings.upstream_keepalive_timeout = dice.one_of(kPooled);
  constexpr Duration kDrains[] = {500ms, 3s, 8s};
  settings.drain_timeout = swarm.profile == Profile::kCalm ? Duration(300s) : dice.one_of(kDrains);
  constexpr Duration kIdles[] = {0ms, 20ms, 250ms};
  add(settings, "connect-timeout", settings.connect_timeout);
  add(settings, "header-timeout", settings.header_timeout);
  add(settings, "client-timeout", settings.client_timeout);
  add(settings, "server-timeout", settings.server_timeout);
  add(settings, "keepalive-timeout", settings.keepalive_timeout);
  add(settings, "tunnel-timeout", settings.tunnel_timeout);
  add(settings, "upstream-keepalive-timeout", settings.upstream_keepalive_timeout);
  add(settings, "drain-timeout", settings.drain_timeout);
  settings.drain_idle = dice.one_of(kIdles);
  add(settings, "drain-idle", settings.drain_idle);
}

void draw_health(Dice& dice, Settings& settings) {
  constexpr Duration kIntervals[] = {200ms, 1s, 10s};
  settings.health_interval = dice.one_of(kIntervals);
  settings.health_timeout = dice.percent(50) ? 500ms : 2s;
  const Duration fast = std::min(settings.health_interval, Duration(dice.percent(50) ? 100ms : 1s));
  const auto rise = dice.between<std::uint64_t>(1, 3);
  settings.recovery = (fast + settings.health_timeout) * static_cast<std::int64_t>(rise) + 1s;
  add(settings, "health-interval", settings.health_interval);
  add(settings, "health-fast-interval", fast);
  add(settings, "health-timeout", settings.health_timeout);
  add(settings, "health-rise", rise);
  settings.fall = dice.between<std::uint64_t>(1, 3);
  add(settings, "health-fall", settings.fall);
  const auto with_jitter = [](Duration time) { return time * 11 / 10; };
  settings.until_known_down =
      with_jitter(settings.health_interval) + std::max(settings.health_timeout, with_jitter(fast)) *
                                                  static_cast<std::int64_t>(settings.fall);
}

void draw_limits(Dice& dice, const Swarm& swarm, Settings& settings) {
  constexpr std::uint64_t kBudgets[] = {0, 20, 20};
  settings.retries = dice.between(0, 2);
  add(settings, "retries", static_cast<std::uint64_t>(settings.retries));
  const std::uint64_t percent = dice.one_of(kBudgets);
  settings.retry_percent = static_cast<std::int64_t>(percent);
  add(settings, "retry-budget", percent);
  constexpr std::uint64_t kPools[] = {0, 1, 2, 256};
  add(settings, "upstream-keepalive", dice.one_of(kPools));
  if (!swarm.tight_limits) return;
  settings.connections_limited = true;  // by the one or the other
  const bool by_descriptors = dice.percent(50);
  if (by_descriptors) settings.descriptors_max = dice.between(14, 30);
  add(settings, "max-connections", by_descriptors ? 1000 : dice.between<std::uint64_t>(1, 3));
}

}  // namespace

void draw_origins(Dice& dice, const Swarm& swarm, Scenario& scenario) {
  constexpr std::size_t kOriginsMax = 4;
  constexpr std::size_t kBuffers[] = {512, 4096, 65536, 262144};
  const auto count = dice.between<std::size_t>(1, kOriginsMax);
  for (std::size_t index = 0; index < count; ++index) {
    OriginPlan origin = draw_origin(dice, index, scenario);
    origin.send_max = swarm.slow_lines ? 4096 : dice.one_of(kBuffers);
    origin.receive_max = swarm.slow_lines ? 4096 : dice.one_of(kBuffers);
    if (swarm.sickness && dice.percent(60)) {
      origin.turns.push_back(draw_turn(dice, OriginTurn::Kind::kHealth));
    }
    if (swarm.crashes && dice.percent(60)) {
      origin.turns.push_back(draw_turn(dice, OriginTurn::Kind::kCrash));
    }
    if (swarm.cut_offs && dice.percent(60)) {
      origin.turns.push_back(draw_turn(dice, OriginTurn::Kind::kCutOff));
    }
    scenario.origins.push_back(std::move(origin));
  }
}

void draw_settings(Dice& dice, const Swarm& swarm, Scenario& scenario) {
  Settings& settings = scenario.settings;
  std::string servers;
  for (const OriginPlan& origin : scenario.origins) {
    servers += (servers.empty() ? "" : ",") + origin.name;
  }
  settings.arguments = {"--servers", servers, "--port", std::to_string(kPort)};
  scenario.kernel.names["localhost"] = {ipv6(1), ipv4(127, 1)};
  settings.addresses = {with_port(ipv6(1), kPort), with_port(ipv4(127, 1), kPort)};
  draw_timeouts(dice, swarm, settings);
  draw_health(dice, settings);
  draw_limits(dice, swarm, settings);
  scenario.kernel.descriptors_max = settings.descriptors_max;
  constexpr std::string_view kForwarded[] = {"x", "rfc7239", "both", "off"};
  settings.arguments.emplace_back("--forwarded");
  settings.arguments.emplace_back(dice.one_of(kForwarded));
  settings.access_log = dice.percent(50);
  if (settings.access_log) {
    settings.arguments.emplace_back("--access-log");
    settings.arguments.emplace_back("/var/log/access");
  }
}

}  // namespace lb::sim
