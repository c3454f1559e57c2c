#include "lb/proxy/retry_budget.h"

#include <algorithm>

namespace lb::proxy {

bool RetryBudget::take(Time now) {
  if (percent_ == 0) return false;
  const std::int64_t max = cents_max();
  const auto cent = share_ * std::chrono::nanoseconds(std::chrono::seconds(1)) /
                    (kTokensPerSecond * kCents);  // the time that earns one
  const std::int64_t earned = std::min<std::int64_t>(max, (now - earned_at_) / cent);
  cents_ = std::min(max, cents_ + earned);
  earned_at_ = earned < max ? earned_at_ + earned * cent : now;
  if (cents_ < kCents) return false;
  cents_ -= kCents;
  return true;
}

}  // namespace lb::proxy
