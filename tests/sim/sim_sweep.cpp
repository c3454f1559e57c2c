// Runs many seeds, one after the other, and tells the first that breaks an oracle.
//
//   sim_sweep --seeds N --from S [--profile calm|faulty|hostile] [--handovers] [--trace] [--log]
//
// Without --profile a seed takes the profile of its place: 0 calm, 1 faulty, 2 hostile, 3 calm, …
// Exit 0 if all oracles held, 1 if one broke, 2 for wrong arguments.

#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "lb/base/ascii.h"
#include "tests/sim/run.h"

namespace lb::sim {
namespace {

struct Arguments {
  std::uint64_t seeds = 1;
  std::uint64_t from = 0;
  std::optional<Profile> profile;
  RunOptions run;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--handovers") {
      arguments.run.handovers = Handovers::kSome;
      continue;
    }
    if (flag == "--trace" || flag == "--log") {
      (flag == "--trace" ? arguments.run.trace : arguments.run.log) = true;
      continue;
    }
    if (++i == argc) return std::nullopt;
    if (flag == "--profile") {
      arguments.profile = profile_of(argv[i]);
      if (!arguments.profile) return std::nullopt;
    } else {
      const auto number = parse_decimal(argv[i]);
      if (!number || (flag != "--seeds" && flag != "--from")) return std::nullopt;
      (flag == "--seeds" ? arguments.seeds : arguments.from) = *number;
    }
  }
  return arguments;
}

// A run takes milliseconds of this process; one that takes this long is caught in a loop that asks
// the kernel nothing.
constexpr itimerval kRunMax{.it_interval = {}, .it_value = {.tv_sec = 60, .tv_usec = 0}};

// What is told when the process dies in the middle: composed before each run.
char last_words[160];

void die(int signal) {
  const auto ignored = write(STDOUT_FILENO, last_words, std::strlen(last_words));
  static_cast<void>(ignored);
  static_cast<void>(std::signal(signal, SIG_DFL));
  _exit(1);
}

void prepare_for_death(std::uint64_t seed, Profile profile) {
  std::snprintf(last_words, sizeof last_words,
                "seed %llu profile %s: oracle \"no crash\" broke: an assertion, or worse\n",
                static_cast<unsigned long long>(seed), std::string(name_of(profile)).c_str());
}

int sweep(const Arguments& arguments) {
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t requests = 0;
  std::uint64_t turns = 0;
  std::uint64_t handovers = 0;
  std::uint64_t handovers_failed = 0;
  std::uint64_t seeds_with_handovers = 0;
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
    const std::uint64_t seed = arguments.from + i;
    const Profile profile = arguments.profile.value_or(static_cast<Profile>(seed % 3));
    prepare_for_death(seed, profile);
    setitimer(ITIMER_VIRTUAL, &kRunMax, nullptr);
    const RunResult result = run(seed, profile, arguments.run);
    requests += result.requests;
    turns += result.turns;
    handovers += result.handovers;
    handovers_failed += result.handovers_failed;
    seeds_with_handovers += result.handovers > 0 ? 1 : 0;
    if (!result.breach) continue;
    std::printf("seed %llu profile %s%s: oracle \"%s\" broke: %s\n",
                static_cast<unsigned long long>(seed), std::string(name_of(profile)).c_str(),
                arguments.run.handovers == Handovers::kSome ? " with handovers" : "",
                result.breach->oracle.c_str(), result.breach->detail.c_str());
    return 1;
  }
  std::printf("%llu seeds from %llu hold: %llu requests, %llu turns",
              static_cast<unsigned long long>(arguments.seeds),
              static_cast<unsigned long long>(arguments.from),
              static_cast<unsigned long long>(requests), static_cast<unsigned long long>(turns));
  if (arguments.run.handovers == Handovers::kSome) {
    std::printf(", %llu handovers in %llu of the seeds, and %llu that failed",
                static_cast<unsigned long long>(handovers),
                static_cast<unsigned long long>(seeds_with_handovers),
                static_cast<unsigned long long>(handovers_failed));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!arguments.run.trace) {  // a trace holds nothing that differs from run to run
    std::printf(" in %.1f s, %.0f seeds/s", took.count(),
                static_cast<double>(arguments.seeds) / took.count());
  }
  std::printf("\n");
  return 0;
}

}  // namespace
}  // namespace lb::sim

int main(int argc, char** argv) {
  const auto arguments = lb::sim::parse(argc, argv);
  if (!arguments) {
    std::fputs(
        "usage: sim_sweep --seeds N --from S [--profile calm|faulty|hostile] [--handovers] "
        "[--trace] [--log]\n",
        stderr);
    return 2;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGVTALRM}) {
    static_cast<void>(std::signal(signal, lb::sim::die));
  }
  return lb::sim::sweep(*arguments);
}
