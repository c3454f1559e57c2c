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

[[nodiscard]] Swarm draw_swarm(Dice& dice, Profile profile);
void draw_faults(Dice& dice, const Swarm& swarm, Scenario& scenario);
void draw_origins(Dice& dice, const Swarm& swarm, Scenario& scenario);
void draw_settings(Dice& dice, const Swarm& swarm, Scenario& scenario);
void draw_clients(Dice& dice, const Swarm& swarm, Scenario& scenario);
// A request with its response; `last`: nothing is sent behind it before it is answered.
[[nodiscard]] Plan draw_plan(Dice& dice, const Swarm& swarm, const Scenario& scenario, MessageId id,
                             bool last);
void draw_signals(Dice& dice, const Swarm& swarm, Scenario& scenario);

}  // namespace lb::sim
