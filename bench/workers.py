"""Requests a second and CPU time of lb with one worker and with several, and what bounds them.

Nothing is bound to a processor: workers, servers and load share the machine. Where no processor is idle,
the machine bounds the rate; where some are, the workers do, each of which can keep one busy.
"""

import argparse
import os
import re
import resource
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import compare
import peers

SCENARIOS = ("small", "headers", "body64k")


@dataclass
class Sample:
    rate: float
    own_us: float  # CPU time of lb for a request
    other_us: float  # of the load and the servers
    idle: float  # processors


def load_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def idle_seconds() -> float:
    """Of all processors, since the machine was started (proc_stat(5))."""
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[4]) / os.sysconf("SC_CLK_TCK")


def sample(workers: int, scenario: compare.Scenario, origin: peers.Origin, seconds: int, lb: Path) -> Sample:
    everywhere = os.sched_getaffinity(0)
    balancer = peers.start_lb(origin, lb, everywhere, ["--workers", str(workers)])
    try:
        compare.load(scenario, balancer.port, compare.WARM_SECONDS, everywhere)
        before = [balancer.cpu_seconds(), origin.cpu_seconds() + load_seconds(), idle_seconds(), time.monotonic()]
        said = compare.load(scenario, balancer.port, seconds, everywhere)
        after = [balancer.cpu_seconds(), origin.cpu_seconds() + load_seconds(), idle_seconds(), time.monotonic()]
    finally:
        balancer.stop()
    own, other, idle, span = (now - then for now, then in zip(after, before))
    requests = int(re.search(r"(\d+) requests in", said)[1])
    return Sample(requests / span, own / requests * 1e6, other / requests * 1e6, idle / span)


def report(scenario: compare.Scenario, samples: dict[int, list[Sample]]):
    print(f"\n{scenario.name}: {scenario.what}")
    print(f"{'workers':>7}{'req/s':>10}{'CPU us':>9}{'of others':>11}{'idle':>7}   rate and CPU to one worker")
    for workers, own in samples.items():
        rate, own_us, other_us, idle = (statistics.median(getattr(one, field) for one in own)
                                        for field in ("rate", "own_us", "other_us", "idle"))
        rates = statistics.median(a.rate / b.rate for a, b in zip(own, samples[1]))
        costs = statistics.median(a.own_us / b.own_us for a, b in zip(own, samples[1]))
        print(f"{workers:7}{rate:10,.0f}{own_us:9.2f}{other_us:11.2f}{idle:7.2f}   {rates:.2f} {costs:.2f}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lb", type=Path, required=True)
    parser.add_argument("--origin", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    origin = peers.Origin(options.origin, os.sched_getaffinity(0))
    print(f"{len(os.sched_getaffinity(0))} processors")
    try:
        for scenario in (one for one in compare.SCENARIOS if one.name in SCENARIOS):
            samples: dict[int, list[Sample]] = {1: [], 2: []}
            for _ in range(options.rounds):
                for workers, own in samples.items():
                    own.append(sample(workers, scenario, origin, options.seconds, options.lb))
            report(scenario, samples)
    finally:
        origin.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except peers.Broken as broken:
        sys.exit(f"script/bench: {broken}")
