"""Ports for servers that cannot choose one themselves."""

import socket
from collections.abc import Callable
from typing import TypeVar

from service import Broken

Started = TypeVar("Started")
TRIES = 5


def on_free_port(start: Callable[[int], Started]) -> Started:
    """Starts something on a port that was free a moment ago; somebody may have taken it since."""
    for _ in range(TRIES - 1):
        try:
            return start(free_port())
        except Broken:
            continue
    return start(free_port())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
