#include "lb/event/posted.h"

#include "lb/event/reactor.h"

namespace lb::event {

void Posted::post() {
  reactor_.post(call_, queued_);
}

void Posted::cancel() {
  reactor_.unpost(queued_);
}

}  // namespace lb::event
