"""python's http.server, told to serve every method and to write down what it understood.

usage: python_server.py RECORDS
"""

import json
import sys
from http.client import HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

records = open(sys.argv[1], "w")  # noqa: SIM115: as long as the process
lock = Lock()


def write_down(entry: dict) -> None:
    with lock:
        records.write(json.dumps(entry) + "\n")
        records.flush()


class Kept:
    """A stream that the reader of chunks cannot close."""

    def __init__(self, stream):
        self.read, self.readline, self.flush = stream.read, stream.readline, stream.flush

    def close(self):
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def serve(self):
        try:
            body, status = self.content(), "served"
        except (OSError, HTTPException):
            body, status = b"", "cut"
            self.close_connection = True
        write_down(
            {
                "status": status,
                "method": self.command,
                "target": self.requestline.split()[1],
                "fields": [list(item) for item in self.headers.items()],
                "body": body.decode("latin-1"),
            }
        )
        if status == "cut":
            return
        answer = b"" if self.command == "HEAD" else b"hello\n"
        self.send_response(200)
        self.send_header("X-Echo", self.headers.get("X-Request-Tag", ""))
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def content(self) -> bytes:
        """The body; http.server leaves it to its users, http.client knows how chunks are read."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            reader = HTTPResponse.__new__(HTTPResponse)
            reader.fp, reader.chunked, reader.chunk_left = Kept(self.rfile), True, None
            reader.length = reader.will_close = reader.debuglevel = None
            reader._method = "POST"
            return reader.read()
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:
            raise HTTPException("cut")
        return body

    def send_error(self, code, message=None, explain=None):
        line = getattr(self, "raw_requestline", b"").decode("latin-1")
        write_down({"status": "refused", "code": code, "why": message, "line": line})
        super().send_error(code, message, explain)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # a connection that lb has closed in the middle of a request


server = Server(("127.0.0.1", 0), Handler)
print(f"listening on {server.server_address[1]}", flush=True)
server.serve_forever()
