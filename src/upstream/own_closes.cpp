#include "lb/upstream/own_closes.h"

#include <algorithm>

namespace lb::upstream {

void OwnCloses::add(Time now) {
  forget_old(now);
  ++by_second_[static_cast<std::size_t>(second_ % kWindow.count())];
  ++sum_;
}

bool OwnCloses::too_many(Time now) {
  forget_old(now);
  return sum_ > max_;
}

void OwnCloses::forget_old(Time now) {
  const auto second =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::int64_t first = std::max(second_ + 1, second - kWindow.count() + 1);
  for (std::int64_t s = first; s <= second; ++s) {
    std::uint32_t& count = by_second_[static_cast<std::size_t>(s % kWindow.count())];
    sum_ -= count;
    count = 0;
  }
  second_ = std::max(second_, second);
}

}  // namespace lb::upstream
