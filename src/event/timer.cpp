#include "lb/event/timer.h"

#include "lb/event/reactor.h"

namespace lb::event {

Timer::~Timer() {
  reactor_.unschedule(*this);
}

void Timer::set_at(os::Time deadline) {
  deadline_ = deadline;
  reactor_.schedule(*this, deadline);
}

void Timer::set_after(os::Time::duration delay) {
  set_at(reactor_.now() + delay);
}

}  // namespace lb::event
