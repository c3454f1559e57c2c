#include <algorithm>

#include "tests/sim/draw.h"

namespace lb::sim {
namespace {

using namespace std::chrono_literals;
using Framing = MessageReader::Framing;

void set(Settings& settings, std::string_view flag, const std::string& value) {
  std::vector<std::string>& all = settings.arguments;
  const auto at = std::ranges::find(all, "--" + std::string(flag));
  if (at == all.end()) {
    all.insert(all.end(), {"--" + std::string(flag), value});
  } else {
    *std::next(at) = value;
  }
}

// Small and quick, whole on both sides.
Plan plain(Dice& dice, const Scenario& scenario, std::string_view method) {
  Plan plan;
  plan.id = static_cast<MessageId>(scenario.plans.size() + 1);
  plan.method = method;
  if (method == "POST" || method == "PUT") {
    plan.request_bytes = dice.size_up_to(4'000);
    plan.request_framing = dice.percent(30) ? Framing::kChunked : Framing::kLength;
  }
  plan.response_bytes = dice.size_up_to(2'000);
  if (dice.percent(30)) plan.response_framing = Framing::kChunked;
  constexpr Duration kThinking[] = {0us, 50us, 3ms};
  plan.think = dice.one_of(kThinking);
  return plan;
}

void add_plan(Scenario& scenario, ClientPlan& client, const Plan& plan) {
  scenario.plans.push_back(plan);
  client.batches.push_back({plan.id});
}

ClientPlan new_client(Dice& dice, Duration think) {
  ClientPlan client;
  client.starts_after = dice.between(Duration(300ms), Duration(1500ms));
  client.think = think;
  client.send_max = client.receive_max = 65'536;
  client.address = dice.between<std::size_t>(0, 1);
  return client;
}

void add_clients(Dice& dice, Scenario& scenario, std::size_t clients, std::size_t requests,
                 std::span<const Duration> thinking) {
  constexpr std::string_view kMethods[] = {"GET", "GET", "POST", "POST", "POST", "PUT"};
  for (std::size_t i = 0; i < clients; ++i) {
    ClientPlan client = new_client(dice, dice.one_of(thinking));
    for (std::size_t k = 0; k < requests; ++k) {
      const std::string_view method = dice.one_of(kMethods);
      add_plan(scenario, client, plain(dice, scenario, method));
    }
    scenario.clients.push_back(std::move(client));
  }
}

// ---- servers

IdleEnd draw_idle_end(Dice& dice, bool after_all) {
  if (!after_all || dice.percent(50)) {
    return dice.percent(40) ? IdleEnd::kClose : IdleEnd::kCloseUnderWay;
  }
  constexpr IdleEnd kEnds[] = {IdleEnd::kReadAndClose,    IdleEnd::kReadHeadAndClose,
                               IdleEnd::kCloseOverUnread, IdleEnd::kReadAndReset,
                               IdleEnd::kHalfClose,       IdleEnd::kHalfCloseAndReset};
  return dice.one_of(kEnds);
}

void add_idle_ends(Dice& dice, bool after_all, Scenario& scenario) {
  if (dice.percent(80)) {
    set(scenario.settings, "upstream-keepalive", "256");
    set(scenario.settings, "upstream-keepalive-timeout", "60000ms");
    scenario.settings.upstream_keepalive_timeout = 60s;
  }
  constexpr Duration kThinking[] = {10us, 300us, 1ms, 5ms, 50ms};
  add_clients(dice, scenario, dice.between<std::size_t>(1, 3), 8, kThinking);
  for (Plan& plan : scenario.plans) {
    const bool left_open = plan.origin_end == OriginEnd::kNone && !plan.origin_closes;
    if (!left_open || !dice.percent(40)) continue;
    plan.idle_end = draw_idle_end(dice, after_all);
    constexpr Duration kIdle[] = {0us, 20us, 300us, 1ms, 5ms, 50ms};
    const Duration least = dice.one_of(kIdle);
    plan.idle_for = least + dice.between(Duration(0), Duration(200us));
  }
}

void add_turn(Dice& dice, OriginTurn::Kind kind, bool alone, Scenario& scenario) {
  OriginPlan& origin = scenario.origins[dice.between<std::size_t>(0, scenario.origins.size() - 1)];
  const bool is_unix = origin.name.starts_with("unix:");
  if (is_unix && kind == OriginTurn::Kind::kVanish) kind = OriginTurn::Kind::kStop;
  constexpr Duration kLengths[] = {100ms, 3s, 10s, 25s};
  OriginTurn turn{.kind = kind};
  turn.at = dice.between(Duration(300ms), Duration(2s));
  turn.lasts = dice.one_of(kLengths);
  origin.turns.push_back(turn);
  if (kind == OriginTurn::Kind::kLie) {
    const Duration timeout = dice.percent(50) ? 1s : 2s;
    set(scenario.settings, "server-timeout", std::to_string(timeout / 1ms) + "ms");
    scenario.settings.server_timeout = timeout;
  }
  scenario.one_trouble =
      alone && scenario.origins.size() > 1 && !scenario.settings.connections_limited;
  constexpr Duration kThinking[] = {50ms, 200ms, 600ms};
  add_clients(dice, scenario, dice.between<std::size_t>(2, 6), 10, kThinking);
}

// Each attempt is reset before a byte of its response: more repeats are wanted than may be made.
void add_storm(Dice& dice, Scenario& scenario) {
  constexpr std::size_t kClients = 4;
  constexpr std::size_t kRequests = 40;
  set(scenario.settings, "retries", "2");
  scenario.settings.retries = 2;
  for (std::size_t i = 0; i < kClients; ++i) {
    ClientPlan client = new_client(dice, 10us);
    for (std::size_t k = 0; k < kRequests; ++k) {
      Plan plan = plain(dice, scenario, "GET");
      plan.origin_end = OriginEnd::kReset;
      plan.origin_end_at = 0;
      add_plan(scenario, client, plan);
    }
    scenario.clients.push_back(std::move(client));
  }
}

// ---- clients

// Bytes a second, in steps that no timeout takes for silence.
Pace draw_rate(Dice& dice, bool below) {
  const Duration gap = dice.between(Duration(100ms), Duration(500ms));
  const std::int64_t rate = below ? dice.between(40, 150) : dice.between(400, 2'000);
  return {.piece = static_cast<std::size_t>(std::max<std::int64_t>(1, rate * (gap / 1ms) / 1'000)),
          .gap = gap};
}

void add_slow_peer(Dice& dice, bool below, Scenario& scenario) {
  ClientPlan client = new_client(dice, 50ms);
  client.below_rate = below;
  const Pace pace = draw_rate(dice, below);
  const bool uploads = dice.percent(50);
  Plan plan = plain(dice, scenario, uploads ? "POST" : "GET");
  if (uploads) {
    // A head must come within its own time.
    const bool long_head = plan.id % 11 == 0;
    plan.request_bytes = dice.between<std::size_t>(12'000, 24'000);
    if (!long_head) plan.writing = pace;
    client.below_rate = below && !long_head;
  } else {
    constexpr std::size_t kBuffers[] = {256, 4096};
    client.send_max = client.receive_max = dice.one_of(kBuffers);
    client.reading = pace;
    plan.response_bytes = below ? 300'000 : dice.between<std::size_t>(20'000, 40'000);
  }
  add_plan(scenario, client, plan);
  scenario.clients.push_back(std::move(client));
}

// Its client is quick, and must wait. What its kernel holds it has soon read, so that it answers in
// time.
void add_slow_server(Dice& dice, Scenario& scenario) {
  for (OriginPlan& origin : scenario.origins) origin.receive_max = 4'096;
  set(scenario.settings, "server-timeout", "60000ms");
  scenario.settings.server_timeout = 60s;
  ClientPlan client = new_client(dice, 50ms);
  Plan plan = plain(dice, scenario, "POST");
  plan.request_bytes = dice.between<std::size_t>(100'000, 200'000);
  plan.reading = draw_rate(dice, false);
  plan.reading.piece *= 2;
  add_plan(scenario, client, plan);
  scenario.clients.push_back(std::move(client));
}

// They ask and are gone while they wait until others have ended their connections.
void add_backlog_resets(Dice& dice, Scenario& scenario) {
  constexpr std::size_t kClients = 3;
  constexpr std::size_t kRequests = 4;
  if (!scenario.settings.connections_limited) {
    const int most = dice.between(1, 3);
    set(scenario.settings, "max-connections", std::to_string(most));
    scenario.settings.connections_limited = true;
    scenario.one_trouble = false;
  }
  for (std::size_t i = 0; i < kClients; ++i) {
    ClientPlan client = new_client(dice, 10ms);
    for (std::size_t k = 0; k < kRequests; ++k) {
      Plan plan = plain(dice, scenario, dice.percent(50) ? "GET" : "POST");
      plan.client_end = ClientEnd::kReset;
      plan.client_end_at = request_wire(plan).size();
      add_plan(scenario, client, plan);
    }
    scenario.clients.push_back(std::move(client));
  }
}

}  // namespace

Trouble draw_trouble(Dice& dice, Profile profile) {
  Trouble trouble;
  const bool calm = profile == Profile::kCalm;
  trouble.idle_ends = dice.percent(25);
  trouble.slow_peers = dice.percent(6);
  if (calm) return trouble;
  trouble.idle_ends_after_all = dice.percent(50);
  trouble.alone = dice.percent(25);
  constexpr OriginTurn::Kind kTurns[] = {OriginTurn::Kind::kStop, OriginTurn::Kind::kLie,
                                         OriginTurn::Kind::kVanish};
  if (dice.percent(trouble.alone ? 70 : 15)) trouble.turn = dice.one_of(kTurns);
  trouble.backlog_resets = dice.percent(8);
  trouble.storm = !trouble.turn && dice.percent(3);
  return trouble;
}

void add_trouble(Dice& dice, const Trouble& trouble, Scenario& scenario) {
  if (trouble.turn) add_turn(dice, *trouble.turn, trouble.alone, scenario);
  if (trouble.storm) add_storm(dice, scenario);
  if (trouble.slow_peers) {
    const bool calm = scenario.profile == Profile::kCalm;
    const auto count = dice.between<std::size_t>(1, 3);
    for (std::size_t i = 0; i < count; ++i) {
      const bool below = !calm && dice.percent(50);
      add_slow_peer(dice, below, scenario);
    }
    if (!trouble.turn && dice.percent(50)) add_slow_server(dice, scenario);
  }
  if (trouble.backlog_resets) add_backlog_resets(dice, scenario);
  if (trouble.idle_ends) add_idle_ends(dice, trouble.idle_ends_after_all, scenario);
  // Far below the default, so that bodies of a few pieces go past the product.
  constexpr std::string_view kSpliceFrom[] = {"0", "1", "1k", "16k"};
  if (dice.percent(40))
    set(scenario.settings, "splice-from", std::string(dice.one_of(kSpliceFrom)));
}

}  // namespace lb::sim
