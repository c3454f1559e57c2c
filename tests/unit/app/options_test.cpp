#include "lb/app/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <ranges>
#include <string>

#include "app/options_table.h"

namespace lb::app {
namespace {

using namespace std::chrono_literals;
using Arguments = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;
using Result = std::expected<Options, std::string>;

Result parse(const Arguments& arguments, const Variables& variables = {}) {
  return parse_options(arguments, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

// The line of a refusal, or "" if nothing was refused.
std::string refusal(const Result& result) {
  return result ? "" : result.error();
}

std::vector<std::string> names(const Options& options) {
  std::vector<std::string> all;
  all.reserve(options.servers.size());
  for (const ServerName& server : options.servers) all.push_back(server.name);
  return all;
}

TEST(ParseOptions, NeedsNothingButServers) {
  const Result result = parse({"--servers", "a:1,b:2"});
  ASSERT_TRUE(result) << result.error();
  Options expected;
  expected.servers = parse_servers("a:1,b:2").value();
  EXPECT_EQ(*result, expected);
}

TEST(ParseOptions, HasTheDefaultsThatHelpTells) {
  for (const Flag& flag : flags()) {
    if (flag.default_value.empty()) continue;
    Options options;
    const auto done = flag.apply(options, flag.default_value);
    EXPECT_TRUE(done) << flag.name << " " << done.error();
    EXPECT_EQ(options, Options()) << flag.name;
  }
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto word : text | std::views::split(' '))
    words.emplace_back(word.begin(), word.end());
  return words;
}

TEST(ParseOptions, TakesEveryWordThatCompletionOffers) {
  for (const Flag& flag : flags()) {
    if (flag.choices.empty()) continue;
    for (const std::string& word : words_of(flag.choices)) {
      Options options;
      const auto done = flag.apply(options, word);
      EXPECT_TRUE(done) << flag.name << " " << done.error();
    }
  }
}

// Where only certain words are taken, the refusal of another one names them: "…, c or d".
TEST(ParseOptions, RefusesWithTheWordsThatCompletionOffers) {
  std::size_t seen = 0;
  for (const std::string_view name :
       {"balance", "all-down", "forwarded", "log-level", "log-format"}) {
    const Flag* const flag = find_flag(name);
    ASSERT_NE(flag, nullptr) << name;
    std::string words;
    for (const std::string& word : words_of(flag->choices)) {
      const bool last = flag->choices.ends_with(" " + word);
      words += words.empty() ? word : (last ? " or " : ", ") + word;
    }
    Options options;
    const auto done = flag->apply(options, "other");
    ASSERT_FALSE(done) << name;
    EXPECT_EQ(done.error(), "other: expected " + words);
    ++seen;
  }
  EXPECT_EQ(seen, 5U);
}

struct Example {
  std::string_view name;
  std::string_view value;
  std::function<void(Options&)> effect;
};

// One value other than the default for each flag that takes one.
const std::vector<Example>& examples() {
  static const std::vector<Example> rows = {
      {"servers", "a:1", [](Options& o) { o.servers = parse_servers("a:1").value(); }},
      {"demo", "true", [](Options& o) { o.demo = true; }},
      {"balance", "round-robin", [](Options&) {}},
      {"all-down", "try", [](Options& o) { o.all_down = upstream::AllDown::kTry; }},
      {"listen", "unix:/run/lb.sock",
       [](Options& o) { o.listen = {{.host = {}, .port = 0, .unix_path = "/run/lb.sock"}}; }},
      {"backlog", "1", [](Options& o) { o.backlog = 1; }},
      {"no-health", "true", [](Options& o) { o.health.enabled = false; }},
      {"host", "0.0.0.0", [](Options& o) { o.host = "0.0.0.0"; }},
      {"port", "0", [](Options& o) { o.port = 0; }},
      {"health-path", "/ready?full=1", [](Options& o) { o.health.path = "/ready?full=1"; }},
      {"health-interval", "500ms", [](Options& o) { o.health.interval = 500ms; }},
      {"health-timeout", "20", [](Options& o) { o.health.timeout = 20s; }},
      {"health-fast-interval", "10ms", [](Options& o) { o.health.fast_interval = 10ms; }},
      {"health-fall", "1", [](Options& o) { o.health.fall = 1; }},
      {"health-rise", "100", [](Options& o) { o.health.rise = 100; }},
      {"health-status", "200,300-399",
       [](Options& o) { o.health.status = {{200, 200}, {300, 399}}; }},
      {"connect-timeout", "0", [](Options& o) { o.timeouts.connect = 0s; }},
      {"header-timeout", "1.5s", [](Options& o) { o.timeouts.header = 1500ms; }},
      {"client-timeout", "2m", [](Options& o) { o.timeouts.client = 2min; }},
      {"server-timeout", "24h", [](Options& o) { o.timeouts.server = 24h; }},
      {"keepalive-timeout", "1", [](Options& o) { o.timeouts.keepalive = 1s; }},
      {"upstream-keepalive-timeout", "9", [](Options& o) { o.timeouts.upstream_keepalive = 9s; }},
      {"tunnel-timeout", "5m", [](Options& o) { o.timeouts.tunnel = 5min; }},
      {"drain-timeout", "30s", [](Options& o) { o.timeouts.drain = 30s; }},
      {"drain-idle", "0", [](Options& o) { o.timeouts.drain_idle = 0s; }},
      {"retries", "0", [](Options& o) { o.retries.repeats_max = 0; }},
      {"retry-buffer", "1m", [](Options& o) { o.retries.held_bytes_max = 1024 * 1024; }},
      {"retry-budget", "100", [](Options& o) { o.retries.budget_percent = 100; }},
      {"max-connections", "5000", [](Options& o) { o.limits.connections_max = 5000; }},
      {"max-header-size", "1k", [](Options& o) { o.limits.header_bytes_max = 1024; }},
      {"max-headers", "10000", [](Options& o) { o.limits.headers_max = 10'000; }},
      {"busy-poll", "50", [](Options& o) { o.busy_poll = std::chrono::microseconds(50); }},
      {"workers", "2", [](Options& o) { o.workers = 2; }},
      {"takeover", "/run/lb.takeover", [](Options& o) { o.takeover = "/run/lb.takeover"; }},
      {"splice-from", "1m", [](Options& o) { o.limits.splice_from = 1024 * 1024; }},
      {"min-rate", "1k", [](Options& o) { o.limits.rate_min = 1024; }},
      {"max-body-size", "10m", [](Options& o) { o.limits.body_bytes_max = 10 * 1024 * 1024; }},
      {"max-response-header-size", "1m",
       [](Options& o) { o.limits.response_header_bytes_max = 1024 * 1024; }},
      {"upstream-keepalive", "0", [](Options& o) { o.limits.upstream_keepalive_max = 0; }},
      {"forwarded", "both", [](Options& o) { o.forwarded = http::ForwardedStyle::kBoth; }},
      {"trusted-proxies", "127.0.0.1,2001:db8::/32",
       [](Options& o) {
         o.trusted_proxies = {{os::parse_ip("127.0.0.1").value(), 32},
                              {os::parse_ip("2001:db8::").value(), 32}};
       }},
      {"proxy-protocol-from", "10.0.0.0/8,unix:",
       [](Options& o) { o.proxy_protocol_from = {{os::parse_ip("10.0.0.0").value(), 8}, {}}; }},
      {"log-level", "error", [](Options& o) { o.log_level = log::Level::kError; }},
      {"verbose", "true", [](Options& o) { o.log_level = log::Level::kDebug; }},
      {"quiet", "true", [](Options& o) { o.log_level = log::Level::kWarning; }},
      {"log-format", "json", [](Options& o) { o.log_format = log::Format::kJson; }},
      {"access-log", "-", [](Options& o) { o.access_log = "-"; }},
  };
  return rows;
}

// What the parser is to make of that one value; --demo where it needs a server to be content.
Options effect_of(const Example& example) {
  Options options;
  options.demo = example.name != "servers";
  example.effect(options);
  return options;
}

TEST(ParseOptions, TakesEveryFlagFromTheCommandLine) {
  for (const Example& example : examples()) {
    Arguments arguments{"--" + std::string(example.name) + "=" + std::string(example.value)};
    if (example.name != "servers") arguments.emplace_back("--demo");
    const Result result = parse(arguments);
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(*result, effect_of(example)) << example.name;
  }
}

TEST(ParseOptions, TakesEveryFlagFromTheEnvironment) {
  std::size_t seen = 0;
  for (const Flag& flag : flags()) {
    const auto example = std::ranges::find(examples(), flag.name, &Example::name);
    if (example == examples().end()) continue;
    Variables variables{{variable_of(flag), std::string(example->value)}};
    if (flag.name != "servers") variables["LB_DEMO"] = "1";
    const Result result = parse({}, variables);
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(*result, effect_of(*example)) << flag.name;
    ++seen;
  }
  EXPECT_EQ(seen + 2, flags().size()) << "all but --help and --version";
}

TEST(ParseOptions, KnowsTheOtherWordsOfAValue) {
  const auto parsed = [](const Arguments& more) {
    Arguments arguments{"--demo"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return parse(arguments).value();
  };
  using enum log::Level;
  EXPECT_EQ(parsed({"--log-level", "warn"}).log_level, kWarning);
  EXPECT_EQ(parsed({"--log-level", "TRACE"}).log_level, kTrace);
  EXPECT_EQ(parsed({"--log-level", "critical"}).log_level, kCritical);
  EXPECT_EQ(parsed({"--log-level", "off"}).log_level, kOff);
  EXPECT_EQ(parsed({"-v"}).log_level, kDebug);
  EXPECT_EQ(parsed({"-q"}).log_level, kWarning);
  EXPECT_EQ(parsed({"--verbose=no"}).log_level, kInfo);
  EXPECT_EQ(parsed({"--health-path", "none"}).health.path, "");
  EXPECT_EQ(parsed({"--host", "[::1]"}).host, "::1");
  EXPECT_EQ(parsed({"--host", "::"}).host, "::");
  EXPECT_EQ(parsed({"--access-log", "a.log"}).access_log, "a.log");
  EXPECT_EQ(parsed({"--forwarded", "rfc7239"}).forwarded, http::ForwardedStyle::kRfc7239);
  EXPECT_EQ(parsed({"--forwarded", "off"}).forwarded, http::ForwardedStyle::kOff);
  // Longer than the interval: allowed, the next check is then due at once.
  EXPECT_EQ(parsed({"--health-timeout", "1h"}).health.timeout, 1h);
}

TEST(ParseOptions, TakesLettersInEveryUsualSpelling) {
  for (const Arguments& arguments :
       {Arguments{"-s", "a:1", "-p", "80", "-v"}, Arguments{"-sa:1", "-p80", "-v"},
        Arguments{"-s=a:1", "-p=80", "-v"}, Arguments{"-vp", "80", "-s", "a:1"},
        Arguments{"-vp80", "--servers=a:1"}}) {
    const Result result = parse(arguments);
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(names(*result), Arguments{"a:1"});
    EXPECT_EQ(result->port, 80);
    EXPECT_EQ(result->log_level, log::Level::kDebug);
  }
}

TEST(ParseOptions, KeepsTheLastOfARepeatedValueButAllServers) {
  const Result result = parse({"-p", "1", "-s", "a:1", "-v", "--port", "2", "-s", "b:1", "-q"});
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->port, 2);
  EXPECT_EQ(names(*result), (Arguments{"a:1", "b:1"}));
  EXPECT_EQ(result->log_level, log::Level::kWarning);
}

TEST(ParseOptions, LetsTheCommandLineWinOverTheEnvironment) {
  const auto options = [](const Arguments& arguments, const Variables& variables) {
    return parse(arguments, variables).value();
  };
  EXPECT_EQ(options({"--demo", "--port", "2"}, {{"LB_PORT", "1"}}).port, 2);
  EXPECT_EQ(names(options({"-s", "a:1"}, {{"LB_SERVERS", "b:1"}})), Arguments{"a:1"});
  EXPECT_EQ(options({"--demo", "-v"}, {{"LB_LOG_LEVEL", "error"}}).log_level, log::Level::kDebug);
  EXPECT_EQ(options({"--demo", "--log-level=off"}, {{"LB_VERBOSE", "1"}}).log_level,
            log::Level::kOff);
  // Between --demo and --servers too.
  EXPECT_EQ(options({"-s", "a:1"}, {{"LB_DEMO", "1"}}).demo, false);
  EXPECT_EQ(names(options({"--demo"}, {{"LB_SERVERS", "b:1"}})), Arguments{});
  EXPECT_EQ(names(options({"--demo=no"}, {{"LB_SERVERS", "b:1"}})), Arguments{"b:1"});
}

TEST(ParseOptions, DoesNotReadAVariableThatIsOverruledOrEmpty) {
  // Kubernetes sets LB_PORT=tcp://… beside a service called lb.
  EXPECT_TRUE(parse({"--demo", "-p", "80"}, {{"LB_PORT", "tcp://10.0.0.1:80"}}));
  EXPECT_EQ(parse({"--demo"}, {{"LB_PORT", ""}, {"LB_SERVERS", ""}}).value().port, 8080);
}

TEST(ParseOptions, NamesTheVariableOfABadValue) {
  struct Row {
    Variables variables;
    std::string_view line;
  };
  const Row rows[] = {
      {{{"LB_PORT", "tcp://10.0.0.1:80"}},
       "lb: LB_PORT tcp://10.0.0.1:80: expected a number from 0 to 65535"},
      {{{"LB_SERVERS", "localhost"}},
       "lb: LB_SERVERS localhost: expected host:port, [v6]:port or unix:/path"},
      {{{"LB_HEALTH_INTERVAL", "0"}},
       "lb: LB_HEALTH_INTERVAL 0: expected a time from 10ms to 24h, like 500ms or 1.5s"},
      {{{"LB_DEMO", "maybe"}}, "lb: LB_DEMO maybe: expected 1, true, yes, on, 0, false, no or off"},
      {{{"LB_DEMO", "1"}, {"LB_SERVERS", "a:1"}}, "lb: LB_DEMO and LB_SERVERS exclude each other"},
      {{{"LB_HELP", "1"}, {"LB_VERSION", "0.1.0"}},
       "lb: no servers: give --servers HOST:PORT[,HOST:PORT...] or --demo"},
  };
  for (const Row& row : rows) EXPECT_EQ(refusal(parse({}, row.variables)), row.line);
}

TEST(ParseOptions, TakesEachPlaceToListenAt) {
  const Options options = parse({"--demo", "--listen", ":8080", "--listen=localhost:0", "--listen",
                                 "[::1]:80", "--listen", "unix:/run/lb.sock"})
                              .value();
  const std::vector<ListenAddress> expected = {
      {.host = {}, .port = 8080, .unix_path = {}},
      {.host = "localhost", .port = 0, .unix_path = {}},
      {.host = "::1", .port = 80, .unix_path = {}},
      {.host = {}, .port = 0, .unix_path = "/run/lb.sock"},
  };
  EXPECT_EQ(options.listen, expected);
  std::vector<std::string> told;
  for (const ListenAddress& address : options.listen) told.push_back(describe(address));
  EXPECT_EQ(told, (Arguments{":8080", "localhost:0", "[::1]:80", "unix:/run/lb.sock"}));
}

TEST(ParseOptions, LetsListenOverruleTheVariablesOfHostAndPortAndTheReverse) {
  const Variables host_and_port{{"LB_HOST", "localhost"}, {"LB_PORT", "tcp://10.0.0.1:80"}};
  EXPECT_EQ(parse({"--demo", "--listen", ":80"}, host_and_port).value().listen.size(), 1U);
  const Options by_port = parse({"--demo", "--port", "80"}, {{"LB_LISTEN", "nonsense"}}).value();
  EXPECT_EQ(by_port.port, 80);
  EXPECT_TRUE(by_port.listen.empty());
  EXPECT_TRUE(parse({"--demo", "--host", "a"}, {{"LB_LISTEN", ":80"}}).value().listen.empty());
  EXPECT_EQ(refusal(parse({"--demo"}, {{"LB_LISTEN", ":80"}, {"LB_PORT", "81"}})),
            "lb: LB_LISTEN and LB_PORT exclude each other");
}

TEST(ParseOptions, LetsTheCommandLineDecideWhetherThereAreChecks) {
  const auto checked = [](const Arguments& more, const Variables& variables) {
    Arguments arguments{"--demo"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return parse(arguments, variables).value().health.enabled;
  };
  EXPECT_FALSE(checked({"--no-health"}, {{"LB_HEALTH_PATH", "/ready"}}));
  EXPECT_TRUE(checked({"--health-path", "/ready"}, {{"LB_NO_HEALTH", "1"}}));
  EXPECT_TRUE(checked({"--no-health=no", "--health-path", "/ready"}, {}));
  EXPECT_FALSE(checked({"--no-health", "--health-fall", "3"}, {}))
      << "it counts failed requests too";
  EXPECT_EQ(refusal(parse({"--demo"}, {{"LB_NO_HEALTH", "1"}, {"LB_HEALTH_RISE", "1"}})),
            "lb: LB_NO_HEALTH and LB_HEALTH_RISE exclude each other");
}

TEST(ParseOptions, CanTrustThePeersOfUnixSockets) {
  const Options options = parse({"--demo", "--trusted-proxies", "unix:,10.0.0.0/8"}).value();
  ASSERT_EQ(options.trusted_proxies.size(), 2U);
  EXPECT_TRUE(options.trusted_proxies[0].contains({}));
  EXPECT_FALSE(options.trusted_proxies[0].contains(os::parse_ip("10.0.0.1").value()));
  EXPECT_FALSE(options.trusted_proxies[1].contains({}));
}

TEST(ParseOptions, ExpectsNoProxyHeaderUnlessTold) {
  EXPECT_TRUE(parse({"--demo"}).value().proxy_protocol_from.empty());
  EXPECT_TRUE(parse({"--demo", "--proxy-protocol-from", "::1", "--proxy-protocol-from", "none"})
                  .value()
                  .proxy_protocol_from.empty());
}

TEST(ParseOptions, AnswersHelpAndVersionBeforeAnyValue) {
  using enum Options::Action;
  struct Row {
    Arguments arguments;
    Options::Action action;
  };
  const Row rows[] = {
      {{"--help"}, kHelp},
      {{"-h"}, kHelp},
      {{"--version"}, kVersion},
      {{"-V"}, kVersion},
      {{"--help", "--servers", "x"}, kHelp},
      {{"--port", "99999", "-h"}, kHelp},
      {{"--demo", "--servers", "a:1", "--version"}, kVersion},
      {{"--version", "--help"}, kVersion},
      {{"-hV"}, kHelp},
      {{"--help=no", "--demo"}, kRun},
  };
  for (const Row& row : rows) {
    const Result result = parse(row.arguments, {{"LB_PORT", "bad"}, {"LB_HOST", "localhost"}});
    if (row.action == kRun) continue;
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(result->action, row.action) << row.arguments.front();
  }
  EXPECT_EQ(parse({"--help=no", "--demo"}).value().action, kRun);
}

}  // namespace
}  // namespace lb::app
