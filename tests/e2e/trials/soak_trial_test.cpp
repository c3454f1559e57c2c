// Trial 11: random deaths, hangs and restarts of servers, and clients that leave.

#include <algorithm>
#include <random>

#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;

class Soak : public Trial {
 protected:
  // One server at a time fails, in a way and for a time that is drawn.
  void fails_one() {
    BackendProcess& victim = *backends[draw(0, backends.size() - 1)];
    switch (draw(0, 2)) {
      case 0:
        victim.is_killed();
        ++kills_;
        goes_on_for(milliseconds(draw(0, 500)));
        victim.starts();
        break;
      case 1:
        victim.freezes();
        ++hangs_;
        goes_on_for(milliseconds(draw(0, 800)));
        victim.thaws();
        break;
      default:
        victim.is_told_to_stop();
        ++stops_;
        goes_on_for(milliseconds(draw(0, 200)));
        victim.starts();
    }
    waits_until_up_again(victim.name());
    goes_on_for(milliseconds(draw(0, 300)));
  }

  // One at a time: while no server is up, there is nothing that could be done for a request.
  void waits_until_up_again(const std::string& name) {
    const Deadline deadline(2 * kPatience);
    while (!said_to_be_up(name)) {
      ASSERT_FALSE(deadline.passed()) << name << " is still down";
      goes_on_for(milliseconds(50));
    }
  }
  [[nodiscard]] bool said_to_be_up(const std::string& name) {
    const std::vector<std::string> lines = balancer().log();
    const auto last = std::find_if(lines.rbegin(), lines.rend(), [&](const std::string& line) {
      return line.contains(" host is ") && line.contains(name);
    });
    return last != lines.rend() && last->contains(" host is up ");
  }

  // After a while without load: what lb holds then, it holds for good.
  struct Held {
    std::size_t descriptors = 0;
    std::size_t rss_bytes = 0;
  };
  [[nodiscard]] Held held_at_rest(std::size_t descriptors_max) {
    Process& process = balancer().process();
    Held held;
    // A check of a server holds one for a moment.
    waits_until("the connections are closed", [&] {
      held.descriptors = process.descriptor_count();
      return held.descriptors <= descriptors_max;
    });
    held.rss_bytes = process.rss_bytes();
    return held;
  }

  [[nodiscard]] std::size_t draw(std::size_t min, std::size_t max) {
    return std::uniform_int_distribution<std::size_t>(min, max)(dice_);
  }
  [[nodiscard]] std::string failures() const {
    return std::to_string(kills_) + " kills, " + std::to_string(hangs_) + " hangs, " +
           std::to_string(stops_) + " restarts";
  }

 private:
  std::mt19937 dice_{5};
  int kills_ = 0;
  int hangs_ = 0;
  int stops_ = 0;
};

TEST_F(Soak, NothingIsMixedUpAndNothingIsLeftBehind) {
  starts_backends(3, {{"--delay=1"}, {"--delay=2"}, {}});
  Arguments flags = kFlags;
  flags.insert(flags.end(), {"--upstream-keepalive-timeout", "300ms"});
  starts(flags);
  const std::size_t descriptors = balancer().process().descriptor_count();
  const LoadPlan plan{.clients = 32, .post_percent = 30, .abort_percent = 2};
  const auto warm_up = loads_gently(plan);
  warm_up->waits_for_answers(2000, Deadline(2 * kPatience));
  EXPECT_EQ(warm_up->ends().mixed_up, 0U);
  const Held before = held_at_rest(descriptors);

  const auto load = loads_gently(plan);
  const Deadline end(milliseconds(by_size(4000, 600'000)));
  while (!end.passed()) fails_one();
  const Tally& tally = load->ends();
  const Held after = held_at_rest(before.descriptors);
  EXPECT_EQ(tally.mixed_up, 0U);
  EXPECT_EQ(tally.hung, 0U);
  EXPECT_EQ(tally.failed_gets(), 0U);
  EXPECT_EQ(ledger.applied_twice(), 0U);
  EXPECT_EQ(ledger.malformed(), 0U);
  // The allocator may keep a page here and there.
  if (!kSanitized) {
    EXPECT_LE(after.rss_bytes, before.rss_bytes + 1024 * 1024);
  }
  figure(11, failures(), ", ", tally.aborted, " requests left by their clients: ", tally.text(),
         "; descriptors ", before.descriptors, " -> ", after.descriptors, ", RSS ",
         before.rss_bytes / 1024, " -> ", after.rss_bytes / 1024, " KiB, applied twice ",
         ledger.applied_twice());
}

}  // namespace
}  // namespace lb::e2e
