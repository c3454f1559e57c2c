#include "lb/app/options.h"

// cxxopts splits the arguments; values are read by the table. Its std::regex mode recurses once per
// character and overflows the stack on a long value.
#define CXXOPTS_NO_REGEX
#include <algorithm>
#include <cxxopts.hpp>
#include <ranges>
#include <utility>

#include "app/nearest.h"
#include "app/options_message.h"
#include "app/options_table.h"

namespace lb::app {
namespace {

using Done = std::expected<void, std::string>;

// One value that somebody gave, in the order in which they apply: later ones win.
struct Setting {
  const Flag* flag = nullptr;
  std::string value;
  bool from_environment = false;
};
using Settings = std::vector<Setting>;

using Arguments = std::vector<std::string>;

std::string dashed(const Flag& flag) {
  return "--" + std::string(flag.name);
}

std::string label(const Setting& setting) {
  return setting.from_environment ? variable_of(*setting.flag) : dashed(*setting.flag);
}

bool looks_like_option(std::string_view argument) {
  return argument.size() > 1 && argument.front() == '-';
}

// "port" of "--port=80", "-port", "--port".
std::string_view bare_name(std::string_view argument) {
  argument.remove_prefix(std::min(argument.find_first_not_of('-'), argument.size()));
  return argument.substr(0, argument.find('='));
}

std::string unknown_option(std::string_view argument) {
  const std::string_view name = bare_name(argument);
  std::string line = "unknown option " + shown(argument.substr(0, argument.find('=')));
  const auto names = flags() | std::views::transform(&Flag::name);
  const std::vector<std::string_view> known(names.begin(), names.end());
  if (name.size() == 1 && find_flag(name.front()) != nullptr) {
    line.append(" (did you mean -").append(name).append("?)");
  } else if (const auto meant = nearest(name, known)) {
    line.append(" (did you mean --").append(*meant).append("?)");
  } else {
    line.append(" (see lb --help)");
  }
  return line;
}

std::string stray_argument(std::string_view argument) {
  std::string line = "unexpected argument " + shown(argument);
  if (find_flag(argument) != nullptr) {
    line.append(" (did you mean --").append(argument).append("?)");
  } else if (parse_servers(argument)) {
    line.append(" (did you mean --servers ").append(shown(argument)).append("?)");
  }
  return line;
}

// Whether the argument is a flag of ours, so that it is not likely to be the value of another one.
bool is_flag(std::string_view argument) {
  if (argument.starts_with("--")) return find_flag(bare_name(argument)) != nullptr;
  return argument.size() == 2 && argument.front() == '-' && find_flag(argument[1]) != nullptr;
}

// "-p8080", "-p=8080" and "-slocalhost:8081" as two arguments each: cxxopts without regular
// expressions takes only letters and digits behind a letter. "-port", in the manner of other
// programs, is refused rather than read as -p ort.
std::expected<Arguments, std::string> split_letters(std::span<const std::string> arguments) {
  Arguments split;
  for (const std::string& argument : arguments) {
    const bool one_dash = looks_like_option(argument) && argument[1] != '-';
    if (one_dash && argument.size() > 2 && find_flag(bare_name(argument)) != nullptr) {
      return std::unexpected(unknown_option(argument));
    }
    const Flag* const flag = one_dash ? find_flag(argument[1]) : nullptr;
    if (flag == nullptr || flag->is_switch() || argument.size() == 2) {
      split.push_back(argument);
      continue;
    }
    split.push_back(argument.substr(0, 2));
    split.push_back(argument.substr(argument[2] == '=' ? 3 : 2));
  }
  return split;
}

void declare(const Flag& flag, cxxopts::Options& parser) {
  const std::string name(flag.name);
  const auto value = cxxopts::value<std::string>();
  if (flag.is_switch()) value->implicit_value("true");
  parser.add_options()(flag.letter == 0 ? name : std::string(1, flag.letter) + "," + name, "",
                       value);
}

// What cxxopts throws: only the last argument can lack its value, so that is the one to name.
std::string missing_value(const Arguments& arguments) {
  const std::string_view last = arguments.empty() ? std::string_view() : arguments.back();
  const Flag* flag = find_flag(bare_name(last));
  if (flag == nullptr && !last.empty()) flag = find_flag(last.back());
  return (flag != nullptr ? dashed(*flag) : shown(last)) + ": a value is missing";
}

std::expected<cxxopts::ParseResult, std::string> run_cxxopts(const Arguments& arguments) {
  try {
    cxxopts::Options parser("lb");
    parser.allow_unrecognised_options();  // so that the words for them are ours
    for (const Flag& flag : flags()) declare(flag, parser);
    std::vector<const char*> argv{"lb"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    return parser.parse(static_cast<int>(argv.size()), argv.data());
  } catch (const cxxopts::exceptions::exception&) {
    return std::unexpected(missing_value(arguments));
  }
}

std::expected<Settings, std::string> from_command_line(std::span<const std::string> arguments) {
  const auto split = split_letters(arguments);
  if (!split) return std::unexpected(split.error());
  const auto parsed = run_cxxopts(*split);
  if (!parsed) return std::unexpected(parsed.error());
  Settings settings;
  for (const cxxopts::KeyValue& given : parsed->arguments()) {
    settings.push_back({find_flag(given.key()), given.value(), false});
    if (is_flag(given.value())) {
      return std::unexpected(label(settings.back()) + ": a value is missing before " +
                             shown(given.value()));
    }
  }
  if (!parsed->unmatched().empty()) {
    const std::string& first = parsed->unmatched().front();
    return std::unexpected(looks_like_option(first) ? unknown_option(first)
                                                    : stray_argument(first));
  }
  return settings;
}

const Setting* find_setting(const Settings& settings, std::string_view name) {
  const auto found =
      std::ranges::find(settings, name, [](const Setting& s) { return s.flag->name; });
  return found == settings.end() ? nullptr : &*found;
}

// Two ways to say where to listen.
bool exclude_each_other(const Flag& a, const Flag& b) {
  const auto is_host_or_port = [](const Flag& f) { return f.name == "host" || f.name == "port"; };
  return (a.name == "listen" && is_host_or_port(b)) || (b.name == "listen" && is_host_or_port(a));
}

bool is_overruled(const Flag& variable, const Settings& command_line) {
  return std::ranges::any_of(command_line, [&](const Setting& setting) {
    return setting.flag == &variable || exclude_each_other(*setting.flag, variable);
  });
}

// In front of the command line, which so wins. A variable that it overrules is not even read: a
// strange LB_PORT from somewhere else can be cured by --port. An empty one counts as unset.
Settings with_environment(Settings settings, const Environment& environment) {
  Settings all;
  for (const Flag& flag : flags()) {
    if (flag.asks_for_text() || is_overruled(flag, settings)) continue;
    std::optional<std::string> value = environment(variable_of(flag));
    if (value && !value->empty()) all.push_back({&flag, std::move(*value), true});
  }
  std::ranges::move(settings, std::back_inserter(all));
  return all;
}

Done apply(Options& options, const Setting& setting) {
  const Done done = setting.flag->apply(options, setting.value);
  if (done) return {};
  return std::unexpected(label(setting) + " " + done.error());
}

// --help and --version are answered before any value is looked at.
Done apply_texts(Options& options, const Settings& settings) {
  for (const Setting& setting : settings) {
    if (!setting.flag->asks_for_text() || options.action != Options::Action::kRun) continue;
    Done done = apply(options, setting);
    if (!done) return done;
  }
  return {};
}

Done apply_values(Options& options, const Settings& settings) {
  for (const Setting& setting : settings) {
    if (setting.flag->asks_for_text()) continue;
    Done done = apply(options, setting);
    if (!done) return done;
  }
  return {};
}

std::unexpected<std::string> exclusion(const Setting& a, const Setting& b) {
  return std::unexpected(label(a) + " and " + label(b) + " exclude each other");
}

// Exactly one of --servers and --demo; one on the command line overrules the other's variable.
Done settle_servers(Options& options, const Settings& settings) {
  if (options.servers.empty() && !options.demo) {
    return std::unexpected("no servers: give --servers HOST:PORT[,HOST:PORT...] or --demo");
  }
  if (options.servers.empty() || !options.demo) return {};
  const Setting& servers = *find_setting(settings, "servers");
  const Setting& demo = *find_setting(settings, "demo");
  if (servers.from_environment == demo.from_environment) {
    return exclusion(demo, servers);
  }
  if (servers.from_environment) options.servers.clear();
  if (demo.from_environment) options.demo = false;
  return {};
}

Done settle_listening(const Settings& settings) {
  const Setting* const listen = find_setting(settings, "listen");
  if (listen == nullptr) return {};
  for (const Setting& other : settings) {
    if (exclude_each_other(*listen->flag, *other.flag)) return exclusion(*listen, other);
  }
  return {};
}

// Checks that are switched off, and how they are to be made; one on the command line overrules the
// other's variable. --health-fall counts failed requests too.
Done settle_health(Options& options, const Settings& settings) {
  if (options.health.enabled) return {};
  const Setting& none = *find_setting(settings, "no-health");
  for (const Setting& other : settings) {
    if (!other.flag->name.starts_with("health-") || other.flag->name == "health-fall") continue;
    if (other.from_environment == none.from_environment) return exclusion(none, other);
    if (none.from_environment) options.health.enabled = true;
  }
  return {};
}

std::expected<Options, std::string> parse(std::span<const std::string> arguments,
                                          const Environment& environment) {
  std::expected<Settings, std::string> settings = from_command_line(arguments);
  if (!settings) return std::unexpected(settings.error());
  Options options;
  Done done = apply_texts(options, *settings);
  if (done && options.action == Options::Action::kRun) {
    *settings = with_environment(std::move(*settings), environment);
    done = apply_values(options, *settings);
    if (done) done = settle_servers(options, *settings);
    if (done) done = settle_listening(*settings);
    if (done) done = settle_health(options, *settings);
  }
  if (!done) return std::unexpected(done.error());
  return options;
}

}  // namespace

std::expected<Options, std::string> parse_options(std::span<const std::string> arguments,
                                                  const Environment& environment) {
  std::expected<Options, std::string> options = parse(arguments, environment);
  if (!options) return std::unexpected("lb: " + options.error());
  return options;
}

}  // namespace lb::app
