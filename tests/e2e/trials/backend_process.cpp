#include "tests/e2e/trials/backend_process.h"

#include <charconv>
#include <utility>

#include "tests/e2e/support/address.h"

namespace lb::e2e {

BackendProcess::BackendProcess(Ledger& ledger, std::size_t index, std::vector<std::string> options)
    : ledger_(ledger),
      index_(index),
      options_(std::move(options)),
      holder_(bound_socket(ip_address("127.0.0.1", 0))) {
  port_ = port_of(holder_);
  options_.push_back("--ledger=" + ledger.path());
  options_.push_back("--index=" + std::to_string(index));
  options_.push_back("--seed=" + std::to_string(index + 1));
  options_.push_back("--port=" + std::to_string(port_));
  starts();
}

void BackendProcess::starts() {
  process_ = std::make_unique<Process>(LB_TRIAL_BACKEND, options_, Surroundings{});
  if (!process_->output().waits_for("port ", 0, Deadline())) {
    throw Failure("a backend does not start at " + name());
  }
}

void BackendProcess::is_killed() {
  process_->signal(SIGKILL);
  process_->waits_for_exit();
}

void BackendProcess::is_told_to_stop() {
  process_->signal(SIGTERM);
  process_->waits_for_exit();
}

void BackendProcess::waits_for_check(Deadline deadline) const {
  const std::uint64_t before = ledger_.checks(index_);
  waits_until("a check of " + name(), [&] { return ledger_.checks(index_) > before; }, deadline);
}

void BackendProcess::waits_for_requests(std::uint64_t count, Deadline deadline) const {
  waits_until("requests at " + name(), [&] { return ledger_.requests(index_) >= count; }, deadline);
}

Backends start_backends(Ledger& ledger, std::size_t count,
                        const std::vector<std::vector<std::string>>& options) {
  Backends backends;
  for (std::size_t i = 0; i < count; ++i) {
    backends.push_back(std::make_unique<BackendProcess>(
        ledger, i, i < options.size() ? options[i] : std::vector<std::string>()));
  }
  return backends;
}

std::vector<std::string> names_of(const Backends& backends) {
  std::vector<std::string> names;
  names.reserve(backends.size());
  for (const auto& backend : backends) names.push_back(backend->name());
  return names;
}

}  // namespace lb::e2e
