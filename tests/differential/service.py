"""A process that a run starts, waits for and ends: by a deadline, never by sleeping."""

import re
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

PATIENCE = 30.0  # seconds; only reached when something is wrong


class Broken(Exception):
    """The test could not be carried out."""


class Service:
    """Reads one output of the process, line by line; the other goes to a file."""

    def __init__(self, command: list[str], reads: str = "stdout", cwd: Path | None = None):
        self.command = command
        self.lines: list[str] = []
        self.changed = threading.Condition()
        self.ended = False
        self.other = tempfile.TemporaryFile("w+")  # noqa: SIM115: lives as long as the process
        pipes = {"stdout": self.other, "stderr": self.other, reads: subprocess.PIPE}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="backslashreplace",
            cwd=cwd,
            **pipes,
        )
        self.pipe = getattr(self.process, reads)
        self.reader = threading.Thread(target=self.read_lines, daemon=True)
        self.reader.start()

    def read_lines(self) -> None:
        for line in self.pipe:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def waits_for(self, pattern: str) -> re.Match:
        """The first line that matches."""

        def found():
            return next((m for line in self.lines if (m := re.search(pattern, line))), None)

        with self.changed:
            self.changed.wait_for(lambda: found() or self.ended, PATIENCE)
            match = found()
        if match is None:
            self.kills()
            raise Broken(f"{self.command[0]} never said {pattern!r}:\n{self.said()}")
        return match

    def said(self) -> str:
        self.other.seek(0)
        return "\n".join(self.lines) + "\n" + self.other.read()

    def stops(self, number: int = signal.SIGTERM) -> int:
        """Asks it to end and returns how it did."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            self.kills()
            raise Broken(f"{self.command[0]} does not end:\n{self.said()}") from error
        self.reader.join(PATIENCE)
        return code

    def kills(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
