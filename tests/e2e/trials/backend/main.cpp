// A backend of a trial as a process of its own, so that it can be killed, frozen and started again.

#include <exception>
#include <iostream>
#include <span>

#include "tests/e2e/trials/backend/server.h"

int main(int argc, char** argv) {
  try {
    const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
    lb::e2e::BackendServer server(lb::e2e::parse_behaviour(arguments));
    std::cout << "port " << server.port() << std::endl;
    server.runs();
  } catch (const std::exception& error) {
    std::cerr << "trial_backend: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
