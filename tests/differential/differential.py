#!/usr/bin/env python3
"""Sends the same drawn requests through lb to servers of other hands, and compares what each
understood with what was meant. README.md in this folder tells more.

Exit codes: 0 nothing found, 1 something found, 2 the test could not be carried out.
"""

import argparse
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from balancer import Balancer
from client import talk
from compare import Finding, Judge, Verdict
from conversation import Conversation, conversations, converse
from origins import KINDS
from service import Broken

CLIENTS = 8  # at a time
FINDINGS_SHOWN = 20


def main() -> int:
    options = parse_options()
    names = options.servers.split(",")
    if options.installed_only:
        names = [name for name in names if KINDS[name].is_installed()]
    if options.only is None:
        drawn = list(conversations(options.seed, options.requests))
    else:
        drawn = [converse(options.seed, options.only)]
    found = 0
    for name in names:
        started = time.monotonic()
        try:
            verdict = run(options.lb, name, drawn)
        except Broken as broken:
            print(f"{name}: {broken}", file=sys.stderr)
            return 2
        report(name, drawn, verdict, time.monotonic() - started, options.seed)
        found += len(verdict.findings)
    print(f"{found} findings" if found else "no findings")
    return 1 if found else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/differential", description=__doc__)
    parser.add_argument("--lb", type=Path, required=True, help="the program under test")
    parser.add_argument(
        "--requests", type=int, default=20_000, help="at least so many go to each server"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same requests")
    parser.add_argument("--servers", default=",".join(KINDS), help="a comma list of %(default)s")
    parser.add_argument("--only", type=int, metavar="N", help="just this conversation of the seed")
    parser.add_argument(
        "--installed-only", action="store_true", help="skip servers that are missing"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.servers.split(",") if name not in KINDS]:
        parser.error(f"unknown servers: {', '.join(unknown)}")
    return options


def run(lb: Path, name: str, drawn: list[Conversation]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix=f"lb-differential-{name}-") as folder:
        origin = KINDS[name](Path(folder))
        try:
            balancer = Balancer(lb, f"127.0.0.1:{origin.port}", Path(folder))
            try:
                with ThreadPoolExecutor(CLIENTS) as clients:
                    talks = list(clients.map(lambda c: talk(balancer.port, c), drawn))
                access_log = balancer.stop()
            finally:
                balancer.service.kills()
            return Judge(origin, origin.stop(), access_log).judge(list(zip(drawn, talks)))
        finally:
            origin.kill()


def report(
    name: str, drawn: list[Conversation], verdict: Verdict, seconds: float, seed: int
) -> None:
    requests = sum(max(1, len(conversation.readings)) for conversation in drawn)
    counts = ", ".join(f"{what} {count}" for what, count in sorted(verdict.counts.items()))
    print(f"{name}: {requests} requests in {seconds:.1f} s: {counts}", flush=True)
    for finding in islice(verdict.findings, FINDINGS_SHOWN):
        describe(name, finding, seed)
    if len(verdict.findings) > FINDINGS_SHOWN:
        print(f"  and {len(verdict.findings) - FINDINGS_SHOWN} findings more")


def describe(name: str, finding: Finding, seed: int) -> None:
    print(f"  FINDING: {finding.what}")
    conversation = finding.conversation
    if conversation is not None:
        where = f"seed {seed}, conversation {conversation.number}, request {finding.request}"
        damage = f", damaged by {conversation.mutation}" if conversation.mutation else ""
        print(
            f"    {where}{damage}; "
            f"again: --seed {seed} --only {conversation.number} --servers {name}"
        )
        readings = [f"{reading.verdict} {reading.why}".strip() for reading in conversation.readings]
        print(f"    sent: {escaped(conversation.stream)}")
        print(f"    read strictly: {readings}")
    if finding.did:
        print(f"    lb {finding.did}")
    if finding.saw:
        print(f"    the server saw: {finding.saw[:3000]}")


def escaped(octets: bytes) -> str:
    """The octets for people; long runs of one octet are told by their length."""
    text = re.sub(r"([a-z])\1{60,}", lambda run: f"<{run[1]} * {len(run[0])}>", repr(octets))
    return text if len(text) <= 8000 else f"{text[:8000]}... ({len(octets)} octets)"


if __name__ == "__main__":
    sys.exit(main())
