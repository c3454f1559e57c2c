#include "lb/proxy/retry_budget.h"

#include <algorithm>

namespace lb::proxy {

bool RetryBudget::take(Time now) {
  if (percent_ == 0) return false;
  constexpr std::int64_t kMax = std::int64_t{kTokensMax} * kCents;
  constexpr auto kCent = std::chrono::nanoseconds(std::chrono::seconds(1)) /
                         (kTokensPerSecond * kCents);  // the time that earns one
  const std::int64_t earned = std::min<std::int64_t>(kMax, (now - earned_at_) / kCent);
  cents_ = std::min(kMax, cents_ + earned);
  earned_at_ = earned < kMax ? earned_at_ + earned * kCent : now;
  if (cents_ < kCents) return false;
  cents_ -= kCents;
  return true;
}

}  // namespace lb::proxy
