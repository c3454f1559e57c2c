// Deadlines that move on with each request, and are seldom reached.

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <vector>

#include "lb/event/reactor.h"
#include "lb/event/timer.h"

namespace lb {
namespace {

struct Connection {
  explicit Connection(event::Reactor& reactor)
      : timer(reactor, Callback<>::to<&Connection::on_due>(this)) {}
  void on_due() {}

  event::Timer timer;
};

std::vector<std::unique_ptr<Connection>> connections(event::Reactor& reactor, std::int64_t count) {
  std::vector<std::unique_ptr<Connection>> all;
  for (std::int64_t i = 0; i < count; ++i) {
    all.push_back(std::make_unique<Connection>(reactor));
    all.back()->timer.set_after(std::chrono::seconds(60));
  }
  return all;
}

// As each request does.
void postpone(benchmark::State& state) {
  event::Reactor reactor;
  const auto all = connections(reactor, state.range(0));
  std::size_t next = 0;
  while (state.KeepRunning()) {
    all[next]->timer.set_after(std::chrono::seconds(60));
    next = next + 1 == all.size() ? 0 : next + 1;
  }
}

// As each connection does.
void come_and_go(benchmark::State& state) {
  event::Reactor reactor;
  const auto all = connections(reactor, state.range(0));
  while (state.KeepRunning()) {
    Connection connection(reactor);
    connection.timer.set_after(std::chrono::seconds(10));
  }
}

BENCHMARK(postpone)->Arg(64)->Arg(10'000);
BENCHMARK(come_and_go)->Arg(64)->Arg(10'000);

}  // namespace
}  // namespace lb
