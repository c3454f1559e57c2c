#include "app/server.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "app/takeover.h"
#include "lb/base/log.h"
#include "lb/os/channel.h"

namespace lb::app {
namespace {

constexpr std::size_t kDemoBackends = 3;
constexpr std::uint64_t kDescriptorsReserved = 64;  // listeners, probes, logs, the reactor
constexpr std::uint64_t kPipesMax = 32;
constexpr std::uint64_t kDescriptorsPerPipe = 64;  // a pipe has two: so few of all are for pipes
constexpr std::size_t kScratchSpareBytes = 64 * 1024;

event::Reactor::Limits reactor_limits(const Options& options) {
  event::Reactor::Limits limits;
  limits.busy_poll = options.busy_poll;
  limits.crowd_min = options.crowd_min;
  const std::size_t head_bytes_max =
      std::max(options.limits.header_bytes_max, options.limits.response_header_bytes_max);
  limits.scratch_in_bytes = std::max<std::size_t>(net::kReadBytesMax, head_bytes_max + 1024);
  // A head as long as the limit, with its Host written up to three times more, and the first piece
  // of a body.
  limits.scratch_out_bytes =
      head_bytes_max + std::size_t{options.limits.header_bytes_max} * 3 + kScratchSpareBytes;
  return limits;
}

upstream::H1ClientLimits client_limits(const Options& options) {
  return {.head = {.head_bytes_max = options.limits.response_header_bytes_max, .fields_max = 1024},
          .connect_timeout = options.timeouts.connect,
          .server_timeout = options.timeouts.server,
          .rate_min = options.limits.rate_min,
          .keepalive_timeout = options.timeouts.upstream_keepalive};
}

downstream::H1ServerLimits server_limits(const Options& options) {
  return {.head = {.head_bytes_max = options.limits.header_bytes_max,
                   .fields_max = options.limits.headers_max},
          .body_bytes_max = options.limits.body_bytes_max,
          .header_timeout = options.timeouts.header,
          .client_timeout = options.timeouts.client,
          .rate_min = options.limits.rate_min,
          .keepalive_timeout = options.timeouts.keepalive,
          .tunnel_timeout = options.timeouts.tunnel,
          .drain_idle = options.timeouts.drain_idle};
}

upstream::ProbeConfig probe_config(const Options& options) {
  upstream::ProbeConfig config{
      .path = options.health.path,
      .expected = {},
      .interval = options.health.interval,
      .fast_interval = options.health.fast_interval,
      .timeout = options.health.timeout,
      .thresholds = {.fall = options.health.fall, .rise = options.health.rise}};
  for (const StatusRange& range : options.health.status)
    config.expected.push_back({range.first, range.last});
  return config;
}

// "lb-" and 8 hex digits: tells one lb from another in Via.
std::string pseudonym() {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string name = "lb-";
  std::uint64_t seed = os::random_seed();
  for (int i = 0; i < 8; ++i, seed >>= 4) name += kHex[seed & 15];
  return name;
}

std::uint64_t pipes_max(const Options& options) {
  if (options.limits.splice_from == 0) return 0;
  // A user may have so many pipes of full size in all (pipe(7)).
  const std::uint64_t share = std::max<std::uint64_t>(kPipesMax / options.workers, 1);
  return std::min(share, os::raise_descriptor_limit() / kDescriptorsPerPipe);
}

// Each client in hand may need a descriptor for its server too.
std::uint64_t connections_max(const Options& options) {
  if (options.limits.connections_max > 0) return options.limits.connections_max;
  const std::uint64_t descriptors = os::raise_descriptor_limit();
  const std::uint64_t reserved = kDescriptorsReserved + 2 * pipes_max(options);
  return std::max<std::uint64_t>(descriptors > reserved ? (descriptors - reserved) / 2 : 0, 1);
}

upstream::EndpointConfig resolve(const ServerName& server) {
  if (!server.unix_path.empty()) {
    return {.name = server.name,
            .addresses = {os::Address{.ip = {}, .unix_path = server.unix_path}}};
  }
  auto addresses = os::resolve(server.host, server.port);
  if (!addresses)
    throw std::runtime_error("cannot resolve the server " + server.name + ": " + addresses.error());
  return {.name = server.name, .addresses = std::move(*addresses)};
}

}  // namespace

Server::Server(const Options& options, Birth birth)
    : options_(options),
      reactor_(reactor_limits(options)),
      pipes_(reactor_, pipes_max(options), options.limits.splice_from),
      upstream_(reactor_, client_limits(options), servers(options),
                options.limits.upstream_keepalive_max, {.fall = options.health.fall},
                options.all_down),
      health_checker_(upstream_, probe_config(options), os::random_seed()),
      clock_(reactor_),
      access_log_(access_log(options)),
      proxy_(reactor_, upstream_, clock_, access_log_.get(),
             {.forwarded = options.forwarded,
              .via = pseudonym(),
              .head_bytes_max = options.limits.header_bytes_max,
              .retries = options.retries}),
      listener_(reactor_, proxy_, server_limits(options), connections_max(options),
                options.trusted_proxies),
      notifier_(reactor_, birth.service),
      successor_(reactor_, *this, std::move(birth.program)),
      supervisor_(reactor_, *this),
      signals_(reactor_, *this),
      drain_timer_(reactor_, Callback<>::to<&Server::on_drain_due>(this)) {
  if (options.limits.splice_from > 0) {
    upstream_.use(pipes_);
    listener_.use(pipes_);
  }
  listener_.expect_proxy_header_from(options.proxy_protocol_from);
  follows_ = birth.legacy.has_value();
  if (follows_) assume(birth.legacy->handover);
  listen(birth.service, std::move(birth.legacy));
  if (follows_) return;
  if (const auto done = successor_.listen(options_.takeover); !done) {
    throw std::runtime_error(done.error());
  }
}

Server::~Server() = default;

std::vector<upstream::EndpointConfig> Server::servers(const Options& options) {
  std::vector<upstream::EndpointConfig> result;
  result.reserve(options.servers.size() + kDemoBackends);
  for (const ServerName& server : options.servers) result.push_back(resolve(server));
  if (!options.demo) return result;
  for (std::size_t i = 0; i < kDemoBackends; ++i) {
    demo_.push_back(std::make_unique<DemoBackend>(reactor_, "demo-" + std::to_string(i + 1)));
    const DemoBackend& backend = *demo_.back();
    os::Address address{
        .ip = {.family = os::Family::kIpv4, .port = backend.port(), .octets = {127, 0, 0, 1}},
        .unix_path = {}};
    result.push_back({.name = backend.address(), .addresses = {std::move(address)}});
  }
  return result;
}

std::unique_ptr<AccessLogFile> Server::access_log(const Options& options) {
  if (options.access_log.empty()) return nullptr;
  if (options.access_log == "-")
    return std::make_unique<AccessLogFile>(reactor_, os::standard_output());
  auto file = os::open_append(options.access_log);
  if (!file) {
    throw std::runtime_error("cannot open the access log " + options.access_log + ": " +
                             os::error_text(file.error()));
  }
  return std::make_unique<AccessLogFile>(reactor_, std::move(*file));
}

void Server::listen(const ServiceEnvironment& service, std::optional<Legacy> legacy) {
  using Backlog = net::Acceptor::Backlog;
  const Backlog backlog = legacy || service.sockets > 0 ? Backlog::kOld : Backlog::kNew;
  auto sockets = places_.open(options_, service, std::move(legacy));
  if (!sockets) throw std::runtime_error(sockets.error());
  for (os::Fd& socket : *sockets) {
    const int error = listener_.add(std::move(socket), backlog);
    if (error != 0)
      throw std::runtime_error("cannot watch a listening socket: " + os::error_text(error));
  }
}

// The servers may be others now: those that were there before are as they were.
void Server::assume(const Handover& handover) {
  for (const auto& endpoint : upstream_.endpoints()) {
    if (endpoint->name == handover.next_server) upstream_.go_on_from(*endpoint);
    const auto known = std::ranges::find(handover.servers, endpoint->name, &Handover::Server::name);
    if (known != handover.servers.end()) upstream_.assume(*endpoint, known->state, known->reason);
  }
}

int Server::run() {
  begin();
  reactor_.run();
  log::debug("the reactor made ", reactor_.turns(), " turns for ", proxy_.counters().requests,
             " requests");
  if (access_log_) access_log_->flush();
  if (!supervisor_.is_open()) log::info("server shutdown complete");
  return exit_code_;
}

int Server::join(os::Fd supervisor) {
  return supervisor_.open(std::move(supervisor));
}

// Names were resolved meanwhile, and another process let go: the first checks have all their time.
void Server::begin() {
  reactor_.read_clock();
  if (!supervisor_.is_open()) appear();
  upstream_.on_up_changed(Callback<>::to<&Server::tell_status>(this));
  if (!options_.health.enabled) {
    upstream_.assume_up();
  } else if (supervisor_.is_open() && !options_.demo) {
    upstream_.on_suspect(Callback<upstream::Endpoint&>::to<&Server::on_suspect>(this));
  } else {
    health_checker_.start();
  }
  tell_status();
}

void Server::appear() {
  places_.own_files();
  for (const std::string& place : places_.describe()) log::info("server listening on ", place);
  // Where the process before was until it let go: too late to give up.
  if (follows_) {
    const auto listening = successor_.listen(options_.takeover);
    if (!listening) log::warning(listening.error());
  }
  notifier_.ready();
}

// A process that drains because another one took over has not been told to go yet.
void Server::on_term() {
  const bool again = std::exchange(told_to_go_, true);
  if (state_ == State::kRunning) {
    drain();
  } else if (state_ == State::kDraining && again) {
    cut("a second signal came");
  } else if (state_ == State::kDraining) {
    log::info(kCutNextTime);
  }
}

void Server::on_succession_asked_for() {
  if (state_ == State::kRunning && !supervisor_.is_open()) successor_.start();
}

void Server::tell_status() {
  notifier_.status(std::to_string(upstream_.up()) + "/" +
                   std::to_string(upstream_.endpoints().size()) + " servers up");
  if (supervisor_.is_open() && (health_checker_.is_running() || !options_.health.enabled)) {
    const Handover health{.places = {}, .servers = known(), .next_server = {}};
    supervisor_.tell(std::string(kHealth) + encode(health, os::kMessageBytesMax - kHealth.size()));
  }
}

std::vector<Handover::Server> Server::known() const {
  std::vector<Handover::Server> servers;
  for (const auto& endpoint : upstream_.endpoints()) {
    servers.push_back({.name = endpoint->name,
                       .state = endpoint->health.state(),
                       .reason = endpoint->down_reason});
  }
  return servers;
}

// ---- as one of several

void Server::on_suspect(upstream::Endpoint& endpoint) {
  supervisor_.tell(std::string(kSuspect) + endpoint.name);
}

void Server::on_told(const std::string& text) {
  if (text == kProbe) {
    begin_to_check();
  } else if (text == kDrain) {
    if (state_ == State::kRunning) drain();
  } else if (text == kCut) {
    if (state_ != State::kStopped) cut("a second signal came");
  } else if (text.starts_with(kSuspect)) {
    const auto endpoint =
        std::ranges::find(upstream_.endpoints(), text.substr(kSuspect.size()),
                          [](const std::unique_ptr<upstream::Endpoint>& one) { return one->name; });
    if (endpoint != upstream_.endpoints().end()) health_checker_.suspect(**endpoint);
  } else if (text.starts_with(kHealth)) {
    const auto health = decode(std::string_view(text).substr(kHealth.size()));
    if (health && options_.health.enabled && !health_checker_.is_running()) assume(*health);
  }
}

// Without checks it only says once for all that the servers are up.
void Server::begin_to_check() {
  if (!options_.health.enabled) return tell_status();
  if (state_ == State::kRunning && !health_checker_.is_running()) health_checker_.start();
}

void Server::on_supervisor_gone() {
  if (state_ != State::kRunning) return;
  log::warning("the supervisor is gone");
  drain();
}

Handover Server::known_now() const {
  return {.places = {}, .servers = known(), .next_server = upstream_.next_endpoint().name};
}

Server::Bequest Server::bequest() const {
  Places::Share all = places_.all();
  Handover handover = known_now();
  handover.places = std::move(all.places);
  return {.text = encode(handover, os::kMessageBytesMax),
          .descriptors = std::move(all.descriptors)};
}

void Server::on_taken_over() {
  places_.leave_files();
  drain();
}

void Server::drain() {
  state_ = State::kDraining;
  notifier_.stopping();
  successor_.stop();
  if (!supervisor_.is_open()) log::info("gracefully shutting down server");
  if (options_.timeouts.drain.count() > 0) drain_timer_.set_after(options_.timeouts.drain);
  listener_.drain(Callback<>::to<&Server::on_drained>(this));
  places_.remove_files();
}

void Server::on_drained() {
  stop(exit_code_);
}

void Server::on_drain_due() {
  cut("--drain-timeout passed");
}

void Server::cut(std::string_view why) {
  exit_code_ = kExitForced;
  const std::size_t connections = listener_.connections();
  const std::size_t requests = listener_.cut();
  log::warning(why, ": cut ", requests, " requests on ", connections, " connections");
  stop(kExitForced);
}

void Server::stop(int exit_code) {
  if (state_ == State::kStopped) return;
  state_ = State::kStopped;
  exit_code_ = exit_code;
  drain_timer_.cancel();
  notifier_.stop();
  health_checker_.stop();  // until now: requests in flight may have to leave a server that dies
  reactor_.stop();
}

}  // namespace lb::app
