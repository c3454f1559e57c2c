"""The balancers that are compared, and the servers behind them: each is started on a free port, waited
for, and stopped."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATIENCE = 10.0
SERVERS = 4


class Broken(Exception):
    pass


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def processors() -> tuple[set[int], set[int]]:
    """For the balancer, and for all others; the same where there is only one."""
    all_of_them = sorted(os.sched_getaffinity(0))
    return {all_of_them[0]}, set(all_of_them[1:]) or {all_of_them[0]}


class Running:
    """A process, and what the kernel tells of it."""

    def __init__(self, command: list[str], port: int, cpus: set[int]):
        self.port = port
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        os.sched_setaffinity(self.process.pid, cpus)
        try:
            self.waits_until_it_answers(command[0])
        except Broken:
            self.stop()
            raise

    def waits_until_it_answers(self, name: str):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/128", timeout=1) as answer:
                    if len(answer.read()) == 128:
                        return
            except OSError:
                time.sleep(0.02)
        raise Broken(f"{name} does not answer")

    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid] + [int(pid) for pid in children.split()]

    def cpu_seconds(self) -> float:
        """That the scheduler charged to its threads, the work of the kernel for them included."""
        nanoseconds = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                nanoseconds += int((task / "schedstat").read_text().split()[0])
        return nanoseconds / 1e9

    def rss_mib(self) -> float:
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def written(template: str, folder: Path, **values: str) -> Path:
    text = (HERE / "peers" / template).read_text().replace("@FOLDER@", str(folder))
    for name, value in values.items():
        text = text.replace(f"@{name.upper()}@", value)
    folder.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o755)  # the workers of nginx may be of another user
    folder.chmod(0o755)
    path = folder / template
    path.write_text(text)
    return path


class Origin(Running):
    """SERVERS servers in one process; /N answers with a body of N octets."""

    def __init__(self, program: Path, cpus: set[int] | None = None):
        self.ports = [free_port() for _ in range(SERVERS)]
        super().__init__([str(program), *map(str, self.ports)], self.ports[0], cpus or processors()[1])

    def names(self, prefix: str = "", suffix: str = "") -> str:
        return "\n".join(
            f"{prefix.format(number)}127.0.0.1:{port}{suffix}" for number, port in enumerate(self.ports)
        )


def start_lb(origin: Origin, lb: Path, cpus: set[int], options: list[str]) -> Running:
    port = free_port()
    servers = ",".join(origin.names().split())
    command = [str(lb), "--host", "127.0.0.1", "--port", str(port), "--servers", servers, *options]
    return Running(command, port, cpus)


def start(name: str, origin: Origin, folder: Path, lb: Path) -> Running:
    if name == "lb":
        return start_lb(origin, lb, processors()[0], [])
    port = free_port()
    values = {"port": str(port)}
    if name == "haproxy":
        servers = origin.names("  server s{0} ", " check inter 10s pool-max-conn 4096")
        command = ["haproxy", "-f", str(written("haproxy.cfg", folder, servers=servers, **values)), "-db"]
    else:
        servers = origin.names("    server ", ";")
        command = ["nginx", "-c", str(written("nginx.conf", folder, servers=servers, **values))]
    return Running(command, port, processors()[0])
