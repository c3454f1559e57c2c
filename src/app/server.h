#pragma once

// The whole program wired together: reactor, servers, health checks, proxy, listeners, signals, and
// the drain at the end; and the handover to the process that follows.
//
//     kRunning --first signal--> kDraining --last connection gone--> kStopped
//                                    \--drain timeout or second signal: the rest is cut--> kStopped

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/access_log_file.h"
#include "app/demo.h"
#include "app/notifier.h"
#include "app/places.h"
#include "app/predecessor.h"
#include "app/service_environment.h"
#include "app/signals.h"
#include "app/successor.h"
#include "app/supervisor_link.h"
#include "app/wall_clock.h"
#include "lb/app/options.h"
#include "lb/downstream/listener.h"
#include "lb/event/reactor.h"
#include "lb/proxy/proxy.h"
#include "lb/upstream/health_checker.h"
#include "lb/upstream/upstream.h"

namespace lb::app {

inline constexpr int kExitClean = 0;
inline constexpr int kExitCannotStart = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitForced = 3;

// What a process is born into, beside its command line.
struct Birth {
  ServiceEnvironment service;
  os::Program program;           // for the process after
  std::optional<Legacy> legacy;  // of the process before
};

class Server final : private SignalHandler,
                     private SuccessorHandler,
                     private SupervisorLinkHandler {
 public:
  enum class State : std::uint8_t { kRunning, kDraining, kStopped };

  // Resolves, opens and binds everything; throws std::runtime_error with one line if something
  // cannot be had.
  explicit Server(const Options& options, Birth birth = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // What the process before knows of the servers: those that it knew are as they were there, and it
  // is the turn of the same. Before run().
  void assume(const Handover& handover);

  // One of several: what is to be said once is left to the supervisor, who also says who checks
  // the servers. Before run(). Returns 0 or an errno.
  [[nodiscard]] int join(os::Fd supervisor);

  // Serves until it is told to end; returns the exit code.
  [[nodiscard]] int run();

 private:
  [[nodiscard]] std::vector<upstream::EndpointConfig> servers(const Options& options);
  [[nodiscard]] std::unique_ptr<AccessLogFile> access_log(const Options& options);
  void listen(const ServiceEnvironment& service, std::optional<Legacy> legacy);
  void begin();
  void appear();
  void tell_status();
  void begin_to_check();
  [[nodiscard]] std::vector<Handover::Server> known() const;
  void on_suspect(upstream::Endpoint& endpoint);

  // SignalHandler
  void on_term() override;
  void on_succession_asked_for() override;
  void on_child_ended(const os::EndedProcess& ended) override { successor_.on_child_ended(ended); }

  // SupervisorLinkHandler
  void on_told(const std::string& text) override;
  void on_supervisor_gone() override;

  // SuccessorHandler
  void on_takeover_begun() override { notifier_.reloading(); }
  [[nodiscard]] Bequest bequest() const override;
  [[nodiscard]] Handover known_now() const override;
  void on_successor_ready(std::uint64_t process_id) override { notifier_.leave_to(process_id); }
  void on_taken_over() override;
  void on_takeover_failed() override { notifier_.ready_again(); }

  void on_drain_due();
  void on_drained();
  void drain();
  void cut(std::string_view why);
  void stop(int exit_code);

  const Options options_;
  event::Reactor reactor_;
  net::PipePool pipes_;
  std::vector<std::unique_ptr<DemoBackend>> demo_;
  upstream::Upstream upstream_;
  upstream::HealthChecker health_checker_;
  WallClock clock_;
  std::unique_ptr<AccessLogFile> access_log_;
  proxy::Proxy proxy_;
  Places places_;  // their files go after the sockets of the listener
  downstream::Listener listener_;

  Notifier notifier_;
  Successor successor_;
  SupervisorLink supervisor_;
  Signals signals_;
  event::Timer drain_timer_;
  bool follows_ = false;  // another process
  State state_ = State::kRunning;
  bool told_to_go_ = false;
  int exit_code_ = kExitClean;
};

}  // namespace lb::app
