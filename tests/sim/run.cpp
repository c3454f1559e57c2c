#include "tests/sim/run.h"

#include <memory>
#include <string>
#include <vector>

#include "lb/base/buffer.h"
#include "tests/sim/actors/client.h"
#include "tests/sim/actors/origin.h"
#include "tests/sim/actors/world.h"
#include "tests/sim/generations.h"
#include "tests/sim/judge.h"

namespace lb::sim {
namespace {

using namespace std::chrono_literals;

// What may wait for one connection: pieces and a request that is held, in blocks of powers of two.
constexpr std::size_t kBytesMaxPerDescriptor = 512 * 1024;
// Longer than any run that ends in order.
constexpr Duration kVirtualTimeMax = 2h;
constexpr Duration kAftermath = 2h;
// Who rests that long between two pieces may still be reading when its connection is idle already.
constexpr Duration kLateReading = 5ms;
// Between the last chance to act and the exit: the grain of timers, calls, a stall.
constexpr Duration kExitSlack = 100ms;

class Run {
 public:
  Run(const Scenario& scenario, const RunOptions& options)
      : scenario_(scenario),
        kernel_(config_of(scenario, options)),
        world_(kernel_, Dice(scenario.seed)),
        generations_(world_, scenario, options.log) {
    kernel_.faults() = quiet(scenario.faults);
    world_.settings = scenario.settings;
    world_.plans = scenario.plans;
    world_.records.resize(scenario.plans.size());
    world_.origins = scenario.origins.size();
    for (const OriginPlan& origin : scenario.origins) {
      world_.is_unix_origin.push_back(origin.name.starts_with("unix:"));
    }
    world_.lines_are_sound = scenario.lines_are_sound;
    world_.one_trouble = scenario.one_trouble;
    world_.on_client_done = [this] { signal_if_all_done(); };
  }

  RunResult go() {
    make_actors();
    generations_.run();
    if (!kernel_.breached()) let_the_dust_settle();
    if (!kernel_.breached()) judge(world_, verdict());
    RunResult result{.breach = kernel_.breached(),
                     .turns = kernel_.turns(),
                     .handovers = world_.generations.size() - 1,
                     .handovers_failed = generations_.failed(),
                     .virtual_time = kernel_.agenda.since_start()};
    for (const Record& record : world_.records) {
      result.requests += record.outcome == Record::Outcome::kAnswered ? 1 : 0;
    }
    return result;
  }

 private:
  static Kernel::Config config_of(const Scenario& scenario, const RunOptions& options) {
    Kernel::Config config = scenario.kernel;
    config.trace = options.trace;
    return config;
  }

  // Nothing fails before the product serves: it would refuse to start, and rightly.
  static Faults quiet(const Faults& faults) {
    Faults start = faults;
    start.accept_exhausted = start.socket_exhausted = start.poller_exhausted = 0;
    return start;
  }

  void make_actors() {
    for (std::size_t i = 0; i < scenario_.origins.size(); ++i) {
      origins_.push_back(std::make_unique<Origin>(world_, i, scenario_.origins[i]));
      origins_.back()->start();
    }
    for (std::size_t i = 0; i < scenario_.clients.size(); ++i) {
      clients_.push_back(std::make_unique<Client>(world_, i, scenario_.clients[i]));
      clients_.back()->start();
    }
    const SignalPlan& signals = scenario_.signals;
    for (const Duration at : signals.hangups) {
      kernel_.agenda.after(at, [this] { generations_.signal(os::kSignalHangup); });
    }
    if (signals.early) kernel_.agenda.after(*signals.early, [this] { signal(); });
    generations_.on_all_begun = [this] { signal_if_all_done(); };
    generations_.on_handover = [this](std::uint64_t from, std::uint64_t to) {
      for (const auto& origin : origins_) origin->on_handover(from, to);
    };
    generations_.plan();
    kernel_.agenda.after(kVirtualTimeMax, [this] {
      if (!lead().ended) {
        kernel_.breach("every wait is bounded", "the run has not ended in two hours");
      }
    });
    kernel_.on_rest = [this] { check_memory(); };
  }

  void signal_if_all_done() {
    for (const auto& client : clients_) {
      if (!client->done()) return;
    }
    if (!generations_.all_begun()) return;
    kernel_.agenda.after(scenario_.signals.rest, [this] { signal(); });
  }

  void signal() {
    if (world_.signalled_at) return;
    world_.signalled_at = world_.now();
    world_.signalled_process = world_.lead().process;
    generations_.signal(world_.dice.percent(50) ? os::kSignalTerminate : os::kSignalInterrupt);
    generations_.end_hanging();
    if (!scenario_.signals.second_after) return;
    kernel_.agenda.after(*scenario_.signals.second_after, [this] {
      second_signal_at_ = world_.now();
      generations_.signal(os::kSignalTerminate);
    });
  }

  // Settled once, not while a buffer is being moved to a larger one.
  void check_memory() {
    const std::size_t bytes = Buffer::bytes_in_use();
    if (bytes > kernel_.open_descriptors() * kBytesMaxPerDescriptor) {
      kernel_.breach("bounded memory", std::to_string(bytes) + " bytes wait for " +
                                           std::to_string(kernel_.open_descriptors()) +
                                           " descriptors");
    }
  }

  [[nodiscard]] const Process& lead() { return *kernel_.processes.find(world_.lead().process); }

  // The product is gone; what is on its way arrives, and clients see how it ended.
  void let_the_dust_settle() {
    const os::Time until = world_.now() + kAftermath;
    while (!kernel_.agenda.empty() && kernel_.agenda.next() < until) kernel_.agenda.skip_to_next();
  }

  [[nodiscard]] Verdict verdict() {
    Verdict verdict{.profile = scenario_.profile,
                    .exit_code = lead().exit,
                    .exited_at = lead().ended_at,
                    .second_signal_at = second_signal_at_,
                    .exit_slack = kExitSlack + scenario_.faults.stall_max * 4,
                    .bytes_left = Buffer::bytes_in_use()};
    for (const auto& origin : origins_) verdict.picks_by_origin.push_back(origin->picks());
    for (const ClientPlan& client : scenario_.clients) {
      for (const auto& batch : client.batches) {
        for (const MessageId id : batch) {
          if (client.too_slow || client.below_rate) verdict.from_slow_clients.push_back(id);
          if (client.reading.gap >= kLateReading) verdict.from_late_readers.push_back(id);
        }
      }
    }
    return verdict;
  }

  const Scenario& scenario_;
  Kernel kernel_;
  World world_;
  Generations generations_;
  std::vector<std::unique_ptr<Origin>> origins_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::optional<os::Time> second_signal_at_;
};

}  // namespace

RunResult run(std::uint64_t seed, Profile profile, const RunOptions& options) {
  const Scenario scenario = draw_scenario(seed, profile, options.handovers);
  Run one(scenario, options);
  return one.go();
}

}  // namespace lb::sim
