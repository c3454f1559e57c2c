"""nginx. Its access log tells what it understood; a second server inside it answers, so that
the body is read."""

import getpass
import json
import re
import shutil
import signal
from pathlib import Path

from gateway import Seen
from message import values_of
from origins.leniency import is_odd_host, leads_out
from origins.ports import on_free_port
from origins.record import Record, octets
from reading import tag_of
from service import Service

CONFIGURATION = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/pid;
error_log stderr notice;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  log_format record escape=json '{{"status": $status, "method": "$request_method", '
    '"target": "$request_uri", "host": "$http_host", "length": "$http_content_length", '
    '"coding": "$http_transfer_encoding", "tag": "$http_x_request_tag", "body": "$request_body", '
    '"line": "$request"}}';
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  client_header_buffer_size 64k;
  large_client_header_buffers 8 64k;
  keepalive_timeout 600s;
  keepalive_requests 1000000;
  server {{
    listen 127.0.0.1:{port};
    access_log {folder}/records record;
    add_header X-Echo $http_x_request_tag always;
    location / {{ proxy_pass http://unix:{folder}/sink; }}
  }}
  server {{
    listen unix:{folder}/sink;
    location / {{ return 204; }}
  }}
}}
"""


class Nginx:
    name = "nginx"

    def __init__(self, folder: Path):
        self.folder = folder
        self.service = on_free_port(self.start)

    @staticmethod
    def is_installed() -> bool:
        return shutil.which("nginx", path="/usr/sbin:/usr/bin") is not None

    def start(self, port: int) -> Service:
        self.port = port
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=self.folder, port=port, user=getpass.getuser())
        )
        command = [
            "/usr/sbin/nginx",
            "-p",
            str(self.folder),
            "-c",
            str(configuration),
            "-e",
            "stderr",
        ]
        service = Service(command, reads="stderr")
        service.waits_for("start worker process ")
        return service

    def stop(self) -> list[Record]:
        self.service.stops(signal.SIGQUIT)  # after all that it has begun
        with (self.folder / "records").open("rb") as lines:
            return [record_from(line) for line in lines]

    def kill(self) -> None:
        self.service.kills()

    def may_refuse(self, seen: Seen) -> bool:
        # It knows no methods but of capitals, "_" and "-", and serves no TRACE.
        if not re.fullmatch(rb"[A-Z_-]+", seen.method) or seen.method == b"TRACE":
            return True
        # It decodes a path and refuses one with a NUL, or that leads out of the root.
        path = seen.target.split(b"?")[0].split(b"#")[0]
        if path == b"*" or b"%00" in path or leads_out(path) or is_odd_host(seen.host):
            return True
        # What may not be repeated with it may be with others.
        return len(values_of(seen.fields, b"expect")) > 1

    def breaks_promise(self, _: Record) -> bool:
        return False


def record_from(line: bytes) -> Record:
    """escape=json leaves octets from 0x80 on as they are."""
    text = line.decode("latin-1")
    entry = json.loads(text)
    tag = tag_of(octets(entry["line"]), [(b"X-Request-Tag", octets(entry["tag"]))])
    if entry["status"] >= 400:
        return Record("refused", tag, None, text)
    seen = Seen(
        method=octets(entry["method"]),
        target=octets(entry["target"]),
        host=octets(entry["host"]),
        length=octets(entry["length"]) or None,
        coding=octets(entry["coding"]) or None,
        body=octets(entry["body"]),
    )
    return Record("served", tag, seen, text)
