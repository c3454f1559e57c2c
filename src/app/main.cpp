#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "app/server.h"
#include "lb/app/options.h"
#include "lb/base/log.h"
#include "lb/os/os.h"
#include "lb/os/process.h"

namespace {

using lb::app::Options;
using lb::app::ServiceEnvironment;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

void print(const lb::os::Fd& to, std::string_view text) {
  while (!text.empty()) {
    const lb::os::IoResult written = lb::os::write(to.get(), text);
    if (written.error != 0) return;  // nobody is there to be told
    text.remove_prefix(written.bytes);
  }
}

// What slow peers made lb store goes back when they are gone, however many they were.
constexpr std::size_t kReturnedBlockBytes = 16 * 1024;

int serve(const Options& options, const ServiceEnvironment& service) {
  lb::os::return_freed_blocks_from(kReturnedBlockBytes);
  lb::log::configure(options.log_level, options.log_format);
  lb::app::Server server(options, service);
  return server.run();
}

int start(const Options& options) {
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
  return serve(options, *service);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto options = lb::app::parse_options(arguments, environment);
  if (!options) {
    print(lb::os::standard_error(), options.error() + "\n");
    return lb::app::kExitUsage;
  }
  try {
    return start(*options);
  } catch (const std::exception& error) {
    print(lb::os::standard_error(), std::string("lb: ") + error.what() + "\n");
    return lb::app::kExitCannotStart;
  }
}
