#include "lb/upstream/probe.h"

#include <algorithm>
#include <cassert>

#include "lb/base/log.h"

namespace lb::upstream {
namespace {

constexpr std::string_view kUserAgentLine = "User-Agent: lb-health-check\r\n";
constexpr std::string_view kCure = " (choose a path with --health-path, or none for connect only)";
constexpr std::int64_t kJitterPercent = 10;

std::string text_of(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

}  // namespace

Probe::Probe(Upstream& upstream, H1ClientContext& context, Endpoint& endpoint,
             const ProbeConfig& config, ProbeObserver& observer, Random& random)
    : upstream_(upstream),
      context_(context),
      endpoint_(endpoint),
      config_(config),
      observer_(observer),
      random_(random),
      next_(context.reactor, Callback<>::to<&Probe::check>(this)),
      timeout_(context.reactor, Callback<>::to<&Probe::on_timeout>(this)) {}

Probe::~Probe() {
  stop();
}

void Probe::stop() {
  next_.cancel();
  if (state_ != State::kResting) end_attempt();
}

void Probe::check() {
  if (state_ != State::kResting) return;
  const log::Level level = announced_ ? log::Level::kDebug : log::Level::kInfo;
  if (log::enabled(level)) {
    log::write(level, "performing health check on the following server " + endpoint_.name);
  }
  announced_ = true;
  started_at_ = context_.reactor.now();
  state_ = State::kConnecting;
  timeout_.set_after(config_.timeout);
  client_ = std::make_unique<H1Client>(context_, endpoint_, *this);
}

void Probe::check_suspect() {
  if (state_ != State::kResting) return;
  const os::Time earliest = started_at_ + kSuspicionPause;
  if (context_.reactor.now() >= earliest) return check();
  next_.set_at(earliest);
}

void Probe::on_connected() {
  assert(state_ == State::kConnecting);
  if (config_.path.empty()) return conclude(Health::Verdict::kPassed, "connected");
  state_ = State::kAsking;
  ask();
}

void Probe::ask() {
  http::RequestHead head;
  head.method_text = "GET";
  head.method = http::Method::kGet;
  head.path = config_.path;
  head.keep_alive = false;
  head.fields.push_back(http::make_field(kUserAgentLine));
  http::OutgoingRequest request;
  request.write(head, {.bytes = {}, .end = true});
  static_cast<void>(client_->send_request(request));
}

void Probe::on_response(http::ResponseHead& head, const http::Piece&) {
  std::string answer = what() + " answered " + std::to_string(head.status);
  if (is_expected(head.status)) return conclude(Health::Verdict::kPassed, answer);
  conclude(Health::Verdict::kDisowned, answer.append(kCure));
}

void Probe::on_server_failed(const Error& error) {
  if (is_own_shortage(error)) return postpone(error);
  const bool refused = error.phase == Phase::kConnect && error.code == ErrorCode::kRefused;
  conclude(refused ? Health::Verdict::kRefused : Health::Verdict::kUncertain, explain(error));
}

// Our own shortage says nothing about the server.
void Probe::postpone(const Error& error) {
  end_attempt();
  log::debug("cannot check ", endpoint_.name, ": ", explain(error));
  next_.set_after(config_.fast_interval);
}

void Probe::on_timeout() {
  if (state_ == State::kResting) return;
  const std::string limit = text_of(config_.timeout) + " (--health-timeout)";
  conclude(Health::Verdict::kUncertain, state_ == State::kConnecting
                                            ? "no connection within " + limit
                                            : what() + " got no answer within " + limit);
}

std::string Probe::what() const {
  return config_.path.empty() ? "connect" : "GET " + config_.path;
}

std::string Probe::explain(const Error& error) const {
  if (error.phase == Phase::kConnect) {
    if (error.code == ErrorCode::kExhausted && !is_own_shortage(error)) {
      return "its backlog is full";
    }
    return std::string(describe(error.code)) +
           (error.code == ErrorCode::kRefused || error.errno_value == 0
                ? ""
                : ", " + os::error_text(error.errno_value));
  }
  switch (error.code) {
    case ErrorCode::kClosed:
      return what() + " got no answer: connection closed";
    case ErrorCode::kMalformed:
    case ErrorCode::kTooLarge:
      return what() + " got an answer that is not valid HTTP/1.1";
    default:
      return what() + " got no answer: " + std::string(describe(error.code));
  }
}

bool Probe::is_expected(std::uint16_t status) const {
  return std::ranges::any_of(config_.expected, [status](const StatusInterval& interval) {
    return interval.first <= status && status <= interval.last;
  });
}

void Probe::end_attempt() {
  client_->close();
  context_.reactor.retire(std::move(client_));
  timeout_.cancel();
  state_ = State::kResting;
}

void Probe::conclude(Health::Verdict verdict, const std::string& reason) {
  end_attempt();
  log::debug("health check of ", endpoint_.name, ": ", reason);
  const bool passed = verdict == Health::Verdict::kPassed;
  if (!passed) endpoint_.down_reason = reason;
  const bool flipped = upstream_.observe(endpoint_, verdict, config_.thresholds);
  if (flipped && passed) {
    log::info("the following host is up ", endpoint_.name);
  } else if (flipped) {
    log::warning("the following host is down ", endpoint_.name, ": ", reason);
  }
  schedule_next();
  observer_.on_checked(endpoint_, flipped);
}

void Probe::schedule_next() {
  const bool fast = endpoint_.health.in_doubt() || upstream_.nobody_up();
  const std::chrono::nanoseconds interval = fast ? config_.fast_interval : config_.interval;
  const std::int64_t jitter = interval.count() / 100 * kJitterPercent;
  const std::chrono::nanoseconds delay =
      interval + std::chrono::nanoseconds(random_.between(-jitter, jitter));
  next_.set_at(started_at_ + delay);
}

void Probe::hurry() {
  if (state_ == State::kResting) schedule_next();
}

}  // namespace lb::upstream
