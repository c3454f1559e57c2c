#include "tests/sim/actors/origin.h"

#include <algorithm>

#include "tests/sim/actors/origin_connection.h"

namespace lb::sim {

Origin::Origin(World& world, std::size_t index, OriginPlan plan)
    : world_(world), index_(index), plan_(std::move(plan)) {}

Origin::~Origin() = default;

void Origin::start() {
  listen();
  for (const OriginTurn& turn : plan_.turns) {
    world_.kernel.agenda.after(turn.at, [this, &turn] { act(turn); });
  }
}

void Origin::listen() {
  if (listener_ != nullptr) return;
  const auto listener =
      world_.kernel.network.listen(plan_.addresses[plan_.listens_on], plan_.backlog);
  if (!listener) return;
  listener_ = *listener;
  listener_->on_change([this] { accept(); });
}

void Origin::accept() {
  while (listener_ != nullptr) {
    Socket* socket = listener_->accept();
    if (socket == nullptr) return;
    socket->set_buffers(plan_.send_max, plan_.receive_max);
    connections_.push_back(std::make_unique<OriginConnection>(world_, *this, *socket));
  }
}

// What it does to requests may be felt until the product has found out, and has found out that it
// is over.
void Origin::act(const OriginTurn& turn) {
  Kernel& kernel = world_.kernel;
  const Duration felt = turn.lasts + kernel.faults().felt;
  kernel.injuries().add(kernel.agenda.now(), felt, "an origin was not well");
  switch (turn.kind) {
    case OriginTurn::Kind::kHealth:
      kernel.trace.note(name(), turn.mode == HealthMode::kSick ? " falls sick" : " falls silent");
      health_ = turn.mode;
      kernel.agenda.after(turn.lasts, [this] {
        world_.kernel.trace.note(name(), " is well");
        health_ = HealthMode::kWell;
      });
      break;
    case OriginTurn::Kind::kCrash:
      crash();
      kernel.agenda.after(turn.lasts, [this] {
        world_.kernel.trace.note(name(), " starts again");
        listen();
      });
      break;
    case OriginTurn::Kind::kCutOff:
      kernel.trace.note(name(), " is cut off");
      kernel.network.cut_off(plan_.addresses[plan_.listens_on], turn.lasts);
      break;
  }
}

void Origin::crash() {
  world_.kernel.trace.note(name(), " crashes");
  if (listener_ != nullptr) listener_->close();
  listener_ = nullptr;
  for (const auto& connection : connections_) connection->crash();
}

void Origin::told_sick(os::Time known_at) {
  sick_since_ = std::min(sick_since_, known_at);
}

void Origin::took_request(MessageId id, os::Time picked_at) {
  ++requests_;
  if (!world_.lines_are_sound || picked_at <= sick_since_) return;
  world_.breach("a down endpoint gets nothing new",
                name() + " had said that it is sick, and was asked " + std::to_string(id));
}

}  // namespace lb::sim
