// How an origin ends connections that it had left open, at moments that are awkward for whoever
// uses them again: see IdleEnd.

#include "tests/sim/actors/origin_connection.h"

namespace lb::sim {

void OriginConnection::rest(IdleEnd end, Duration after) {
  idle_end_ = end;
  switch (end) {
    case IdleEnd::kNone:
    case IdleEnd::kReadAndClose:
    case IdleEnd::kReadHeadAndClose:
    case IdleEnd::kCloseOverUnread:
    case IdleEnd::kReadAndReset:
      return;
    case IdleEnd::kClose:
      return close_while_idle(after);
    case IdleEnd::kCloseUnderWay:
      return socket_->on_coming([this, serial = serial_](os::Time due) {
        const Duration left = due - world_.now() - Duration(1);
        if (serial != serial_ || left <= Duration(0)) return;
        close_while_idle(world_.dice.between(Duration(0), left));
      });
    case IdleEnd::kHalfClose:
    case IdleEnd::kHalfCloseAndReset:
      return world_.kernel.agenda.after(after, [this, serial = serial_] {
        if (serial != serial_ || socket_ == nullptr || origin_.stopped()) return;
        world_.kernel.trace.note(origin_.name(), " half-closes");
        note_end(kEndedReused);
        half_closed_ = true;
        static_cast<void>(socket_->shut_write());
      });
  }
}

// Unless a request begins before that. One that has come unread is lost with the connection, and
// nobody can tell that it was not read.
void OriginConnection::close_while_idle(Duration after) {
  world_.kernel.agenda.after(after, [this, serial = serial_] {
    if (serial != serial_ || socket_ == nullptr || origin_.stopped()) return;
    world_.kernel.trace.note(origin_.name(), " closes an idle connection");
    note_end(socket_->unread() > 0 ? kEndedReused : kClosedIdle);
    close();
  });
}

bool OriginConnection::ends_over_unread() {
  if (idle_end_ != IdleEnd::kCloseOverUnread || reader_ || socket_ == nullptr) return false;
  if (socket_->unread() == 0) return false;
  end_reused(false);
  return true;
}

// Called when the head of a request has come, and when all of it has.
bool OriginConnection::ends_instead_of_answering(bool whole) {
  switch (idle_end_) {
    case IdleEnd::kNone:
    case IdleEnd::kClose:
    case IdleEnd::kCloseUnderWay:
    case IdleEnd::kCloseOverUnread:
      return false;
    case IdleEnd::kReadHeadAndClose:
      end_reused(false);
      return true;
    case IdleEnd::kHalfClose:
    case IdleEnd::kHalfCloseAndReset:
      if (!half_closed_) return false;
      world_.record(plan_->id).defied_proof = true;  // also a close over what is unread resets
      [[fallthrough]];
    case IdleEnd::kReadAndClose:
    case IdleEnd::kReadAndReset:
      if (!whole) return true;
      end_reused(idle_end_ == IdleEnd::kReadAndReset || idle_end_ == IdleEnd::kHalfCloseAndReset);
      return true;
  }
  return false;
}

void OriginConnection::end_reused(bool by_reset) {
  world_.kernel.trace.note(origin_.name(), by_reset ? " resets" : " closes",
                           " a reused connection");
  note_end(kEndedReused);
  if (by_reset) return crash();
  close();
}

// For so long a request may meet it.
void OriginConnection::note_end(std::string_view kind) {
  const Duration met = world_.kernel.faults().latency_max * 4 + kUnderstood;
  world_.kernel.injuries().add(world_.now(), met, kind);
}

}  // namespace lb::sim
