"""Draws requests that are legal because they are built by the grammar of RFC 9110, 9112 and 3986.

A request comes as a draft: its parts as they go over the wire, for mutations to damage, and the
message that they mean.
"""

import random
import string
from dataclasses import dataclass

from message import Fields, ID_FIELD, Message

METHODS = ["GET"] * 6 + ["POST"] * 6 + ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
RARE_METHODS = ["PROPFIND", "REPORT", "M-SEARCH", "LOCK", "MKCOL", "PURGE", "X-y!z", "get", "BREW"]

LETTERS_DIGITS = string.ascii_letters + string.digits
TOKEN = "!#$%&'*+-.^_`|~" + LETTERS_DIGITS
PCHAR = "-._~!$&'()*+,;=:@" + LETTERS_DIGITS
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))

# Names that a gateway or a server of the test treats in a way of its own.
SPECIAL = {
    "host", "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "trailer",
    "content-length", "upgrade", "http2-settings", "expect", "max-forwards", "via", "forwarded",
    "x-real-ip", "range", "proxy", "date", ID_FIELD.decode().lower(),
}  # fmt: skip
# Names that may not be repeated: their values are no lists.
SINGLE = {"User-Agent", "Content-Type", "Referer", "Authorization"}


@dataclass
class Draft:
    tag: bytes
    method: bytes
    target: bytes
    version: bytes
    lines: list[bytes]  # of the head, without line ends
    body: bytes  # as it goes over the wire
    message: Message

    def head(self) -> bytes:
        start = b"%s %s %s" % (self.method, self.target, self.version)
        return b"\r\n".join([start, *self.lines]) + b"\r\n\r\n"

    def wire(self) -> bytes:
        return self.head() + self.body


class Grammar:
    def __init__(self, rng: random.Random):
        self.rng = rng
        self.tags: list[bytes] = []

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def new_tag(self) -> bytes:
        tag = b"%016x" % self.rng.getrandbits(64)
        self.tags.append(tag)
        return tag

    # ---- text

    def text(self, alphabet: str, low: int, high: int) -> str:
        return "".join(self.rng.choices(alphabet, k=self.rng.randint(low, high)))

    def token(self, high: int = 12) -> str:
        return self.text(TOKEN, 1, high)

    def pchars(self, high: int) -> str:
        """Characters of a path, some of them percent-encoded."""
        return "".join(
            f"%{self.rng.randrange(256):02{self.rng.choice('xX')}}"
            if self.chance(0.06)
            else self.rng.choice(PCHAR)
            for _ in range(self.rng.randint(0, high))
        )

    def value(self) -> str:
        """field-content, or nothing (RFC 9110 5.5)."""
        if self.chance(0.08):
            return ""
        inner = VISIBLE + " \t" if self.chance(0.5) else LETTERS_DIGITS + " ,;=/\"'"
        if self.chance(0.1):
            inner += "".join(map(chr, range(0x80, 0x100)))
        text = self.text(inner, 1, self.rng.choice([8, 40, 300])).strip(" \t")
        return text or "v"

    # ---- targets and hosts

    def authority(self) -> str:
        label = LETTERS_DIGITS + "-"
        host = self.rng.choice(
            [
                "localhost",
                "Example.COM",
                "127.0.0.1",
                "[::1]",
                "[2001:db8::7]",
                ".".join("h" + self.text(label, 0, 9) + "t" for _ in range(3)),
            ]
        )
        return host + (f":{self.rng.randint(1, 65535)}" if self.chance(0.4) else "")

    def path(self, tag: str) -> str:
        segments = [self.pchars(12) for _ in range(self.rng.randint(0, 3))]
        if self.chance(0.04):
            segments.append(self.rng.choice([".", "..", "", "%2e%2e", "%2F", "a%00b"]))
        segments.insert(self.rng.randint(0, len(segments)), tag)
        return "/" + "/".join(segments)

    def query(self) -> str:
        if self.chance(0.6):
            return ""
        return "?" + "".join(
            self.rng.choice([self.pchars(6), "/", "?", "&", "="]) for _ in range(4)
        )

    def target(self, method: str, tag: str) -> tuple[str, str]:
        """A request target, and the Host that goes with it."""
        host = self.authority()
        if method == "OPTIONS" and self.chance(0.3):
            return "*", host
        path = self.path(tag) + self.query()
        if self.chance(0.12):
            scheme = self.rng.choice(["http", "http", "HTTP", "https"])
            if self.chance(0.2):
                path = f"?tag={tag}"
            return f"{scheme}://{host}{path}", host if self.chance(0.7) else self.authority()
        return path, host

    # ---- fields

    def name(self) -> str:
        if self.chance(0.5):
            return self.rng.choice(
                ["Accept", "User-Agent", "Cookie", "Content-Type", "Referer", "accept-language"]
                + ["X-Custom", "X-Custom", "Authorization", "Content-Encoding", "X-Forwarded"]
            )
        name = self.token()
        return "X" + name if name.lower() in SPECIAL or name.lower().startswith("x-forw") else name

    def plain_fields(self) -> list[tuple[str, str]]:
        many = 60 if self.chance(0.01) else 6
        fields = [(self.name(), self.value()) for _ in range(self.rng.randint(0, many))]
        return [
            (name, value)
            for place, (name, value) in enumerate(fields)
            if name not in SINGLE or name not in [before for before, _ in fields[:place]]
        ]

    def special_fields(self) -> list[tuple[str, str]]:
        """Fields that a gateway must not just pass on."""
        claims = [
            ("X-Forwarded-For", "10.1.2.3"),
            ("x-forwarded-proto", "https"),
            ("X-Forwarded-Host", "elsewhere.test"),
            ("X-Forwarded-Port", "1"),
            ("Forwarded", "for=10.1.2.3;host=elsewhere.test"),
            ("X-Real-IP", "10.1.2.3"),
            ("Via", "1.1 other"),
            ("via", "1.0 fred, 1.1 p.example"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Connection", "keep-alive"),
            ("TE", "trailers"),
            ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
            ("Upgrade", "example/1"),
            ("Max-Forwards", str(self.rng.randint(1, 70))),
        ]
        return self.rng.sample(claims, self.rng.randint(1, 3))

    def connection_fields(self, fields: list[tuple[str, str]], minor: int) -> list[tuple[str, str]]:
        options = []
        if minor == 0 and self.chance(0.6):
            options.append("keep-alive")
        if self.chance(0.05):
            options.append(self.rng.choice(["close", "Close"]))
        if self.chance(0.1):
            options.append("Keep-Alive")
        listed = [name for name, _ in fields if name.lower() not in SPECIAL]
        if listed and self.chance(0.2):
            options.append(self.rng.choice(listed))
        if self.chance(0.08):
            options += [self.rng.choice(["Host", "Content-Length", "Via", "X-Forwarded-For", "TE"])]
        if not options:
            return []
        self.rng.shuffle(options)
        if len(options) > 1 and self.chance(0.3):
            return [("Connection", options[0]), ("connection", ", ".join(options[1:]))]
        return [("Connection", self.rng.choice([", ", ",", " , ,"]).join(options))]

    def line(self, name: str, value: str) -> bytes:
        before = " " if self.chance(0.8) else self.text(" \t", 0, 3)
        after = "" if self.chance(0.9) else self.text(" \t", 0, 3)
        return f"{name}:{before}{value}{after}".encode("latin-1")

    # ---- bodies

    def content(self) -> bytes:
        size = self.rng.choice([0, 1, 5, 17, 200, 3000])
        if self.chance(0.01):
            size = self.rng.randint(20_000, 80_000)
        size = self.rng.randint(0, size)
        if self.chance(0.15):
            # What would be a request of its own if a server cut the body elsewhere.
            hidden = self.new_tag()
            return b"GET /%s HTTP/1.1\r\nHost: hidden\r\n%s: %s\r\n\r\n" % (
                hidden,
                ID_FIELD,
                hidden,
            )
        if self.chance(0.3):
            return bytes(self.rng.choices(b"0\r\n:; GETaf", k=size))
        return self.rng.randbytes(size)

    def extension(self) -> bytes:
        text = self.rng.choice(["", " "]) + ";" + self.token(6)
        if self.chance(0.6):
            text += "=" + self.rng.choice([self.token(6), '"a \\" ; b"', '""'])
        return text.encode()

    def chunked(self, content: bytes, trailers: list[tuple[str, str]]) -> bytes:
        wire = b""
        while content:
            size = self.rng.randint(1, self.rng.choice([1, 16, 1000, 100_000]))
            if len(wire) > 4000:
                size = len(content)
            piece, content = content[:size], content[size:]
            digits = f"{len(piece):{self.rng.choice(['x', 'X', '04x'])}}".encode()
            wire += digits + (self.extension() if self.chance(0.1) else b"") + b"\r\n"
            wire += piece + b"\r\n"
        wire += self.rng.choice([b"0", b"0", b"000"])
        wire += (self.extension() if self.chance(0.1) else b"") + b"\r\n"
        return wire + b"".join(self.line(*field) + b"\r\n" for field in trailers) + b"\r\n"

    def trailers(self) -> list[tuple[str, str]]:
        if self.chance(0.7):
            return []
        fields = [
            ("X-Trailer-" + self.token(4), self.value()) for _ in range(self.rng.randint(1, 3))
        ]
        if self.chance(0.3):
            fields.append(self.rng.choice([("Content-Length", "3"), ("Host", "late.test")]
                                          + [("Transfer-Encoding", "gzip"), ("Authorization", "x")]
                                          + [("X-Forwarded-For", "10.0.0.1")]))  # fmt: skip
        return fields

    # ---- requests

    def request(self, keeps_alive: bool = False) -> Draft:
        """A legal request; if asked, one after which the connection goes on."""
        while True:
            draft = self.any_request()
            if not keeps_alive or draft.message.keeps_alive():
                return draft

    def any_request(self) -> Draft:
        tag = self.new_tag()
        method = self.rng.choice(RARE_METHODS if self.chance(0.05) else METHODS)
        minor = 0 if self.chance(0.08) else 1
        target, host = self.target(method, tag.decode())
        fields = self.plain_fields()
        if self.chance(0.25):
            fields += self.special_fields()
        fields += self.connection_fields(fields, minor)
        if minor == 1 or self.chance(0.7):
            fields.append((self.cased("Host"), host))
        fields.append((ID_FIELD.decode(), tag.decode()))
        framing, content = self.framing(method, minor)
        trailers = self.trailers() if framing == "chunked" else []
        if framing == "length":
            zeros = "00" if self.chance(0.03) else ""
            fields.append((self.cased("Content-Length"), f"{zeros}{len(content)}"))
        elif framing == "chunked":
            coding = self.rng.choice(["chunked", "chunked", "Chunked"])
            fields.append((self.cased("Transfer-Encoding"), coding))
            if trailers and self.chance(0.5):
                fields.append(("Trailer", ", ".join(name for name, _ in trailers)))
        if framing != "none" and minor == 1 and self.chance(0.05):
            fields.append(("Expect", "100-continue"))
        self.rng.shuffle(fields)
        return self.draft(tag, method, target, minor, fields, framing, content, trailers)

    def cased(self, name: str) -> str:
        return self.rng.choice([name, name, name, name.lower(), name.upper()])

    def framing(self, method: str, minor: int) -> tuple[str, bytes]:
        with_body = 0.15 if method in ("GET", "HEAD", "OPTIONS", "DELETE") else 0.9
        if method == "TRACE" or not self.chance(with_body):  # RFC 9110 9.3.8
            return "none", b""
        return "length" if minor == 0 or self.chance(0.5) else "chunked", self.content()

    def draft(self, tag, method, target, minor, fields, framing, content, trailers) -> Draft:
        wire = self.chunked(content, trailers) if framing == "chunked" else content
        message = Message(
            method.encode(), target.encode(), minor, encoded(fields), framing, content,
            encoded(trailers),
        )  # fmt: skip
        return Draft(
            tag=tag,
            method=message.method,
            target=message.target,
            version=b"HTTP/1.%d" % minor,
            lines=[self.line(name, value) for name, value in fields],
            body=wire,
            message=message,
        )


def encoded(fields: list[tuple[str, str]]) -> Fields:
    return [(name.encode(), value.encode("latin-1")) for name, value in fields]
