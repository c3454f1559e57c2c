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
  while (listener_ != nullptr && !stopped_) {
    Socket* socket = listener_->accept();
    if (socket == nullptr) return;
    socket->set_buffers(plan_.send_max, plan_.receive_max);
    connections_.push_back(std::make_unique<OriginConnection>(world_, *this, *socket));
  }
}

void Origin::act(const OriginTurn& turn) {
  Kernel& kernel = world_.kernel;
  // What it does to requests may be felt until the product has found out, and has found out that it
  // is over.
  const Duration felt = turn.lasts + kernel.faults().felt;
  switch (turn.kind) {
    case OriginTurn::Kind::kHealth:
      kernel.injuries().add(kernel.agenda.now(), felt, "an origin was not well");
      return be_unwell(turn);
    case OriginTurn::Kind::kCrash:
      kernel.injuries().add(kernel.agenda.now(), felt, "an origin crashed");
      crash();
      return kernel.agenda.after(turn.lasts, [this] {
        world_.kernel.trace.note(name(), " starts again");
        listen();
      });
    case OriginTurn::Kind::kCutOff:
      kernel.injuries().add(kernel.agenda.now(), felt, "an origin was cut off");
      kernel.trace.note(name(), " is cut off");
      return kernel.network.cut_off(plan_.addresses[plan_.listens_on], turn.lasts);
    case OriginTurn::Kind::kStop:
      return stop(turn.lasts);
    case OriginTurn::Kind::kLie:
      return lie(turn.lasts);
    case OriginTurn::Kind::kVanish:
      return vanish(turn.lasts);
  }
}

void Origin::be_unwell(const OriginTurn& turn) {
  Kernel& kernel = world_.kernel;
  kernel.trace.note(name(), turn.mode == HealthMode::kSick ? " falls sick" : " falls silent");
  health_ = turn.mode;
  kernel.agenda.after(turn.lasts, [this] {
    world_.kernel.trace.note(name(), " is well");
    health_ = HealthMode::kWell;
  });
  if (turn.mode == HealthMode::kSilent && turn.lasts > world_.settings.until_known_down) {
    kernel.agenda.after(world_.settings.until_known_down + slack(), [this] {
      if (health_ == HealthMode::kSilent) should_be_down();
    });
  }
}

// Of messages on their way, and of a product that was not run for a while.
Duration Origin::slack() const {
  const Faults& faults = world_.kernel.faults();
  return faults.latency_max * 4 + faults.stall_max * 4 + kUnderstood;
}

// How long after its end a trouble may be felt: not at all where another can always serve.
Duration Origin::until_noticed() const {
  return slack() + (world_.one_trouble ? Duration(0) : world_.kernel.faults().felt);
}

void Origin::stop(Duration lasts) {
  Kernel& kernel = world_.kernel;
  kernel.trace.note(name(), " stops");
  kernel.injuries().add(kernel.agenda.now(), lasts + until_noticed(), "an origin stopped");
  stopped_ = true;
  kernel.agenda.after(lasts, [this] { go_on(); });
  if (lasts <= world_.settings.until_known_down + slack()) return;
  kernel.agenda.after(world_.settings.until_known_down + slack(), [this] {
    should_be_down();
    for (const auto& connection : connections_) {
      check_moved(connection->waiting_request(), connection->asking_process());
    }
    if (listener_ == nullptr) return;
    for (const Socket* socket : listener_->waiting()) {
      if (socket->peer()->closed()) continue;
      check_moved(request_in(socket->unread_bytes()), socket->peer()->holder());
    }
  });
}

void Origin::go_on() {
  world_.kernel.trace.note(name(), " goes on");
  stopped_ = false;
  for (std::size_t i = 0; i < connections_.size(); ++i) connections_[i]->go_on();
  accept();
}

void Origin::lie(Duration lasts) {
  Kernel& kernel = world_.kernel;
  kernel.trace.note(name(), " begins to lie");
  kernel.injuries().add(kernel.agenda.now(), lasts + slack(), "an origin did not answer");
  lies_ = true;
  kernel.agenda.after(lasts, [this] {
    world_.kernel.trace.note(name(), " answers again");
    lies_ = false;
  });
}

// Whoever sends on a connection that is lost waits in vain; the others are found by the kernel.
void Origin::vanish(Duration lasts) {
  Kernel& kernel = world_.kernel;
  kernel.trace.note(name(), " vanishes");
  kernel.injuries().add(kernel.agenda.now(),
                        std::max(lasts + until_noticed(), kKeepalive + slack()),
                        "an origin vanished");
  kernel.network.cut_off(plan_.addresses[plan_.listens_on], lasts);
  for (const auto& connection : connections_) connection->vanish();
}

void Origin::crash() {
  world_.kernel.trace.note(name(), " crashes");
  if (listener_ != nullptr) listener_->close();
  listener_ = nullptr;
  for (const auto& connection : connections_) connection->crash();
}

// Its checks have been unanswered for so long that the product must know.
void Origin::should_be_down() {
  if (world_.settings.connections_limited) return;
  for (const Generation& generation : world_.generations) {
    if (world_.has_checked_for(generation.process, world_.settings.until_known_down + slack())) {
      told_sick(generation.process, world_.now());
    }
  }
}

// What waits in vain for a server that is down, and could go elsewhere, has gone.
void Origin::check_moved(MessageId id, std::uint64_t process) {
  if (!world_.one_trouble || world_.origins < 2 || world_.signalled_at || !world_.knows(id)) return;
  const Plan& plan = world_.plan(id);
  const bool repeatable = plan.idempotent() && plan.held() && world_.settings.retries > 0 &&
                          world_.settings.retry_percent > 0;
  if (!repeatable || plan.request_flaw != Flaw::kNone) return;
  if (!world_.has_checked_for(process, world_.settings.until_known_down + slack())) return;
  world_.breach("no request waits for a server that is down",
                std::to_string(id) + " still waits for " + name());
}

BenchOracle& Origin::bench(std::uint64_t process) {
  return bench_.try_emplace(process, world_.settings.fall).first->second;
}

void Origin::told_sick(std::uint64_t process, os::Time known_at) {
  os::Time& since = sick_since_.try_emplace(process, known_at).first->second;
  since = std::min(since, known_at);
}

void Origin::on_handover(std::uint64_t from, std::uint64_t to) {
  const auto known = sick_since_.find(from);
  if (known != sick_since_.end() && known->second < world_.now()) told_sick(to, known->second);
}

void Origin::took_request(MessageId id, const Socket& asking, os::Time picked_at) {
  picks_.push_back({asking.holder(), picked_at});
  if (world_.one_trouble && !world_.signalled_at) {
    const std::string_view fault = bench(asking.holder()).on_asked(asking, picked_at, slack());
    if (!fault.empty()) {
      world_.breach("a benched endpoint gets one trial at a time",
                    name() + " was asked " + std::to_string(id) + " " + std::string(fault));
    }
  }
  const auto sick = sick_since_.find(asking.holder());
  if (!world_.lines_are_sound || sick == sick_since_.end() || picked_at <= sick->second) return;
  world_.breach("a down endpoint gets nothing new",
                name() + " had said that it is sick, and was asked " + std::to_string(id));
}

}  // namespace lb::sim
