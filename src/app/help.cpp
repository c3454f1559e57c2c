#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "app/options_table.h"
#include "lb/app/options.h"

namespace lb::app {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kTextColumn = 35;  // where the descriptions begin

constexpr std::array<std::pair<Group, std::string_view>, 9> kTitles{
    {{Group::kServers, "Servers"},
     {Group::kListening, "Listening"},
     {Group::kHealthChecks, "Health checks"},
     {Group::kTimeouts, "Timeouts (0 = unlimited)"},
     {Group::kRetries, "Retries"},
     {Group::kLimits, "Limits"},
     {Group::kHeaders, "Headers"},
     {Group::kLogging, "Logging"},
     {Group::kProcess, "Process"}}};

constexpr std::string_view kUsage = "Usage: lb --servers HOST:PORT[,...] [options]\n";

constexpr std::string_view kRules = R"(
TIME takes ms, s, m or h, bare = seconds. SIZE takes k, m or g, bare = bytes.
All but -h and -V can be set as LB_X_Y, like LB_PORT; the command line wins.

Examples:
  lb --servers localhost:8081,localhost:8082
  lb -s 10.0.0.5:80 -s 10.0.0.6:80 --host 0.0.0.0 --health-path /ready

Exit codes: 0 clean, 1 could not start, 2 usage, 3 forced (by --drain-timeout or
a second signal)
)";

// "  -p, --port N", filled up to the column of the text, or on a line of its own.
std::string heading(const Flag& flag) {
  std::string line = flag.letter == 0 ? "      --" : std::string("  -") + flag.letter + ", --";
  line += flag.name;
  if (!flag.is_switch()) line.append(" ").append(flag.argument);
  if (line.size() + 2 > kTextColumn) return line + "\n" + std::string(kTextColumn, ' ');
  return line + std::string(kTextColumn - line.size(), ' ');
}

// Breaks a text at its spaces into the column of the descriptions.
std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t column = kTextColumn;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (column > kTextColumn && column + 1 + space > kColumns) {
      out.append("\n").append(kTextColumn, ' ');
      column = kTextColumn;
    } else if (column > kTextColumn) {
      out += ' ';
      ++column;
    }
    out.append(text.substr(0, space));
    column += space;
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return out;
}

std::string description(const Flag& flag) {
  std::string text(flag.description);
  if (!flag.default_value.empty()) text.append(" [").append(flag.default_value).append("]");
  return text;
}

}  // namespace

std::string help_text() {
  std::string text(kUsage);
  for (const auto& [group, title] : kTitles) {
    text.append("\n").append(title).append(":\n");
    for (const Flag& flag : flags()) {
      if (flag.group == group) text += heading(flag) + wrapped(description(flag)) + "\n";
    }
  }
  return text.append(kRules);
}

std::string version_text() {
#ifdef __clang__
  return "lb " LB_VERSION "\nbuilt with " __VERSION__ "\n";
#else
  return "lb " LB_VERSION "\nbuilt with GCC " __VERSION__ "\n";
#endif
}

}  // namespace lb::app
