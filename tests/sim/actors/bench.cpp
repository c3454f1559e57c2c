#include "tests/sim/actors/bench.h"

#include <algorithm>

namespace lb::sim {
namespace {

constexpr Duration kPause = std::chrono::seconds(1);  // the first; later ones are longer
// In which the head of an answer is sent, however slowly.
constexpr Duration kHeadTime = std::chrono::milliseconds(500);

}  // namespace

void BenchOracle::on_answers(const Socket& by, os::Time now) {
  unsure_ = unsure_ || (benched_at_ && !is_trial(by));
  timeouts_ = 0;
  answers_at_ = now;
  benched_at_.reset();
  trials_.clear();
}

void BenchOracle::on_timed_out(const Socket& by, os::Time now, Duration way) {
  unsure_ = unsure_ || now <= answers_at_ + kHeadTime + way;
  if (unsure_ || (benched_at_ && !is_trial(by))) return;  // a request from before
  if (++timeouts_ >= fall_) benched_at_ = now;
}

bool BenchOracle::is_trial(const Socket& asking) const {
  return std::ranges::find(trials_, &asking, &Trial::asking) != trials_.end();
}

std::string_view BenchOracle::on_asked(const Socket& asking, os::Time picked_at, Duration slack) {
  if (!benched_at_ || picked_at <= *benched_at_) return {};
  if (picked_at + slack < *benched_at_ + kPause) return "in its pause";
  // One that takes longer than the pause before it keeps no other off.
  std::erase_if(trials_, [&](const Trial& trial) {
    return trial.asking->closed() || picked_at + slack >= trial.began_at + kPause;
  });
  trials_.push_back({&asking, picked_at});
  return trials_.size() > 1 ? "while another was on trial" : "";
}

}  // namespace lb::sim
