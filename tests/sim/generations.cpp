#include "tests/sim/generations.h"

#include <stdexcept>
#include <utility>

#include "app/predecessor.h"
#include "app/server.h"
#include "app/takeover.h"
#include "lb/base/log.h"

namespace lb::sim {

Generations::Generations(World& world, const Scenario& scenario, bool log)
    : world_(world), kernel_(world.kernel), scenario_(scenario) {
  std::vector<std::string> arguments = scenario.settings.arguments;
  arguments.insert(arguments.end(), {"--log-level", log ? "debug" : "off"});
  auto options = app::parse_options(
      arguments, [](const std::string&) { return std::optional<std::string>(); });
  if (!options) throw std::logic_error("the options of the run are wrong: " + options.error());
  options_ = std::move(*options);
  options_.crowd_min = scenario.settings.crowd_min;
  log::configure(options_.log_level, options_.log_format);
  program_ = {.path = "/usr/bin/lb",
              .name = "lb",
              .arguments = std::move(arguments),
              .environment = {std::string(app::kHandoverVariable) + "=1"}};
  kernel_.program = [this](const os::Program& program) { return live(program); };
  kernel_.on_started = [this](Process& process) { on_started(process); };
  kernel_.on_message = [this](const Process& from, Process& to, std::string_view text) {
    on_message(from, to, text);
  };
}

void Generations::run() {
  kernel_.processes.run_first([this] { return live({}); });
}

void Generations::signal(int signal) {
  kernel_.raise(signal, *kernel_.processes.find(world_.lead().process));
}

void Generations::end_hanging() {
  for (const auto& process : kernel_.processes.all()) {
    process->fate = {};
    if (process->stopped) kernel_.processes.kill(*process);
  }
}

// ---- one process

int Generations::live(const os::Program& program) {
  std::string why;
  try {
    return serve(program);
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (kernel_.processes.current().id == 1) kernel_.breach("the first process starts", why);
  kernel_.trace.note("it cannot start: ", why);
  return app::kExitCannotStart;
}

// What main does.
int Generations::serve(const os::Program& program) {
  const auto environment = [&program](const std::string& name) {
    const bool is_set = name == app::kHandoverVariable && !program.environment.empty();
    return is_set ? std::optional<std::string>("1") : std::nullopt;
  };
  const bool first = kernel_.processes.current().id == 1;
  auto before = app::Predecessor::find(options_, environment);
  if (!before) throw std::runtime_error(before.error());
  app::Birth birth{.service = {}, .program = program_, .legacy = {}};
  if (*before) {
    auto legacy = (*before)->receive();
    if (!legacy) throw std::runtime_error(legacy.error());
    birth.legacy = std::move(*legacy);
  }
  app::Server server(options_, std::move(birth));
  if (first) kernel_.faults() = scenario_.faults;
  if (*before) {
    const auto done = (*before)->take_over();
    if (!done) throw std::runtime_error(done.error());
    server.assume(*done);
  } else if (!first) {
    return app::kExitClean;  // it came when all was over, and is not wanted any more
  }
  return server.run();
}

// ---- one after the other

void Generations::plan() {
  Duration at{};
  for (const HandoverPlan& plan : scenario_.handovers) {
    at += plan.after;
    kernel_.agenda.after(at, [this, &plan] {
      hand_over(plan);
      if (++begun_ == scenario_.handovers.size() && on_all_begun) on_all_begun();
    });
  }
}

void Generations::hand_over(const HandoverPlan& plan) {
  if (world_.signalled_at) return;
  under_way_ = &plan;
  if (!plan.by_path) return signal(os::kSignalUser2);
  on_started(kernel_.processes.start([this] { return live({}); }, nullptr, world_.now()));
}

void Generations::on_started(Process& process) {
  ++started_;
  process.starts_at = world_.now() + under_way_->loading;
  process.fate = under_way_->fate;
  kernel_.agenda.at(process.starts_at, [] {});
  kernel_.trace.note("process ", process.id, " is started");
}

// From here on it must not hang, or not die: nobody else would serve.
void Generations::on_message(const Process& from, Process& to, std::string_view text) {
  if (text == app::kReady && kernel_.processes.current().fate.kind == Process::Fate::Kind::kHangs) {
    kernel_.processes.current().fate = {};
  }
  if (!text.starts_with(app::kGo)) return;
  to.fate = {};
  world_.lead().let_go_at = world_.now();
  world_.generations.push_back({.process = to.id, .leads_from = world_.now()});
  kernel_.trace.note("process ", to.id, " has taken over from ", from.id);
  if (on_handover) on_handover(from.id, to.id);
  if (world_.signalled_at) kernel_.raise(os::kSignalTerminate, to);  // its signal came too late
}

}  // namespace lb::sim
