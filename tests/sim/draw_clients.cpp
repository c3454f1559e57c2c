#include <algorithm>

#include "tests/sim/draw.h"

namespace lb::sim {
namespace {

using namespace std::chrono_literals;
using Framing = MessageReader::Framing;

constexpr std::size_t kHeadBytesMax = 3'400;
constexpr MessageId kRequests = 20;  // about, in a run

// Mostly small, sometimes larger than every buffer between the two ends.
std::size_t draw_size(Dice& dice, const Swarm& swarm) {
  const auto kind = dice.between(0, 99);
  if (kind < 15) return 0;
  if (kind < 60) return dice.size_up_to(2'000);
  if (kind < 90 || swarm.slow_lines) return dice.size_up_to(40'000);
  if (kind < 97) return dice.size_up_to(300'000);
  return dice.size_up_to(2'000'000);
}

// Slow, but within every timeout: some twenty pieces, a few milliseconds apart. Sometimes byte by
// byte, where that is not for ever.
Pace draw_pace(Dice& dice, std::size_t bytes) {
  if (dice.percent(60)) return {};
  if (bytes < 5'000 && dice.percent(30)) return {.piece = 1, .gap = 20us};
  Pace pace;
  pace.piece = std::max<std::size_t>(bytes / 20, dice.size_up_to(2'000));
  pace.gap = dice.between(Duration(1us), Duration(10ms));
  return pace;
}

void draw_request(Dice& dice, const Swarm& swarm, bool last, Plan& plan) {
  constexpr std::string_view kMethods[] = {"GET", "GET", "GET", "POST", "POST", "PUT", "HEAD"};
  plan.method = dice.one_of(kMethods);
  plan.http10 = last && dice.percent(10);
  plan.asks_to_close = last && dice.percent(plan.http10 ? 70 : 15);
  const bool has_body =
      plan.method == "POST" || plan.method == "PUT" || (plan.method == "GET" && dice.percent(3));
  if (has_body) {
    plan.request_bytes = draw_size(dice, swarm);
    if (swarm.slow_readers && dice.percent(30)) {
      plan.request_bytes = dice.between<std::size_t>(300'000, 1'000'000);
    }
    plan.request_framing = !plan.http10 && dice.percent(40) ? Framing::kChunked : Framing::kLength;
  }
  plan.writing = draw_pace(dice, plan.request_bytes + kHeadBytesMax);
  // A head that comes over a while, so that something may happen to it.
  if (!has_body && dice.percent(15)) {
    plan.writing = {.piece = request_wire(plan).size() / 10,
                    .gap = dice.between(Duration(1ms), Duration(10ms))};
  }
}

void draw_response(Dice& dice, const Swarm& swarm, Plan& plan) {
  constexpr int kStatuses[] = {200, 200, 200, 200, 204, 304, 404, 500};
  plan.status = dice.one_of(kStatuses);
  const auto framing = dice.between(0, 9);
  plan.response_framing = framing < 5   ? Framing::kLength
                          : framing < 8 ? Framing::kChunked
                                        : Framing::kUntilClose;
  plan.response_bytes = plan.status == 204 ? 0 : draw_size(dice, swarm);
  if (swarm.slow_readers && dice.percent(20)) {
    plan.response_bytes = std::min<std::size_t>(plan.response_bytes * 20, 2'000'000);
  }
  plan.origin_http10 = plan.response_framing != Framing::kChunked && dice.percent(10);
  plan.origin_closes = plan.response_framing == Framing::kUntilClose ||
                       (plan.origin_http10 && dice.percent(50)) || dice.percent(10);
  plan.interims = !plan.origin_http10 && dice.percent(15) ? dice.between(1U, 3U) : 0;
  plan.trailers = dice.percent(20);
  constexpr Duration kThinking[] = {0us, 50us, 3ms, 200ms};
  plan.think = dice.one_of(kThinking);
  plan.answering = draw_pace(dice, plan.response_bytes + kHeadBytesMax);
  // A body that came byte by byte was forwarded in chunks of a byte, which are six.
  plan.reading = draw_pace(dice, plan.request_bytes * 6 + kHeadBytesMax);
}

// An offer to switch protocols, taken up or not. What either side sends then ends by itself.
void draw_upgrade(Dice& dice, const Swarm& swarm, Plan& plan) {
  if (!dice.percent(12)) return;
  plan.method = "GET";
  plan.http10 = plan.asks_to_close = false;
  plan.request_framing = Framing::kNone;
  plan.request_bytes = 0;
  plan.offers_upgrade = true;
  if (dice.percent(25)) return;
  plan.status = 101;
  plan.response_framing = Framing::kUntilClose;
  plan.origin_http10 = false;
  plan.origin_closes = true;
  plan.response_bytes = draw_size(dice, swarm);
  plan.tunnel_bytes = draw_size(dice, swarm);
  plan.writing = draw_pace(dice, plan.tunnel_bytes + kHeadBytesMax);
}

// The response comes whole while the request is still being sent, and both take their time: more
// of them than the buffers hold.
void make_early(Dice& dice, Plan& plan) {
  plan.early = true;
  plan.request_bytes = dice.between<std::size_t>(2'000, kEarlyBytesMax);
  plan.writing = {.piece = std::max<std::size_t>(plan.request_bytes / 20, 500),
                  .gap = dice.between(Duration(100us), Duration(10ms))};
  if (plan.status != 204) plan.response_bytes = dice.between<std::size_t>(0, kEarlyBytesMax);
  plan.origin_closes = plan.origin_http10 = false;
  if (plan.response_framing == Framing::kUntilClose) plan.response_framing = Framing::kLength;
  plan.think = Duration(0);
  plan.answering = plan.reading = {};
}

void draw_client_end(Dice& dice, const Swarm& swarm, bool last, Plan& plan) {
  if (last && !plan.offers_upgrade && dice.percent(5)) {
    plan.client_end = ClientEnd::kHalfClose;
    return;
  }
  if (!swarm.client_ends || !dice.percent(15)) return;
  constexpr ClientEnd kEnds[] = {ClientEnd::kClose, ClientEnd::kReset, ClientEnd::kVanish};
  plan.client_end = dice.one_of(kEnds);
  plan.end_in_response = dice.percent(50);
  const std::size_t size =
      plan.end_in_response ? plan.response_bytes + 150 : request_wire(plan).size();
  plan.client_end_at = dice.between<std::size_t>(1, size);
}

void draw_origin_end(Dice& dice, const Swarm& swarm, Plan& plan) {
  if (!swarm.origin_ends) return;
  if (dice.percent(10) && plan.request_bytes > 0) plan.early = true;
  if (!dice.percent(20)) return;
  constexpr OriginEnd kEnds[] = {OriginEnd::kHang,    OriginEnd::kClose,   OriginEnd::kReset,
                                 OriginEnd::kGarbage, OriginEnd::kSurplus, OriginEnd::kCloseIdle};
  plan.origin_end = dice.one_of(kEnds);
  const bool unclean = plan.response_framing == Framing::kUntilClose;
  if (unclean && plan.origin_end == OriginEnd::kSurplus) plan.origin_end = OriginEnd::kNone;
  plan.origin_end_at = dice.between<std::size_t>(0, response_wire(plan, 0).size());
  constexpr Duration kIdle[] = {0us, 100us, 5ms, 500ms};
  plan.idle_for = dice.one_of(kIdle);
}

// What is malformed goes alone: nobody can say where the next message begins.
Flaw draw_flaw(Dice& dice, Framing framing, std::size_t bytes) {
  const Flaw flaw = dice.one_of(kFlaws);
  const bool fits = !is_in_body(flaw) || (framing == Framing::kChunked && bytes > 0);
  return fits ? flaw : Flaw::kSpaceBeforeColon;
}

void draw_flaws(Dice& dice, bool last, Plan& plan) {
  if (last && plan.client_end == ClientEnd::kNone && dice.percent(15)) {
    plan.request_flaw = draw_flaw(dice, plan.request_framing, plan.request_bytes);
    if (plan.method == "HEAD") plan.method = "GET";  // a refusal has a body
  }
  const bool response = plan.origin_end == OriginEnd::kNone && plan.origin_http10 == false &&
                        plan.response_framing != Framing::kUntilClose;
  if (response && dice.percent(10)) {
    plan.origin_end = OriginEnd::kGarbage;
    plan.response_flaw = draw_flaw(dice, plan.bodiless() ? Framing::kNone : plan.response_framing,
                                   plan.response_bytes);
  }
}

ClientPlan draw_client(Dice& dice, const Swarm& swarm) {
  constexpr std::size_t kBuffers[] = {256, 4096, 65536, 262144};
  constexpr Duration kThinking[] = {10us, 1ms, 50ms, 600ms};
  ClientPlan client;
  client.starts_after = dice.between(Duration(300ms), Duration(1500ms));
  client.think = dice.one_of(kThinking);
  client.send_max = swarm.slow_lines ? 4096 : dice.one_of(kBuffers);
  client.receive_max = swarm.slow_lines ? 4096 : dice.one_of(kBuffers);
  if (swarm.slow_readers) {
    client.send_max = client.receive_max = 262144;
    client.reading.piece = dice.between<std::size_t>(1'500, 8'000);
    client.reading.gap = dice.between(Duration(5ms), Duration(60ms));
  } else if (dice.percent(25)) {
    client.reading.piece = dice.between<std::size_t>(2'000, 40'000);
    client.reading.gap = dice.between(Duration(10us), Duration(5ms));
  }
  client.stays = dice.percent(30);
  client.too_slow = swarm.slow_clients && dice.percent(50);
  client.address = dice.between<std::size_t>(0, 1);
  return client;
}

// Slower than a timeout allows, in one way or the other.
void make_too_slow(Dice& dice, const Settings& settings, ClientPlan& client, Plan& plan) {
  const Duration gap = settings.client_timeout * 6 / 5;
  if (dice.percent(50)) {
    plan.writing = {.piece = std::max<std::size_t>(30, plan.request_bytes / 10), .gap = gap};
    if (plan.method == "HEAD") plan.method = "GET";  // a 408 has a body
  } else {
    const std::size_t piece = std::max<std::size_t>(500, plan.response_bytes / 10);
    client.reading = {.piece = std::max(client.reading.piece, piece), .gap = gap};
  }
}

}  // namespace

Plan draw_plan(Dice& dice, const Swarm& swarm, const Scenario& scenario, MessageId id, bool last) {
  Plan plan;
  plan.id = id;
  draw_request(dice, swarm, last, plan);
  draw_response(dice, swarm, plan);
  if (last) draw_upgrade(dice, swarm, plan);
  draw_client_end(dice, swarm, last, plan);
  draw_origin_end(dice, swarm, plan);
  if (swarm.flaws) draw_flaws(dice, last, plan);
  // Even where nothing goes wrong, if the answer must get through.
  const bool may_be_early = last && plan.request_bytes > 0 && plan.origin_end == OriginEnd::kNone &&
                            plan.client_end == ClientEnd::kNone;
  if (may_be_early && dice.percent(15)) {
    Plan early = plan;
    make_early(dice, early);
    if (survives_early_answer(early, scenario.faults)) return early;
  }
  return plan;
}

void draw_clients(Dice& dice, const Swarm& swarm, Scenario& scenario) {
  const auto count = dice.between<std::size_t>(1, 6);
  for (std::size_t i = 0; i < count; ++i) scenario.clients.push_back(draw_client(dice, swarm));
  MessageId id = 1;
  while (id <= kRequests) {
    ClientPlan& client = scenario.clients[dice.between<std::size_t>(0, count - 1)];
    const MessageId batch = dice.percent(30) ? dice.between<MessageId>(2, 5) : 1;
    std::vector<MessageId>& ids = client.batches.emplace_back();
    for (MessageId i = 0; i < batch; ++i, ++id) {
      Plan plan = draw_plan(dice, swarm, scenario, id, i + 1 == batch);
      if (client.too_slow && dice.percent(20)) {
        make_too_slow(dice, scenario.settings, client, plan);
      }
      scenario.plans.push_back(plan);
      ids.push_back(id);
    }
  }
}

}  // namespace lb::sim
