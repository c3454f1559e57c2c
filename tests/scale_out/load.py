#!/usr/bin/python3
"""Asks a service all the time, has something fail meanwhile, and says what that has cost.

Half of the requests come on connections of their own, as a browser's first one does; the others on connections that are kept.
Prints one line of JSON; its "unexplained" is what must not have happened, and the exit code is 1 if it is not empty.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass

BEFORE = 2.5  # seconds of load until something fails, and after that
AFTER = 2.5
BOUND = 1.0  # in which the address must have moved, so that new connections are served as before
PROMPT = 0.5  # a connection whose first packet was lost takes longer: Linux sends it again after a second
PATIENCE = 5.0  # of a client that waits for an answer
FRESH_EVERY = 0.025
KEPT = 40
KEPT_EVERY = 0.4


@dataclass
class Request:
    begun: float
    machine: str = ""  # which its connection goes to, as far as an answer has told
    new: bool = True  # it opens its connection
    trouble: str = ""  # refused, cut or unanswered; nothing if it was served
    took: float = 0.0
    client: str = ""  # as the server was told

    @property
    def prompt(self) -> bool:
        return not self.trouble and self.took < PROMPT


class Connection:
    """Opened by its first request; open until one is not served."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.streams = None
        self.machine = ""

    async def ask(self) -> None:
        await asyncio.sleep(0)  # takes in what has come meanwhile
        if self.streams and self.streams[0].at_eof():
            self.close()  # it was ended while it was idle
        request = Request(time.monotonic(), self.machine, self.streams is None)
        self.load.requests.append(request)
        try:
            await asyncio.wait_for(self.exchange(request), PATIENCE)
        except asyncio.TimeoutError:
            request.trouble = "unanswered"
        except (ConnectionError, asyncio.IncompleteReadError):
            request.trouble = "cut" if self.streams else "refused"
        except OSError as error:  # no route: nobody has answered for the address
            request.trouble = error.strerror or "failed"
        request.took = time.monotonic() - request.begun
        if request.trouble:
            self.close()

    async def exchange(self, request: Request) -> None:
        if not self.streams:
            self.streams = await asyncio.open_connection(self.load.address, 80)
        reader, writer = self.streams
        writer.write(b"GET /scale-out HTTP/1.1\r\nHost: service\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200 "):
            request.trouble = head.split(b"\r\n")[0].decode()
            return
        self.machine, request.client = body.decode().split(" ")
        request.machine = self.machine

    def close(self) -> None:
        if self.streams:
            self.streams[1].transport.abort()
        self.streams = None
        self.machine = ""


class Load:
    def __init__(self, address: str) -> None:
        self.address = address
        self.requests: list[Request] = []
        self.end = time.monotonic() + BEFORE + AFTER

    async def fresh(self) -> None:
        connection = Connection(self)
        await connection.ask()
        connection.close()

    async def keep(self, number: int) -> None:
        await asyncio.sleep(KEPT_EVERY * number / KEPT)
        connection = Connection(self)
        while time.monotonic() < self.end:
            await connection.ask()
            await asyncio.sleep(KEPT_EVERY)
        connection.close()

    async def run(self, interpreter: str, order: str) -> tuple[float, float]:
        """When the event began, and when it was over."""
        tasks = [asyncio.create_task(self.keep(number)) for number in range(KEPT)]
        happening = asyncio.create_task(self.happen(interpreter, order))
        while time.monotonic() < self.end:
            tasks.append(asyncio.create_task(self.fresh()))
            await asyncio.sleep(FRESH_EVERY)
        await asyncio.gather(*tasks)
        return await happening

    async def happen(self, interpreter: str, order: str) -> tuple[float, float]:
        """The interpreter waits for its order from the start: to begin a program is slow where many run."""
        process = await asyncio.create_subprocess_exec(*interpreter.split(), stdin=asyncio.subprocess.PIPE)
        await asyncio.sleep(BEFORE)
        begun = time.monotonic()
        process.stdin.write(order.encode() + b"\n")
        process.stdin.close()
        if await process.wait() != 0:
            sys.exit(f"load.py: {interpreter}: failed: {order}")
        return begun, time.monotonic()


class Verdict:
    """What has become of the requests of a load.

    machine: of lb, to which something happens, or nothing. may: how requests to it may be lost, as "in flight, cut".
    """

    def __init__(
        self, requests: list[Request], event: tuple[float, float], machine: str, may: list[str], client: str
    ) -> None:
        self.event, self.done = event
        self.machine = machine
        self.may = may
        self.lost: Counter[str] = Counter()
        self.unexplained: list[str] = []
        self.served = [request for request in requests if not request.trouble]
        self.late = [request for request in self.served if not request.prompt]
        self.moved = max([r.begun - self.event for r in requests if r.new and not r.prompt], default=0.0)
        for request in requests:
            self.judge(request, client)
        self.check()

    def judge(self, request: Request, client: str) -> None:
        if not request.trouble:
            if request.client != client:
                self.reject(request, f"as of {request.client}")
            return
        name = self.name(request)
        if name in self.may:
            self.lost[name] += 1
        else:
            self.reject(request, request.trouble)

    def name(self, request: Request) -> str:
        """Of a loss that what happened to the machine may explain."""
        if not self.machine or not (request.new or request.machine == self.machine):
            return ""
        kind = "new connection" if request.new else "kept connection"
        if request.begun < self.done and request.trouble != "refused":
            kind = "in flight"
        return f"{kind}, {request.trouble}"

    def reject(self, request: Request, what: str) -> None:
        kind = "new" if request.new else f"kept by {request.machine}"
        self.unexplained.append(f"{kind} {request.begun - self.event:+.3f} s: {what} after {request.took:.3f} s")

    def check(self) -> None:
        if self.moved >= BOUND:
            self.unexplained.append(f"new connections were not served as before for {self.moved:.3f} s")
        if not any(request.machine == self.machine or not self.machine for request in self.served):
            self.unexplained.append("the machine has served nothing")
        if not any(request.begun > self.event + BOUND for request in self.served):
            self.unexplained.append("nothing was served afterwards")

    def row(self, name: str) -> dict:
        return {
            "case": name,
            "moved_ms": round(max(0.0, self.moved) * 1000),
            "served": len(self.served),
            "late": len(self.late),
            "latest_ms": round(max((r.took for r in self.served), default=0.0) * 1000),
            "lost": dict(sorted(self.lost.items())),
            "unexplained": self.unexplained,
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--client", required=True, help="the address that servers must be told")
    parser.add_argument("--interpreter", required=True, help="a program that reads a command")
    parser.add_argument("--order", required=True, help="the command that lets something fail")
    parser.add_argument("--machine", default="", help="of lb, to which that happens")
    parser.add_argument("--may", default="", help="how its requests may be lost, separated by semicolons")
    arguments = parser.parse_args()
    load = Load(arguments.address)
    event = asyncio.run(load.run(arguments.interpreter, arguments.order))
    verdict = Verdict(load.requests, event, arguments.machine, arguments.may.split("; "), arguments.client)
    print(json.dumps(verdict.row(arguments.name)))
    sys.exit(1 if verdict.unexplained else 0)


main()
