// The pick of a server for a request, of so many; in the second column only the last one is up.

#include <benchmark/benchmark.h>

#include "lb/upstream/selector.h"

namespace lb {
namespace {

void pick_any(benchmark::State& state) {
  upstream::Selector selector(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(selector.pick([](std::size_t) { return true; }));
  }
}

void pick_the_only_one(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  upstream::Selector selector(count);
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(selector.pick([&](std::size_t index) { return index + 1 == count; }));
  }
}

BENCHMARK(pick_any)->Arg(3)->Arg(256);
BENCHMARK(pick_the_only_one)->Arg(3)->Arg(256);

}  // namespace
}  // namespace lb
