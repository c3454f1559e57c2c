#include <string>
#include <string_view>

#include "app/options_table.h"
#include "app/texts.h"
#include "app/wrapped.h"

namespace lb::app {
namespace {

constexpr std::string_view kHeading =
    R"(# The settings of lb.service, read when it starts: one variable for each flag of
# lb(1), shown with its default. lb serves as soon as there are servers:
#   LB_SERVERS=10.0.0.5:8080,10.0.0.6:8080
#   systemctl enable --now lb

# Flags as on a command line, for those that may be repeated. They win over the
# variables below.
#LB_OPTIONS=
)";

std::string entry(const Flag& flag) {
  std::string text = "\n# " + wrapped(flag.description, "# ") + "\n";
  return text.append("#")
      .append(variable_of(flag))
      .append("=")
      .append(flag.default_value)
      .append("\n");
}

}  // namespace

std::string environment_file() {
  std::string text(kHeading);
  for (const Section& section : sections()) {
    text.append("\n\n# ").append(section.title).append("\n");
    for (const Flag& flag : flags()) {
      if (flag.group == section.group && !flag.asks_for_text()) text += entry(flag);
    }
  }
  return text;
}

}  // namespace lb::app
