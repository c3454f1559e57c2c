#include "tests/e2e/trials/trial.h"

#include <sys/resource.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace lb::e2e {

const Arguments Trial::kFlags{"--health-interval",      "1s",    "--health-timeout",  "500ms",
                              "--health-fast-interval", "100ms", "--connect-timeout", "1s"};

bool is_full_trial() {
  const char* const size = std::getenv("LB_TRIAL");
  return size != nullptr && std::string_view(size) == "full";
}

std::chrono::milliseconds bound_of_time(std::chrono::milliseconds judged) {
  return is_full_trial() ? judged : judged + kPatience / 2;
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_max;
}

void print_figure(int line, const std::string& text) {
  std::cout << "[ trial " << line << " ] " << text << std::endl;
}

Lb& Trial::starts(const Arguments& options, const Surroundings& surroundings) {
  lb_.reset();
  lb_ = std::make_unique<Lb>(Balancing{.servers = names_of(backends), .options = options},
                             surroundings);
  return *lb_;
}

std::unique_ptr<Load> Trial::loads(LoadPlan plan) {
  if (plan.port == 0) plan.port = balancer().port();
  return std::make_unique<Load>(plan, ledger);
}

std::unique_ptr<Load> Trial::loads_gently(LoadPlan plan) {
  plan.pause = std::chrono::milliseconds(by_size(5, 0));
  return loads(plan);
}

void Trial::waits_until_up(const BackendProcess& backend, std::size_t from, Deadline deadline) {
  balancer().waits_for_log("the following host is up " + backend.name(), from, deadline);
}

}  // namespace lb::e2e
