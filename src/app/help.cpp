#include <string>
#include <string_view>

#include "app/options_table.h"
#include "app/wrapped.h"
#include "lb/app/options.h"

namespace lb::app {
namespace {

constexpr std::size_t kTextColumn = 35;  // where the descriptions begin

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

std::string description(const Flag& flag) {
  std::string text(flag.description);
  if (!flag.default_value.empty()) text.append(" [").append(flag.default_value).append("]");
  return text;
}

}  // namespace

std::string help_text() {
  std::string text(kUsage);
  const std::string margin(kTextColumn, ' ');
  for (const Section& section : sections()) {
    text.append("\n").append(section.title).append(":\n");
    for (const Flag& flag : flags()) {
      if (flag.group != section.group) continue;
      text += heading(flag) + wrapped(description(flag), margin) + "\n";
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
