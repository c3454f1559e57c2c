#include "lb/event/posted.h"

#include "lb/event/reactor.h"

namespace lb::event {

void Posted::post() {
  if (queued_) return;
  queued_ = true;
  reactor_.post(*this);
}

void Posted::cancel() {
  if (!queued_) return;
  queued_ = false;
  reactor_.unpost(*this);
}

}  // namespace lb::event
