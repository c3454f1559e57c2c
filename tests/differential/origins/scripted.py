"""Origins that are a server in a scripting language: they report whole lists of fields."""

import re
import shutil
import sys
from pathlib import Path

from gateway import Seen
from origins.record import Record, read_json_lines
from service import Service

HERE = Path(__file__).parent


class Scripted:
    def __init__(self, command: list[str], folder: Path):
        self.path = folder / "records"
        self.service = Service([*command, str(self.path)])
        self.port = int(self.service.waits_for(r"listening on (\d+)")[1])

    def stop(self) -> list[Record]:
        self.service.stops()
        return read_json_lines(self.path)

    def kill(self) -> None:
        self.service.kills()

    def breaks_promise(self, _: Record) -> bool:
        """Whether it ends a connection behind this request that it has said it would keep."""
        return False


class Python(Scripted):
    name = "python"

    def __init__(self, folder: Path):
        super().__init__([sys.executable, "-u", str(HERE / "python_server.py")], folder)

    @staticmethod
    def is_installed() -> bool:
        return True

    def may_refuse(self, seen: Seen) -> bool:
        """It cuts the request line at every kind of white space that latin-1 knows."""
        return re.search(rb"[\x85\xa0]", seen.target) is not None


class Node(Scripted):
    name = "node"
    # llhttp knows these and refuses others.
    METHODS = set(
        b"GET HEAD POST PUT PATCH DELETE OPTIONS TRACE".split()
        + b"PROPFIND REPORT M-SEARCH LOCK MKCOL PURGE".split()
    )

    def __init__(self, folder: Path):
        super().__init__(["node", str(HERE / "node_server.mjs")], folder)

    @staticmethod
    def is_installed() -> bool:
        return shutil.which("node") is not None

    def may_refuse(self, seen: Seen) -> bool:
        return seen.method not in self.METHODS
