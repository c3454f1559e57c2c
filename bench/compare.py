"""CPU per request, requests a second, latency and memory of lb beside Debian's haproxy and nginx.

Each balancer has one processor to itself, as far as there is a second one for the load (wrk) and the
servers behind. They take turns within each round, so that what else the machine does meets all of them;
figures are medians over the rounds, ratios the medians of the ratios within a round.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import peers

NAMES = ["lb", "haproxy", "nginx"]
WARM_SECONDS = 1


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    connections: int
    size: int
    fields: int = 0


SCENARIOS = [
    Scenario("small", "64 connections, 128 octets", 64, 128),
    Scenario("many", "1,000 connections, 128 octets", 1000, 128),
    Scenario("headers", "64 connections, 20 more request fields", 64, 128, 20),
    Scenario("body64k", "64 connections, 64 KiB", 64, 65536),
]


@dataclass
class Sample:
    cpu_us: float
    rate: float
    p50_ms: float
    p99_ms: float
    rss_mib: float


UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def milliseconds(text: str, percentile: str) -> float:
    value, unit = re.search(rf"{percentile}%\s+([\d.]+)(us|ms|s)\b", text).groups()
    return float(value) * UNITS[unit]


def load(scenario: Scenario, port: int, seconds: int, cpus: set[int]) -> str:
    command = ["wrk", "-t1", f"-c{scenario.connections}", f"-d{seconds}s", "--latency"]
    for number in range(scenario.fields):
        command += ["-H", f"X-Field-{number:02}: {'value' * 18}"]
    run = subprocess.run(
        command + [f"http://127.0.0.1:{port}/{scenario.size}"], capture_output=True, text=True, check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cpus),
    )
    errors = re.search(r"(Socket errors|Non-2xx).*", run.stdout)
    if errors:
        raise peers.Broken(f"{scenario.name}: {errors[0]}")
    return run.stdout


def sample(name: str, scenario: Scenario, origin: peers.Origin, seconds: int, lb: Path) -> Sample:
    with tempfile.TemporaryDirectory() as folder:
        balancer = peers.start(name, origin, Path(folder) / name, lb)
        try:
            others = peers.processors()[1]
            load(scenario, balancer.port, WARM_SECONDS, others)
            before = balancer.cpu_seconds()
            said = load(scenario, balancer.port, seconds, others)
            cpu = balancer.cpu_seconds() - before
            requests = int(re.search(r"(\d+) requests in", said)[1])
            rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
            return Sample(cpu / requests * 1e6, rate, milliseconds(said, "50"), milliseconds(said, "99"),
                          balancer.rss_mib())
        finally:
            balancer.stop()


def median(samples: list[Sample], field: str) -> float:
    return statistics.median(getattr(one, field) for one in samples)


def report(scenario: Scenario, samples: dict[str, list[Sample]]):
    print(f"\n{scenario.name}: {scenario.what}")
    print(f"{'':10}{'CPU us':>9}{'req/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'RSS MiB':>9}   CPU of lb to it")
    for name in NAMES:
        own = samples[name]
        ratio = statistics.median(a.cpu_us / b.cpu_us for a, b in zip(samples["lb"], own))
        print(f"{name:10}{median(own, 'cpu_us'):9.2f}{median(own, 'rate'):10,.0f}{median(own, 'p50_ms'):9.2f}"
              f"{median(own, 'p99_ms'):9.2f}{median(own, 'rss_mib'):9.1f}   {ratio:.2f}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lb", type=Path, required=True)
    parser.add_argument("--origin", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--scenarios", default=",".join(one.name for one in SCENARIOS))
    options = parser.parse_args()
    chosen = [one for one in SCENARIOS if one.name in options.scenarios.split(",")]
    if not chosen or options.rounds < 1 or options.seconds < 1:
        parser.error(f"--scenarios expects some of {', '.join(one.name for one in SCENARIOS)}; "
                     "--rounds and --seconds expect at least 1")
    for flag, program in (("--lb", options.lb), ("--origin", options.origin)):
        if not program.is_file():
            parser.error(f"{flag} expects a program, and there is no {program}")
    origin = peers.Origin(options.origin)
    try:
        for scenario in chosen:
            samples: dict[str, list[Sample]] = {name: [] for name in NAMES}
            for _ in range(options.rounds):
                for name in NAMES:
                    samples[name].append(sample(name, scenario, origin, options.seconds, options.lb))
            report(scenario, samples)
    finally:
        origin.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except peers.Broken as broken:
        sys.exit(f"script/bench: {broken}")
