"""The program under test, in front of one origin."""

from pathlib import Path

from service import Broken, Service


class Balancer:
    def __init__(self, binary: Path, server: str, folder: Path):
        self.access_log = folder / "lb-access.log"
        command = [str(binary), "--servers", server, "--host", "127.0.0.1", "--port", "0"]
        command += ["--health-path", "none", "--health-interval", "1h"]
        command += ["--access-log", str(self.access_log)]
        self.service = Service(command, reads="stderr")
        try:
            self.port = int(self.service.waits_for(r"server listening on .*:(\d+)")[1])
            self.service.waits_for(r"the following host is up")
        except Broken:
            self.service.kills()
            raise

    def stop(self) -> list[str]:
        """Its access log, a line for each request that it answered or passed on."""
        code = self.service.stops()
        # 3: a request is still in flight; the client that waits for it has told.
        if code not in (0, 3) or "Sanitizer" in self.service.said():
            raise Broken(f"lb left with {code}:\n{self.service.said()}")
        return self.access_log.read_text("latin-1").splitlines()


def went_to_a_server(line: str) -> bool:
    """Whether an access log line tells of a server: it is the fifth field from the right."""
    return line.split(" ")[-5] != "-"
