#include "tests/e2e/support/origin.h"

#include <gtest/gtest.h>

#include <utility>

namespace lb::e2e {
namespace {

constexpr std::chrono::minutes kIdleMax{5};

}  // namespace

Origin::Origin(Script script, Place place)
    : script_(std::move(script)),
      health_script_(answers(200, "")),
      server_(std::move(place), [this](Fd fd, int id) { serves(std::move(fd), id); }) {}

Origin::~Origin() {
  server_.dies();
  for (const std::string& complaint : complaints_) {
    ADD_FAILURE() << "at the origin " << name() << ": " << complaint;
  }
}

void Origin::plays(Script script) {
  const std::scoped_lock lock(mutex_);
  script_ = std::move(script);
}

void Origin::answers_health_checks(Script script) {
  const std::scoped_lock lock(mutex_);
  health_script_ = std::move(script);
}

std::vector<Received> Origin::requests() const {
  return snapshot(requests_);
}

Received Origin::request() const {
  const std::vector<Received> all = requests();
  if (all.size() != 1) throw Failure(name() + " got " + std::to_string(all.size()) + " requests");
  return all.front();
}

void Origin::waits_for_requests(std::size_t count, Deadline deadline) const {
  waits_for_size(requests_, count, "requests", deadline);
}

std::vector<Received> Origin::health_checks() const {
  return snapshot(health_checks_);
}

void Origin::waits_for_health_checks(std::size_t count, Deadline deadline) const {
  waits_for_size(health_checks_, count, "health checks", deadline);
}

// A connection that is cut is nothing to complain about; bytes that mean nothing are.
void Origin::serves(Fd connection, int id) {
  Wire wire(std::move(connection));
  try {
    for (int index = 1; wire.open(); ++index) serves_request(wire, id, index);
  } catch (const WireError& error) {
    if (error.kind() != WireError::Kind::kMalformed) return;
    const std::scoped_lock lock(mutex_);
    complaints_.emplace_back(error.what());
  } catch (const Failure& failure) {
    const std::scoped_lock lock(mutex_);
    complaints_.emplace_back(failure.what());
  }
}

void Origin::serves_request(Wire& wire, int id, int index) {
  RequestHead head = parse_request_head(wire.reads_head(Deadline(kIdleMax)));
  std::unique_lock lock(mutex_);
  const bool is_probe = head.target == "/health-check";
  std::vector<Received>& list = is_probe ? health_checks_ : requests_;
  const std::size_t place = list.size();
  list.push_back({.head = head, .body = {}, .connection = id, .index = index});
  changed_.notify_all();
  const Script script = is_probe ? health_script_ : script_;
  lock.unlock();

  Exchange exchange(wire, std::move(head), id, index, [&](const std::string& body) {
    const std::scoped_lock again(mutex_);
    list[place].body = body;
  });
  script(exchange);
  if (wire.open()) exchange.reads_body();
}

std::vector<Received> Origin::snapshot(const std::vector<Received>& from) const {
  const std::scoped_lock lock(mutex_);
  return from;
}

void Origin::waits_for_size(const std::vector<Received>& list, std::size_t count, const char* what,
                            Deadline deadline) const {
  std::unique_lock lock(mutex_);
  if (changed_.wait_until(lock, deadline.at(), [&] { return list.size() >= count; })) return;
  throw Failure(name() + " got " + std::to_string(list.size()) + " of " + std::to_string(count) +
                ' ' + what);
}

}  // namespace lb::e2e
