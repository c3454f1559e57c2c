"""Instructions in user space that lb spends on a request, counted by callgrind: the same on a busy machine
as on a quiet one, so that a regression shows without a benchmark.

Two runs of different length are compared, so that start and end do not count.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import peers

CONNECTIONS = 64
REQUESTS = (4, 40)  # on each connection
LEADERS = 5
REQUEST = b"GET /128 HTTP/1.1\r\nHost: bench\r\n\r\n"


async def asks(port: int, requests: int):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(requests):
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise peers.Broken(head.split(b"\r\n")[0].decode("latin-1"))
        await reader.readexactly(128)
    writer.close()


async def load(port: int, requests: int):
    await asyncio.gather(*(asks(port, requests) for _ in range(CONNECTIONS)))


def profile(lb: Path, origin: peers.Origin, requests: int, out: Path) -> int:
    """All instructions of a run, which leaves its profile in `out`."""
    port = peers.free_port()
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", str(lb)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--servers", ",".join(origin.names().split())]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for line in run.stderr:
            if "the following host is up" in line:
                break
        deadline = time.monotonic() + 60
        asyncio.run(asyncio.wait_for(load(port, requests), deadline - time.monotonic()))
    finally:
        run.terminate()
        said = run.communicate(timeout=60)[1]
    return int(re.search(r"Collected : (\d+)", said)[1])


def leaders(profile_path: Path) -> list[str]:
    shown = subprocess.run(["callgrind_annotate", str(profile_path)], capture_output=True, text=True, check=True)
    lines = re.findall(r"^ *([\d,]+ \( *[\d.]+%\)) +\S*?:(.+?)(?: \[.*)?$", shown.stdout, re.MULTILINE)
    return [f"{share}  {name}" for share, name in lines[:LEADERS]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lb", type=Path, required=True)
    parser.add_argument("--origin", type=Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        origin = peers.Origin(options.origin)
        out = Path(folder) / "callgrind.out"
        try:
            few, many = (profile(options.lb, origin, requests, out) for requests in REQUESTS)
        finally:
            origin.stop()
        count = (many - few) / (CONNECTIONS * (REQUESTS[1] - REQUESTS[0]))
        print(f"{count:,.0f} instructions a request (64 connections, 128 octets); led by")
        for line in leaders(out):
            print(f"  {line}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except peers.Broken as broken:
        sys.exit(f"script/bench: {broken}")
