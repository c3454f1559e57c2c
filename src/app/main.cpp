#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "app/predecessor.h"
#include "app/server.h"
#include "app/supervisor.h"
#include "app/takeover.h"
#include "lb/app/options.h"
#include "lb/base/log.h"
#include "lb/os/os.h"
#include "lb/os/process.h"

namespace {

using lb::app::Options;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

bool is_worker() {
  return environment(std::string(lb::app::kWorkerVariable)).has_value();
}

void print(const lb::os::Fd& to, std::string_view text) {
  while (!text.empty()) {
    const lb::os::IoResult written = lb::os::write(to.get(), text);
    if (written.error != 0) return;  // nobody is there to be told
    text.remove_prefix(written.bytes);
  }
}

constexpr std::uint32_t kWorkersMax = 64;

// What slow peers made lb store goes back when they are gone, however many they were.
constexpr std::size_t kReturnedBlockBytes = 16 * 1024;

// Variables that say something of one process alone.
constexpr std::array<std::string_view, 6> kOfOneProcess = {
    "LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=", "WATCHDOG_PID=", "LB_HANDOVER=", "LB_WORKER="};

// The process after this one is started as this one was.
lb::os::Program program(const std::vector<std::string>& arguments) {
  auto path = lb::os::executable_path();
  lb::os::Program program{.path = path.value_or(std::string()),
                          .name = path.value_or(std::string()),
                          .arguments = arguments,
                          .environment = {}};
  for (std::string& entry : lb::os::environment_entries()) {
    const bool own = std::ranges::any_of(
        kOfOneProcess, [&entry](std::string_view name) { return entry.starts_with(name); });
    if (!own) program.environment.push_back(std::move(entry));
  }
  program.environment.push_back(std::string(lb::app::kHandoverVariable) + "=1");
  return program;
}

template <class T>
T value_or_throw(std::expected<T, std::string> result) {
  if (!result) throw std::runtime_error(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// What all may do together is divided among the workers.
Options share_of_worker(Options options) {
  const auto share = [&options](std::uint64_t all) {
    return (all + options.workers - 1) / options.workers;
  };
  options.limits.connections_max = share(options.limits.connections_max);
  options.limits.upstream_keepalive_max =
      static_cast<std::uint32_t>(share(options.limits.upstream_keepalive_max));
  options.retries.budget_share = options.workers;
  options.takeover.clear();  // the supervisor's
  return options;
}

int serve_alone(const Options& options, lb::app::Birth birth, lb::app::Predecessor* before) {
  lb::app::Server server(options, std::move(birth));
  if (before != nullptr) server.assume(value_or_throw(before->take_over()));
  return server.run();
}

int serve_as_worker(const Options& options, lb::app::Birth birth,
                    lb::app::Predecessor& supervisor) {
  lb::app::Server server(share_of_worker(options), std::move(birth));
  static_cast<void>(value_or_throw(supervisor.take_over()));  // it tells later, as it hears
  const int error = server.join(supervisor.take_channel());
  if (error != 0) throw std::runtime_error(lb::os::error_text(error));
  return server.run();
}

int serve(Options options, lb::app::Birth birth) {
  lb::os::return_freed_blocks_from(kReturnedBlockBytes);
  lb::log::configure(options.log_level, options.log_format);
  if (options.workers == 0) {
    options.workers =
        static_cast<std::uint16_t>(std::min<std::uint32_t>(lb::os::processor_count(), kWorkersMax));
  }
  auto before = value_or_throw(lb::app::Predecessor::find(options, environment));
  if (before) birth.legacy = value_or_throw(before->receive());
  lb::app::Predecessor* const other = before ? &*before : nullptr;
  if (other != nullptr && is_worker()) {
    return serve_as_worker(options, std::move(birth), *other);
  }
  if (other != nullptr) lb::log::info("taking over from process ", other->process_id());
  if (options.workers == 1) return serve_alone(options, std::move(birth), other);
  lb::app::Supervisor supervisor(options, std::move(birth), other);
  return supervisor.run();
}

int start(const Options& options, const std::vector<std::string>& arguments) {
  switch (options.action) {
    case Options::Action::kHelp:
      print(lb::os::standard_output(), lb::app::help_text());
      return lb::app::kExitClean;
    case Options::Action::kVersion:
      print(lb::os::standard_output(), lb::app::version_text());
      return lb::app::kExitClean;
    case Options::Action::kRun:
      break;
  }
  const auto service = lb::app::read_service_environment(environment, lb::os::process_id());
  if (!service) {
    print(lb::os::standard_error(), service.error() + "\n");
    return lb::app::kExitUsage;
  }
  return serve(options, {.service = *service, .program = program(arguments), .legacy = {}});
}

}  // namespace

int main(int argc, char** argv) {
  if (is_worker()) lb::os::name_process(argv[0]);  // its supervisor's file, when that was started
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto options = lb::app::parse_options(arguments, environment);
  if (!options) {
    print(lb::os::standard_error(), options.error() + "\n");
    return lb::app::kExitUsage;
  }
  try {
    return start(*options, arguments);
  } catch (const std::exception& error) {
    print(lb::os::standard_error(), std::string("lb: ") + error.what() + "\n");
    return lb::app::kExitCannotStart;
  }
}
