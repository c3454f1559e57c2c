#include "app/supervisor.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "app/takeover.h"
#include "lb/base/log.h"
#include "lb/os/channel.h"
#include "lb/os/os.h"

namespace lb::app {
namespace {

using HealthState = upstream::Health::State;

// What workers are told by their supervisor alone, they must not hear from anybody else.
os::Program worker_program(os::Program program) {
  program.path = os::kOwnExecutable;
  std::erase_if(program.environment,
                [](const std::string& entry) { return entry.starts_with("NOTIFY_SOCKET="); });
  return program;
}

}  // namespace

Supervisor::Supervisor(const Options& options, Birth birth, Predecessor* before)
    : options_(options),
      worker_program_(worker_program(birth.program)),
      before_(before),
      notifier_(reactor_, birth.service),
      successor_(reactor_, *this, std::move(birth.program)),
      signals_(reactor_, *this),
      replacement_(reactor_, Callback<>::to<&Supervisor::start_missing>(this)) {
  if (birth.legacy) known_.servers = birth.legacy->handover.servers;
  auto sockets = places_.open(options_, birth.service, std::move(birth.legacy));
  if (!sockets) throw std::runtime_error(sockets.error());
  sockets_ = std::move(*sockets);
  if (before_ != nullptr) return;
  if (const auto done = successor_.listen(options_.takeover); !done) {
    throw std::runtime_error(done.error());
  }
}

Supervisor::~Supervisor() = default;

int Supervisor::run() {
  reactor_.read_clock();
  for (std::uint16_t i = 0; i < options_.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(reactor_, static_cast<WorkerHandler&>(*this), i));
  }
  // The others when it is ready: what is wrong is so told once.
  start(*workers_.front());
  if (state_ != State::kStopped) reactor_.run();
  if (state_ == State::kStopped && exit_code_ != kExitCannotStart) {
    log::info("server shutdown complete");
  }
  return exit_code_;
}

// ---- starting

void Supervisor::start(Worker& worker) {
  Places::Share share = places_.share(worker.index(), options_.workers);
  Handover handover{
      .places = std::move(share.places), .servers = known_.servers, .next_server = {}};
  // Not all of them begin with the same server. (Those of --demo are each worker's own.)
  const std::size_t servers = options_.servers.size();
  if (servers > 0) handover.next_server = options_.servers[worker.index() % servers].name;
  const int error =
      worker.start(worker_program_, encode(handover, os::kMessageBytesMax), share.descriptors);
  if (error == 0) return;
  log::warning("worker ", worker.index() + 1, " cannot be started: ", os::error_text(error));
  if (state_ == State::kStarting) return stop(kExitCannotStart);
  replacement_.set_after(Worker::kLifeMin);
}

void Supervisor::on_worker_ready(Worker& worker) {
  if (state_ == State::kDraining) return;  // it was killed before it could serve
  if (state_ != State::kStarting) {
    worker.go();
    worker.tell_health(health());
    return appoint_prober();
  }
  const bool all = std::ranges::all_of(workers_, [](const std::unique_ptr<Worker>& one) {
    return one->state() == Worker::State::kReady;
  });
  if (all) return begin();
  start_missing();
}

// Nobody has been served so far: whoever served until now goes on doing so until all are ready.
void Supervisor::begin() {
  if (before_ != nullptr) {
    auto done = before_->take_over();
    if (!done) {
      log::warning(done.error());
      return stop(kExitCannotStart);
    }
    if (!done->servers.empty()) known_.servers = std::move(done->servers);
    // Where the process before was until it let go: too late to give up.
    const auto listening = successor_.listen(options_.takeover);
    if (!listening) log::warning(listening.error());
  }
  state_ = State::kRunning;
  places_.own_files();
  for (const std::string& place : places_.describe()) log::info("server listening on ", place);
  for (const auto& worker : workers_) {
    worker->go();
    if (before_ != nullptr) worker->tell_health(health());
  }
  appoint_prober();
  notifier_.ready();
  tell_status();
}

// ---- watching

void Supervisor::on_child_ended(const os::EndedProcess& ended) {
  const auto found = std::ranges::find(workers_, ended.process_id, &Worker::process_id);
  if (found == workers_.end()) return successor_.on_child_ended(ended);
  Worker& worker = **found;
  const bool served = worker.state() == Worker::State::kServing;
  const std::string how =
      "(process " + std::to_string(ended.process_id) + ") " + os::describe_exit(ended.exit);
  worker.on_ended();
  if (prober_ == &worker) prober_ = nullptr;
  if (state_ == State::kStarting) {
    if (ended.exit < 0) log::warning("worker ", worker.index() + 1, " ", how);
    return stop(ended.exit == kExitUsage ? kExitUsage : kExitCannotStart);
  }
  if (state_ == State::kRunning) return replace(worker, how);
  if (served) exit_code_ = std::max(exit_code_, ended.exit < 0 ? kExitForced : ended.exit);
  const bool last = std::ranges::all_of(workers_, [](const std::unique_ptr<Worker>& one) {
    return one->state() == Worker::State::kEnded;
  });
  if (last) stop(exit_code_);
}

void Supervisor::replace(const Worker& worker, const std::string& how) {
  log::warning("worker ", worker.index() + 1, " ", how, "; another one takes its place");
  start_missing();
  appoint_prober();
}

void Supervisor::start_missing() {
  replacement_.cancel();
  if (state_ != State::kStarting && state_ != State::kRunning) return;
  for (const auto& worker : workers_) {
    if (worker->state() != Worker::State::kEnded) continue;
    const os::Time at = worker->may_start_at();
    if (at <= reactor_.now()) {
      start(*worker);
    } else if (!replacement_.is_set()) {
      replacement_.set_after(at - reactor_.now());
    }
  }
}

void Supervisor::appoint_prober() {
  if (prober_ != nullptr) return;
  const auto serving = std::ranges::find(workers_, Worker::State::kServing, &Worker::state);
  if (serving == workers_.end()) return;
  prober_ = serving->get();
  prober_->tell(kProbe);
}

void Supervisor::on_worker_said(Worker& worker, const std::string& text) {
  if (text.starts_with(kSuspect)) {
    if (prober_ != nullptr && prober_ != &worker) prober_->tell(text);
    return;
  }
  if (!text.starts_with(kHealth) || prober_ != &worker) return;
  auto health = decode(std::string_view(text).substr(kHealth.size()));
  if (!health) return;
  known_.servers = std::move(health->servers);
  for (const auto& other : workers_) {
    if (other.get() != &worker) other->tell_health(text);
  }
  if (state_ == State::kRunning) tell_status();
}

std::string Supervisor::health() const {
  return std::string(kHealth) + encode(known_now(), os::kMessageBytesMax - kHealth.size());
}

void Supervisor::tell_status() {
  const auto up = std::ranges::count(known_.servers, HealthState::kUp, &Handover::Server::state);
  const std::size_t all = options_.demo ? known_.servers.size() : options_.servers.size();
  notifier_.status(std::to_string(options_.health.enabled ? static_cast<std::size_t>(up) : all) +
                   "/" + std::to_string(all) + " servers up, " + std::to_string(workers_.size()) +
                   " workers");
}

// ---- leaving

void Supervisor::on_succession_asked_for() {
  if (state_ == State::kRunning) successor_.start();
}

void Supervisor::on_term() {
  const bool again = std::exchange(told_to_go_, true);
  if (state_ == State::kStarting) {
    stop(kExitClean);
  } else if (state_ == State::kRunning) {
    drain();
  } else if (again) {
    tell_all(kCut);
  } else {
    log::info(kCutNextTime);
  }
}

// Whose turn it is each of the workers says for itself.
Handover Supervisor::known_now() const {
  return {.places = {}, .servers = known_.servers, .next_server = {}};
}

Supervisor::Bequest Supervisor::bequest() const {
  Places::Share all = places_.all();
  Handover handover = known_now();
  handover.places = std::move(all.places);
  return {.text = encode(handover, os::kMessageBytesMax),
          .descriptors = std::move(all.descriptors)};
}

void Supervisor::on_taken_over() {
  places_.leave_files();
  drain();
}

void Supervisor::drain() {
  state_ = State::kDraining;
  notifier_.stopping();
  successor_.stop();
  replacement_.cancel();
  log::info("gracefully shutting down server");
  tell_all(kDrain);
  sockets_.clear();
  places_.remove_files();
  const bool none = std::ranges::all_of(workers_, [](const std::unique_ptr<Worker>& one) {
    return one->state() == Worker::State::kEnded;
  });
  if (none) stop(exit_code_);
}

void Supervisor::tell_all(std::string_view text) {
  for (const auto& worker : workers_) worker->tell(text);
}

void Supervisor::stop(int exit_code) {
  state_ = State::kStopped;
  exit_code_ = exit_code;
  replacement_.cancel();
  notifier_.stop();
  for (const auto& worker : workers_) worker->kill();
  reactor_.stop();
}

}  // namespace lb::app
