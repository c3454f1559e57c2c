#pragma once

// The one table of the flags: the parser reads it, and --help and the texts of a package (texts.h)
// are written from it, so that none can know a flag or a default that the others do not.

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "lb/app/options.h"

namespace lb::app {

enum class Group : std::uint8_t {  // in the order of --help
  kServers,
  kListening,
  kHealthChecks,
  kTimeouts,
  kRetries,
  kLimits,
  kHeaders,
  kLogging,
  kProcess,
};

// A group as --help heads it.
struct Section {
  Group group;
  std::string_view title;
};

struct Flag {
  // Reads a value into the options, or says "VALUE: expected …".
  using Apply = std::expected<void, std::string> (*)(Options&, std::string_view value);

  char letter;                // of -x; 0 if it has none
  std::string_view name;      // without dashes
  std::string_view argument;  // what --help calls the value; empty for a switch
  Group group;
  std::string_view default_value;  // as one would type it; empty if there is none
  std::string_view description;    // for --help, which wraps it
  Apply apply;
  std::string_view choices = {};  // words that the value can be, by spaces; for completion

  [[nodiscard]] constexpr bool is_switch() const { return argument.empty(); }
  // Of this machine; the PATH of a check is one of a server.
  [[nodiscard]] constexpr bool names_file() const { return argument == "FILE"; }
  // Asks for a text instead of a run: comes before all values, and never from the environment,
  // where LB_VERSION is a likely name for something else.
  [[nodiscard]] constexpr bool asks_for_text() const { return name == "help" || name == "version"; }
};

// Every flag, group by group.
[[nodiscard]] std::span<const Flag> flags();
// Every group, in order.
[[nodiscard]] std::span<const Section> sections();

[[nodiscard]] const Flag* find_flag(std::string_view name);
[[nodiscard]] const Flag* find_flag(char letter);

// "LB_HEALTH_INTERVAL"
[[nodiscard]] std::string variable_of(const Flag& flag);

}  // namespace lb::app
