#include "tests/sim/judge.h"

#include <algorithm>
#include <span>
#include <string>

#include "app/server.h"
#include "tests/sim/actors/origin_connection.h"

namespace lb::sim {
namespace {

using Outcome = Record::Outcome;

std::string_view name_of(Outcome outcome) {
  static constexpr std::string_view kNames[] = {"not sent", "pending",    "answered", "replied to",
                                                "cut",      "unanswered", "given up", "refused"};
  return kNames[static_cast<std::size_t>(outcome)];
}

class Judge {
 public:
  Judge(World& world, const Verdict& verdict) : world_(world), verdict_(verdict) {}

  void check_all() {
    check_exit();
    check_let_go();
    check_leaks();
    for (const Plan& plan : world_.plans) check_request(plan);
    check_repeats();
    check_balance();
    check_access_log();
  }

 private:
  void check_exit() {
    if (!world_.signalled_at) {
      return world_.breach("drain ends in time", "the product ended without being told to");
    }
    const bool forced = verdict_.exit_code == app::kExitForced;
    if (verdict_.exit_code != app::kExitClean && !forced) {
      world_.breach("drain ends in time", "exit code " + std::to_string(verdict_.exit_code));
    }
    if (forced && verdict_.profile == Profile::kCalm) {
      world_.breach("drain ends in time", "requests were cut, and nothing was wrong");
    }
    os::Time latest = *world_.signalled_at + world_.settings.drain_timeout;
    if (verdict_.second_signal_at) latest = std::min(latest, *verdict_.second_signal_at);
    if (verdict_.exited_at > latest + verdict_.exit_slack) {
      world_.breach("drain ends in time", "the exit came " +
                                              std::to_string((verdict_.exited_at - latest) /
                                                             std::chrono::milliseconds(1)) +
                                              " ms after the last moment");
    }
  }

  // Those that led before end after their drain.
  void check_let_go() {
    for (const Generation& generation : world_.generations) {
      if (generation.let_go_at == os::Time::max()) continue;
      const Process& process = *world_.kernel.processes.find(generation.process);
      const std::string name = "process " + std::to_string(process.id);
      const bool forced = process.exit == app::kExitForced;
      // To one that drains, the signal that tells the others to end is the second one.
      const bool may_be_forced =
          verdict_.profile != Profile::kCalm || process.id == world_.signalled_process;
      if (process.exit != app::kExitClean && !(forced && may_be_forced)) {
        world_.breach("drain ends in time",
                      name + " had let go, and exited with " + std::to_string(process.exit));
      }
      const os::Time latest = generation.let_go_at + world_.settings.drain_timeout;
      if (process.ended_at > latest + verdict_.exit_slack) {
        world_.breach("drain ends in time", name + " had let go, and ended too late");
      }
    }
  }

  void check_leaks() {
    if (!world_.kernel.left_open().empty()) {
      world_.breach("nothing is left", "descriptors were still open: " + world_.kernel.left_open());
    }
    // One that came when the last was ending, and was killed, leaves its own.
    const bool killed = std::ranges::any_of(
        world_.kernel.processes.all(), [this](const std::unique_ptr<Process>& process) {
          return process->exit < 0 && process->ended_at > *world_.signalled_at;
        });
    if (world_.kernel.network.unix_inode(kTakeoverPath) && !killed) {
      world_.breach("nothing is left", "the file of --takeover is still there");
    }
    if (verdict_.bytes_left > 0) {
      world_.breach("nothing is left",
                    std::to_string(verdict_.bytes_left) + " bytes are still in buffers");
    }
  }

  void check_request(const Plan& plan) {
    const Record& record = world_.record(plan.id);
    const std::string what =
        "request " + std::to_string(plan.id) + " was " + std::string(name_of(record.outcome));
    switch (record.outcome) {
      case Outcome::kAnswered:
        return check_tunnel(plan, record);
      case Outcome::kGivenUp:
        return;
      case Outcome::kPending:
        return world_.breach("every request ends", what + " when all was over");
      case Outcome::kNotSent:
        if (!world_.signalled_at || world_.kernel.injuries().empty()) check_not_sent(plan, what);
        return;
      case Outcome::kReplied:
      case Outcome::kCut:
      case Outcome::kUnanswered:
      case Outcome::kRefused:
        break;
    }
    if (record.outcome != Outcome::kRefused && record.sent_at == os::Time{}) return;
    if (excuse(plan, record).empty()) {
      world_.breach("no error without a fault",
                    what + (record.status > 0 ? " " + std::to_string(record.status) : "") +
                        ": it was sent at " + at(record.sent_at) + ", and ended at " +
                        at(record.ended_at));
    }
  }

  // Both directions of a tunnel are whole, if both ended in order.
  void check_tunnel(const Plan& plan, const Record& record) {
    if (!plan.switches() || record.tunnel_bytes == plan.tunnel_bytes) return;
    if (verdict_.exit_code == app::kExitForced || was_forced(process_of(record))) return;
    // What the client sent last was still on its way when it had all that it waited for.
    const bool hurt = !world_.kernel.injuries().between(record.sent_at, world_.now()).empty();
    if (hurt || !excuse(plan, record).empty()) return;
    world_.breach("exact bodies", "only " + std::to_string(record.tunnel_bytes) + " of " +
                                      std::to_string(plan.tunnel_bytes) +
                                      " bytes came through the tunnel of " +
                                      std::to_string(plan.id));
  }

  // As in a trace.
  [[nodiscard]] std::string at(os::Time time) const {
    const auto since = world_.kernel.agenda.since_start() - (world_.now() - time);
    return std::to_string(std::chrono::duration<double>(since).count());
  }

  void check_not_sent(const Plan& plan, const std::string& what) {
    if (world_.signalled_at && verdict_.exited_at < world_.now()) return;
    world_.breach("every request ends", what + ": " + std::to_string(plan.id));
  }

  // Why this request may have met an error; empty if there is no reason.
  std::string_view excuse(const Plan& plan, const Record& record) const {
    const Faults& faults = world_.kernel.faults();
    const Duration way = faults.latency_max * 3 + faults.stall_max + std::chrono::milliseconds(5);
    // Nothing that a client or a server does makes the product refuse somebody.
    if (record.outcome == Outcome::kRefused) return excuse_by_drain(record, way);
    if (plan.origin_end != OriginEnd::kNone) return "its origin misbehaved";
    if (plan.request_flaw != Flaw::kNone) return "it is malformed";
    const bool survives = survives_early_answer(plan, faults);
    if (plan.early && !survives) return "its answer came before its end";
    if (std::ranges::find(verdict_.from_slow_clients, plan.id) != verdict_.from_slow_clients.end())
      return "its client is slow";
    const bool late =
        std::ranges::find(verdict_.from_late_readers, plan.id) != verdict_.from_late_readers.end();
    const bool silent = record.outcome == Outcome::kUnanswered || plan.switches();
    if (late && silent) return "its client read the last one late";
    if (record.told_to_close) return "the connection was about to end";
    const os::Time began = record.sent_at == os::Time{} ? record.ended_at : record.sent_at;
    const std::string_view injury =
        world_.kernel.injuries().between(began - way, record.ended_at, harmless_to(plan));
    if (!injury.empty()) return injury;
    if (!record.first_in_line) return "a request before it failed";
    const std::string_view handover = excuse_by_handover(record, way);
    return handover.empty() ? excuse_by_drain(record, way) : handover;
  }

  // A connection that was ended while it was idle costs no request that can be sent again: the
  // server has not seen it. Where it may have, none that is idempotent.
  static std::span<const std::string_view> harmless_to(const Plan& plan) {
    static constexpr std::string_view kHarmless[] = {kClosedIdle, kEndedReused};
    if (!plan.held()) return {};
    return std::span(kHarmless).first(plan.idempotent() ? 2 : 1);
  }

  // A request that had reached the product when it was told to end is finished, if time allows.
  std::string_view excuse_by_drain(const Record& record, Duration way) const {
    const os::Time signalled = *world_.signalled_at;
    if (signalled > record.ended_at) return {};
    if (verdict_.exit_code == app::kExitForced) return "it was cut at the end of the drain";
    if (record.outcome == Outcome::kRefused || record.sent_at + way > signalled) {
      return "it came too late";
    }
    return {};
  }

  // Whose connection it was sent on; nullptr: nobody's, or it was not sent.
  const Process* process_of(const Record& record) const {
    const Socket* ours = record.connection != nullptr ? record.connection->peer() : nullptr;
    return ours != nullptr ? world_.kernel.processes.find(ours->holder()) : nullptr;
  }
  static bool was_forced(const Process* process) {
    return process != nullptr && process->exit == app::kExitForced;
  }

  // A process that has let go serves its connections for a while: a request on one that had carried
  // others may come too late, as it may on any idle connection. Nobody is refused.
  std::string_view excuse_by_handover(const Record& record, Duration way) const {
    const Process* process = process_of(record);
    const Generation* generation = process != nullptr ? world_.generation_of(process->id) : nullptr;
    if (generation == nullptr || record.ended_at < generation->let_go_at) return {};
    const os::Time cut_at = process->id == world_.signalled_process
                                ? *world_.signalled_at
                                : generation->let_go_at + world_.settings.drain_timeout;
    if (was_forced(process) && record.ended_at >= cut_at) {
      return "it was cut at the end of the drain";
    }
    const bool late = record.sent_at + way > generation->let_go_at + world_.settings.drain_idle;
    return record.outcome == Outcome::kUnanswered && late ? "it came too late" : "";
  }

  // What --retry-budget allows: lb/proxy/retry_budget.h. One repeat of a request is free if its
  // connection had carried another.
  void check_repeats() {
    std::int64_t repeats = 0;
    for (const Record& record : world_.records) {
      const std::int64_t free = 1 + std::min<std::int64_t>(record.reused, 1);
      repeats += std::max<std::int64_t>(0, record.heads - free);
    }
    const std::int64_t percent = world_.settings.retry_percent;
    const auto seconds = world_.kernel.agenda.since_start() / std::chrono::seconds(1) -
                         (world_.now() - verdict_.exited_at) / std::chrono::seconds(1);
    const auto requests = static_cast<std::int64_t>(world_.plans.size());
    const auto processes = static_cast<std::int64_t>(world_.generations.size());
    const std::int64_t most =
        percent == 0 ? 0 : requests * percent / 100 + processes * (100 + 3 * (seconds + 1));
    if (repeats > most) {
      world_.breach("repeats stay within their budget",
                    std::to_string(repeats) + ", and " + std::to_string(most) + " were allowed");
    }
  }

  // Round robin is exact while all are well: of those that lead, as if they were one, and of each
  // that has let go.
  void check_balance() {
    if (verdict_.profile != Profile::kCalm || !world_.kernel.injuries().empty()) return;
    check_picks(0);
    for (std::size_t i = 0; i + 1 < world_.generations.size(); ++i) {
      check_picks(world_.generations[i].process);
    }
  }

  // By this process after it had let go; 0: by the one that led.
  void check_picks(std::uint64_t process) {
    std::vector<std::uint64_t> counts;
    for (const std::vector<Origin::Pick>& picks : verdict_.picks_by_origin) {
      counts.push_back(static_cast<std::uint64_t>(
          std::ranges::count_if(picks, [this, process](const Origin::Pick& pick) {
            const Generation* generation = world_.generation_of(pick.process);
            const bool led = generation != nullptr && pick.at <= generation->let_go_at;
            return led ? process == 0 : process == pick.process;
          })));
    }
    const auto [least, most] = std::ranges::minmax(counts);
    if (most - least <= 1) return;
    world_.breach("healthy endpoints differ by one pick at most",
                  "one was picked " + std::to_string(most) + " times, another " +
                      std::to_string(least) +
                      (process > 0 ? " by process " + std::to_string(process) : ""));
  }

  // One line for each request that was answered.
  void check_access_log() {
    if (!world_.settings.access_log || world_.kernel.faults().log_write > 0) return;
    const std::string& log = world_.kernel.file("/var/log/access");
    for (const Plan& plan : world_.plans) {
      const std::string target = " /r/" + std::to_string(plan.id) + " HTTP/1.";
      int lines = 0;
      for (auto at = log.find(target); at != std::string::npos; at = log.find(target, at + 1)) {
        ++lines;
      }
      const Outcome outcome = world_.record(plan.id).outcome;
      const bool answered = outcome == Outcome::kAnswered || world_.record(plan.id).heads > 0;
      if (lines > 1 || (answered && lines == 0)) {
        world_.breach("one line in the access log for each request",
                      std::to_string(lines) + " for " + std::to_string(plan.id));
      }
    }
  }

  World& world_;
  const Verdict& verdict_;
};

}  // namespace

void judge(World& world, const Verdict& verdict) {
  Judge(world, verdict).check_all();
}

}  // namespace lb::sim
