#include "tests/sim/kernel/agenda.h"

#include <algorithm>

namespace lb::sim {

bool Agenda::later(const Entry& a, const Entry& b) {
  return a.when != b.when ? a.when > b.when : a.order > b.order;
}

void Agenda::at(os::Time when, Act act) {
  heap_.push_back({std::max(when, now_), orders_++, std::move(act)});
  std::ranges::push_heap(heap_, later);
}

void Agenda::spend(Duration time) {
  now_ += time;
  run_due();
}

void Agenda::skip_to_next() {
  now_ = std::max(now_, heap_.front().when);
  run_due();
}

void Agenda::run_due() {
  while (!heap_.empty() && heap_.front().when <= now_) {
    std::ranges::pop_heap(heap_, later);
    const Act act = std::move(heap_.back().act);
    heap_.pop_back();
    act();
  }
}

}  // namespace lb::sim
