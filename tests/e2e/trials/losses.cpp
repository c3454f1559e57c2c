#include "tests/e2e/trials/losses.h"

namespace lb::e2e {

Losses::Losses(const Ledger& ledger, const Tally& tally) {
  for (const RequestId id : tally.failed_posts) {
    const Ending ending = ledger.ending_of(id);
    if (ending != Ending::kNone) {
      ++told_.at(static_cast<std::size_t>(ending));
    } else if (ledger.times_applied(id) > 0) {
      ++applied_and_untold_;
    } else {
      ++untold_;
    }
  }
}

std::string Losses::text() const {
  std::string text;
  for (std::size_t i = 1; i < kEndings; ++i) {
    text.append(name_of(static_cast<Ending>(i))).append(" ").append(std::to_string(told_[i]));
    text.append(", ");
  }
  text.append("not applied and untold ").append(std::to_string(untold_));
  text.append(", applied and untold ").append(std::to_string(applied_and_untold_));
  return text;
}

}  // namespace lb::e2e
