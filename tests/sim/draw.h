#pragma once

// The parts of draw_scenario, one file each. Each draws from the same dice, in this order.

#include "tests/sim/scenario.h"

namespace lb::sim {

// What is in this run.
struct Swarm {
  Profile profile;
  bool short_calls = false;
  bool system_errors = false;   // exhaustion, epoll
  bool connect_errors = false;  // refused, silent, unreachable
  bool resets = false;
  bool client_ends = false;
  bool origin_ends = false;
  bool sickness = false;
  bool crashes = false;
  bool cut_offs = false;
  bool flaws = false;         // malformed messages
  bool slow_readers = false;  // of large responses, behind large buffers
  bool slow_clients = false;
  bool tight_limits = false;
  bool tight_timeouts = false;
  bool slow_lines = false;  // latencies of tens of milliseconds, buffers of a few hundred bytes
};

// What else is in this run: drawn from dice of its own, so that the runs without any of it stay
// what they were.
struct Trouble {
  bool alone = false;  // of all that is harmful
  bool idle_ends = false;
  bool idle_ends_after_all = false;  // with requests on their way, too: costs those that are unsafe
  std::optional<OriginTurn::Kind> turn;  // of one origin
  bool slow_peers = false;  // some just above --min-rate, and, unless the run is calm, some below
  bool backlog_resets = false;  // of clients that are not accepted yet
  bool storm = false;           // nearly every attempt fails
};

[[nodiscard]] Trouble draw_trouble(Dice& dice, Profile profile);
void add_trouble(Dice& dice, const Trouble& trouble, Scenario& scenario);

[[nodiscard]] Swarm draw_swarm(Dice& dice, Profile profile);
void draw_faults(Dice& dice, const Swarm& swarm, Scenario& scenario);
void draw_origins(Dice& dice, const Swarm& swarm, Scenario& scenario);
void draw_settings(Dice& dice, const Swarm& swarm, Scenario& scenario);
void draw_clients(Dice& dice, const Swarm& swarm, Scenario& scenario);
// A request with its response; `last`: nothing is sent behind it before it is answered.
[[nodiscard]] Plan draw_plan(Dice& dice, const Swarm& swarm, const Scenario& scenario, MessageId id,
                             bool last);
// From one process of the product to the next.
void draw_handovers(Dice& dice, Scenario& scenario);
void draw_signals(Dice& dice, const Swarm& swarm, Scenario& scenario);

}  // namespace lb::sim
