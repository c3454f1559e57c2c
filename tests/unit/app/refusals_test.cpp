#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lb/app/options.h"

namespace lb::app {
namespace {

using Arguments = std::vector<std::string>;

// The line that parse_options refuses the arguments with, or "" if it takes them.
std::string refusal(const Arguments& arguments) {
  const auto options = parse_options(arguments, [](auto&) { return std::nullopt; });
  return options ? "" : options.error();
}

struct Refused {
  Arguments arguments;
  std::string_view line;  // after "lb: "
};

const std::vector<Refused>& refused() {
  static const std::vector<Refused> rows = {
      // No servers, or two kinds of them.
      {{}, "no servers: give --servers HOST:PORT[,HOST:PORT...] or --demo"},
      {{"--port", "80"}, "no servers: give --servers HOST:PORT[,HOST:PORT...] or --demo"},
      {{"--demo=off"}, "no servers: give --servers HOST:PORT[,HOST:PORT...] or --demo"},
      {{"--demo", "-s", "a:1"}, "--demo and --servers exclude each other"},
      // What cannot be had together.
      {{"--demo", "--listen", ":80", "--port", "80"}, "--listen and --port exclude each other"},
      {{"--demo", "--host", "a", "--listen", ":80"}, "--listen and --host exclude each other"},
      {{"--demo", "--no-health", "--health-path", "/"},
       "--no-health and --health-path exclude each other"},
      {{"--demo", "--health-rise", "1", "--no-health"},
       "--no-health and --health-rise exclude each other"},
      // Places to listen at.
      {{"--demo", "--listen", ""},
       "--listen '': expected :port, host:port, [v6]:port or unix:/path"},
      {{"--demo", "--listen", "8080"},
       "--listen 8080: expected :port, host:port, [v6]:port or unix:/path"},
      {{"--demo", "--listen", "localhost"},
       "--listen localhost: expected :port, host:port, [v6]:port or unix:/path"},
      {{"--demo", "--listen", ":"}, "--listen :: expected a port from 0 to 65535 after the colon"},
      {{"--demo", "--listen", ":65536"},
       "--listen :65536: expected a port from 0 to 65535 after the colon"},
      {{"--demo", "--listen", "a:80-81"},
       "--listen a:80-81: expected a port from 0 to 65535 after the colon"},
      {{"--demo", "--listen", "::1:80"},
       "--listen ::1:80: expected brackets around an IPv6 address, like [::1]:8081"},
      {{"--demo", "--listen", "[localhost]:80"},
       "--listen [localhost]:80: expected an IPv6 address in the brackets, like [::1]:8081"},
      {{"--demo", "--listen", "unix:lb.sock"},
       "--listen unix:lb.sock: expected a path from the root after unix:, like unix:/run/a.sock"},
      {{"--demo", "--listen", "unix:/" + std::string(107, 'x')},
       "--listen "
       "unix:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...: "
       "expected a unix path of at most 107 bytes"},
      {{"--demo", "--listen", ":80", "--listen", ":80"}, "--listen :80 is given twice"},
      {{"--demo", "--listen", "A:80", "--listen", "a:80"}, "--listen a:80 is given twice"},
      {{"--demo", "--listen", "unix:/a.sock", "--listen", "unix:/a.sock"},
       "--listen unix:/a.sock is given twice"},
      {{"--demo", "--backlog", "0"}, "--backlog 0: expected a number from 1 to 65535"},
      {{"--demo", "--backlog", "65536"}, "--backlog 65536: expected a number from 1 to 65535"},
      {{"--demo", "--all-down", "502"}, "--all-down 502: expected 503 or try"},
      {{"--demo", "--no-health=maybe"},
       "--no-health maybe: expected 1, true, yes, on, 0, false, no or off"},
      // Unknown options.
      {{"--sevrers", "a:1"}, "unknown option --sevrers (did you mean --servers?)"},
      {{"--sevrers=a:1"}, "unknown option --sevrers (did you mean --servers?)"},
      {{"-servers", "a:1"}, "unknown option -servers (did you mean --servers?)"},
      {{"-port=80"}, "unknown option -port (did you mean --port?)"},
      {{"--health_path", "/"}, "unknown option --health_path (did you mean --health-path?)"},
      {{"--p", "80"}, "unknown option --p (did you mean -p?)"},
      {{"--frobnicate"}, "unknown option --frobnicate (see lb --help)"},
      {{"--frobnicate", "--help"}, "unknown option --frobnicate (see lb --help)"},
      {{"-x"}, "unknown option -x (see lb --help)"},
      {{"-vx"}, "unknown option -x (see lb --help)"},
      {{"-8"}, "unknown option -8 (see lb --help)"},
      {{"---"}, "unknown option --- (see lb --help)"},
      {{"--="}, "unknown option -- (see lb --help)"},
      {{"--a\nb"}, "unknown option --a\\x0ab (see lb --help)"},
      // Stray arguments.
      {{"localhost:8081"},
       "unexpected argument localhost:8081 (did you mean --servers localhost:8081?)"},
      {{"-s", "a:1,", "b:1"}, "unexpected argument b:1 (did you mean --servers b:1?)"},
      {{"--demo", "help"}, "unexpected argument help (did you mean --help?)"},
      {{"--demo", "stray"}, "unexpected argument stray"},
      {{"--demo", ""}, "unexpected argument ''"},
      {{"--demo", "-"}, "unexpected argument -"},
      {{"--demo", "--", "stray"}, "unexpected argument stray"},
      {{"--demo", "true"}, "unexpected argument true"},
      // Values that are missing.
      {{"--servers"}, "--servers: a value is missing"},
      {{"-s"}, "--servers: a value is missing"},
      {{"-vp"}, "--port: a value is missing"},
      {{"--host", "--port", "80"}, "--host: a value is missing before --port"},
      {{"-p", "-v"}, "--port: a value is missing before -v"},
      {{"--servers", "--port=80"}, "--servers: a value is missing before --port=80"},
      {{"--servers="}, "--servers '': expected at least one server, like localhost:8081"},
      {{"--port", ""}, "--port '': expected a number from 0 to 65535"},
      // Servers.
      {{"-s", "localhost"}, "--servers localhost: expected host:port, [v6]:port or unix:/path"},
      {{"-s", "localhost:8081", "-s", "localhost:8081"}, "--servers localhost:8081 is given twice"},
      {{"-s", "a:1-1024", "-s", "b:1"}, "--servers b:1: expected at most 1024 servers"},
      // Values out of bounds.
      {{"--demo", "--port", "99999"}, "--port 99999: expected a number from 0 to 65535"},
      {{"--demo", "-p", "65536"}, "--port 65536: expected a number from 0 to 65535"},
      {{"--demo", "-p", "-1"}, "--port -1: expected a number from 0 to 65535"},
      {{"--demo", "--balance", "random"}, "--balance random: expected round-robin"},
      {{"--demo", "--host", "localhost:80"},
       "--host localhost:80: expected a name or an address to listen on, without a port"},
      {{"--demo", "--host", ""},
       "--host '': expected a name or an address to listen on, without a port"},
      {{"--demo", "--host", "[localhost]"},
       "--host [localhost]: expected a name or an address to listen on, without a port"},
      {{"--demo", "--health-path", "ready"},
       "--health-path ready: expected a path that begins with / and has no spaces, or none"},
      {{"--demo", "--health-path", "/a b"},
       "--health-path /a b: expected a path that begins with / and has no spaces, or none"},
      {{"--demo", "--health-path", "/a\r\nX: y"},
       "--health-path /a\\x0d\\x0aX: y: expected a path that begins with / and has no spaces, or "
       "none"},
      {{"--demo", "--health-path", "/a#b"},
       "--health-path /a#b: expected a path that begins with / and has no spaces, or none"},
      {{"--demo", "--health-path", ""},
       "--health-path '': expected a path that begins with / and has no spaces, or none"},
      {{"--demo", "--health-interval", "0"},
       "--health-interval 0: expected a time from 10ms to 24h, like 500ms or 1.5s"},
      {{"--demo", "--health-timeout", "0"},
       "--health-timeout 0: expected a time from 1ms to 24h, like 500ms or 1.5s"},
      {{"--demo", "--health-fast-interval", "5ms"},
       "--health-fast-interval 5ms: expected a time from 10ms to 24h, like 500ms or 1.5s"},
      {{"--demo", "--health-fall", "0"}, "--health-fall 0: expected a number from 1 to 10000"},
      {{"--demo", "--health-rise", "10001"},
       "--health-rise 10001: expected a number from 1 to 10000"},
      {{"--demo", "--health-status", "2xx"},
       "--health-status 2xx: expected statuses from 200 to 599, like 200-299 or 200,204,300-399"},
      {{"--demo", "--server-timeout", "25h"},
       "--server-timeout 25h: expected a time from 0 to 24h, like 500ms or 1.5s"},
      {{"--demo", "--max-connections", "0"},
       "--max-connections 0: expected auto or a number from 1 to 1000000"},
      {{"--demo", "--max-header-size", "2m"},
       "--max-header-size 2m: expected a size from 1k to 1m, like 16k"},
      {{"--demo", "--max-headers", "0"}, "--max-headers 0: expected a number from 1 to 10000"},
      {{"--demo", "--upstream-keepalive", "many"},
       "--upstream-keepalive many: expected a number from 0 to 65535"},
      {{"--demo", "--proxy-protocol-from", "10.0.0.0/33"},
       "--proxy-protocol-from 10.0.0.0/33: expected addresses or networks, like 10.0.0.0/8,::1, or "
       "none"},
      {{"--demo", "--proxy-protocol-from", "all"},
       "--proxy-protocol-from all: expected addresses or networks, like 10.0.0.0/8,::1, or none"},
      {{"--demo", "--forwarded", "y"}, "--forwarded y: expected x, rfc7239, both or off"},
      {{"--demo", "--log-level", "loud"},
       "--log-level loud: expected trace, debug, info, warning, error, critical or off"},
      {{"--demo", "--log-format", "xml"}, "--log-format xml: expected text or json"},
      {{"--demo", "--access-log", ""},
       "--access-log '': expected a file name, - for stdout, or off"},
      {{"--demo=maybe"}, "--demo maybe: expected 1, true, yes, on, 0, false, no or off"},
      {{"--help=maybe"}, "--help maybe: expected 1, true, yes, on, 0, false, no or off"},
  };
  return rows;
}

TEST(Refusals, NameEachMistakeInOneLine) {
  for (const Refused& row : refused()) {
    const std::string line = refusal(row.arguments);
    EXPECT_EQ(line, "lb: " + std::string(row.line));
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

TEST(Refusals, StayShortForAVeryLongArgument) {
  const std::string novel(1'000'000, 'x');
  for (const std::string& argument :
       {novel, "--" + novel, "-" + novel, "--servers=" + novel, "-s" + novel, "--port=" + novel}) {
    const std::string line = refusal({argument});
    EXPECT_TRUE(line.starts_with("lb: ")) << line;
    EXPECT_LT(line.size(), 300U);
  }
}

}  // namespace
}  // namespace lb::app
