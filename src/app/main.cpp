#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/server.h"
#include "lb/app/options.h"
#include "lb/base/log.h"

namespace {

using lb::app::Options;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

int serve(const Options& options) {
  lb::log::configure(options.log_level, options.log_format);
  lb::app::Server server(options);
  return server.run();
}

int start(const Options& options) {
  switch (options.action) {
    case Options::Action::kHelp:
      std::cout << lb::app::help_text();
      return lb::app::kExitClean;
    case Options::Action::kVersion:
      std::cout << lb::app::version_text();
      return lb::app::kExitClean;
    case Options::Action::kRun:
      break;
  }
  return serve(options);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto options = lb::app::parse_options(arguments, environment);
  if (!options) {
    std::cerr << options.error() << '\n';
    return lb::app::kExitUsage;
  }
  try {
    return start(*options);
  } catch (const std::exception& error) {
    std::cerr << "lb: " << error.what() << '\n';
    return lb::app::kExitCannotStart;
  }
}
