"""Debian's apache2. Its access log tells how it understood each head; it passes requests on to a
python server behind it, which writes down the bodies."""

import os
import re
import shutil
import signal
from pathlib import Path

from gateway import Seen
from message import values_of
from origins.leniency import is_odd_host, leads_out
from origins.ports import on_free_port
from origins.record import Record, octets
from origins.scripted import Python
from reading import tag_of
from service import Service

MODULES = "/usr/lib/apache2/modules"
CONFIGURATION = """
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog /dev/stderr
LogLevel notice
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule env_module {modules}/mod_env.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
{identity}
StartServers 1
ServerLimit 1
ThreadLimit 100
ThreadsPerChild 100
MaxRequestWorkers 100
MinSpareThreads 1
MaxSpareThreads 100
KeepAlive On
KeepAliveTimeout 600
MaxKeepAliveRequests 0
LimitRequestLine 100000
LimitRequestFieldSize 100000
LimitRequestFields 300
AllowEncodedSlashes NoDecode
MergeSlashes Off
ProxyPreserveHost On
SetEnv proxy-sendcl 1
ProxyPass / http://127.0.0.1:{behind}/ nocanon
Header always set X-Echo "expr=%{{HTTP:X-Request-Tag}}"
LogFormat "%>s\\t%m\\t%r\\t%{{Host}}i\\t%{{Content-Length}}i\\t%{{Transfer-Encoding}}i\\t%{{X-Request-Tag}}i" record
CustomLog {folder}/access record
"""


class Apache2:
    name = "apache2"

    def __init__(self, folder: Path):
        self.folder = folder
        self.behind = Python(folder)
        try:
            self.service = on_free_port(self.start)
        except BaseException:
            self.behind.kill()
            raise

    @staticmethod
    def is_installed() -> bool:
        return shutil.which("apache2", path="/usr/sbin:/usr/bin") is not None

    def start(self, port: int) -> Service:
        self.port = port
        configuration = self.folder / "apache2.conf"
        identity = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder,
                port=port,
                behind=self.behind.port,
                modules=MODULES,
                identity=identity,
            )
        )
        command = ["/usr/sbin/apache2", "-f", str(configuration), "-DFOREGROUND"]
        service = Service(command, reads="stderr")
        service.waits_for("resuming normal operations")
        return service

    def stop(self) -> list[Record]:
        self.service.stops(signal.SIGWINCH)  # after all that it has begun
        behind = {record.tag: record for record in self.behind.stop()}
        records = []
        with (self.folder / "access").open("rb") as lines:
            for line in lines:
                record = record_from(line.rstrip(b"\n"))
                complete(record, behind.pop(record.tag, None))
                records.append(record)
        # What it passed on and does not know of.
        return records + [record for record in behind.values() if record.status == "served"]

    def kill(self) -> None:
        self.service.kills()
        self.behind.kill()

    def may_refuse(self, seen: Seen) -> bool:
        expectations = [value.lower() for value in values_of(seen.fields, b"expect")]
        if seen.method == b"TRACE" or any(value != b"100-continue" for value in expectations):
            return True
        path = seen.target.split(b"?")[0]
        odd = b"%00" in path or b"%25" in path or leads_out(path)
        return odd or is_odd_host(seen.host)

    def breaks_promise(self, record: Record) -> bool:
        """After a 417 it ends the connection, without the Connection: close that would say so."""
        return record.text.startswith("417\t")


def record_from(line: bytes) -> Record:
    status, method, request, host, length, coding, tag = map(unescaped, line.split(b"\t"))
    named = tag_of(request, [(b"X-Request-Tag", tag)])
    text = line.decode("latin-1")
    if int(status) >= 400:
        return Record("refused", named, None, text)
    seen = Seen(
        method=method,
        target=request.split(b" ")[1],
        host=host,
        length=None if length == b"-" else length,
        coding=None if coding == b"-" else coding,
        body=None,
    )
    return Record("served", named, seen, text)


def complete(record: Record, behind: Record | None) -> None:
    if behind is None or behind.seen is None:
        return
    record.text += f"; behind it {behind.text}"
    if record.seen is None:
        return
    record.seen.body = behind.seen.body


def unescaped(text: bytes) -> bytes:
    """What ap_escape_logitem made of it, undone."""
    simple = {
        b"n": b"\n",
        b"t": b"\t",
        b"r": b"\r",
        b"b": b"\b",
        b"v": b"\v",
        b'"': b'"',
        b"\\": b"\\",
    }
    return re.sub(
        rb"\\(x[0-9a-f]{2}|.)",
        lambda match: simple.get(match[1]) or octets(chr(int(match[1][1:], 16))),
        text,
    )
