"""A strict reading of the octets of one connection, from RFC 9110 and 9112 alone.

It is the second opinion about octets that were damaged on purpose: what they say, if anything. It
never repairs, and it never asks lb.
"""

import re
from dataclasses import dataclass

from message import Fields, ID_FIELD, ID_PATTERN, Message, split_absolute, values_of

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
PCT = rb"%[0-9A-Fa-f]{2}"
PCHAR = rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|" + PCT + rb")"
PATH = rb"(?:/" + PCHAR + rb"*)+"
QUERY = rb"(?:\?(?:" + PCHAR + rb"|[/?])*)?"
NAME = rb"(?:[A-Za-z0-9\-._~!$&'()*+;=]|" + PCT + rb")+"
H16 = rb"[0-9A-Fa-f]{1,4}"
IP_LITERAL = rb"\[(?:" + H16 + rb":){7}" + H16 + rb"\]|\[::\]|\[::1\]|\[2001:db8::[0-9a-f]{1,4}\]"
AUTHORITY = rb"(?:" + NAME + rb"|" + IP_LITERAL + rb")(?::([0-9]*))?"
QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
EXTENSIONS = (
    rb"(?:[ \t]*;[ \t]*" + TOKEN + rb"(?:[ \t]*=[ \t]*(?:" + TOKEN + rb"|" + QUOTED + rb"))?)*"
)

LENGTH_MAX = 2**63 - 1
HEAD_BYTES_DOUBTFUL = 15 * 1024
FIELDS_DOUBTFUL = 95
TRAILER_BYTES_DOUBTFUL = 8000


class Illegal(Exception):
    """Octets that no recipient may take for (the next part of) a request."""


class Cut(Exception):
    """The stream ends before the request does."""


@dataclass
class Reading:
    # legal: must be forwarded. doubtful: may be refused, or forwarded just so. illegal: must be
    # refused. cut: must not reach a server as a whole.
    verdict: str
    why: str
    message: Message | None = None  # as far as it was read; None: not even the head
    head_whole: bool = False

    def tag(self) -> bytes | None:
        return tag_of(self.message.target, self.message.fields) if self.message else None


def tag_of(target: bytes, fields: Fields) -> bytes | None:
    """The id of a request: what its field says, or else its target."""
    for text in values_of(fields, ID_FIELD.lower()) + [target]:
        match = re.search(ID_PATTERN, text)
        if match:
            return match[0]
    return None


def read_connection(stream: bytes) -> list[Reading]:
    """All requests up to the first after which the connection ends."""
    readings = []
    at = 0
    while at < len(stream):
        reader = Reader(stream, at)
        reading = reader.read()
        readings.append(reading)
        if reading.verdict in ("illegal", "cut") or not reading.message.keeps_alive():
            break
        at = reader.at
    return readings


class Reader:
    def __init__(self, stream: bytes, at: int):
        self.stream = stream
        self.at = at
        self.doubts: list[str] = []
        self.message: Message | None = None
        self.head_whole = False

    def read(self) -> Reading:
        try:
            self.read_head()
            self.head_whole = True
            self.read_body()
        except Illegal as error:
            return Reading("illegal", str(error), self.message, self.head_whole)
        except Cut as error:
            return Reading("cut", str(error), self.message, self.head_whole)
        if self.doubts:
            return Reading("doubtful", ", ".join(self.doubts), self.message, True)
        return Reading("legal", "", self.message, True)

    def doubt(self, why: str, when: object = True) -> None:
        if when:
            self.doubts.append(why)

    # ---- lines

    def line(self) -> bytes:
        """The octets up to the next CRLF; a bare CR or LF is no end of a line (RFC 9112 2.2)."""
        match = re.compile(rb"[\r\n]").search(self.stream, self.at)
        if not match:
            text = self.stream[self.at :]
            self.at = len(self.stream)
            raise Cut(f"ends within a line: {text[:40]!r}")
        begin, end = self.at, match.start()
        if self.stream[end : end + 2] == b"\r\n":
            self.at = end + 2
            return self.stream[begin:end]
        if self.stream[end:] == b"\r":
            raise Cut("ends within a line end")
        raise Illegal("bare CR or LF")

    # ---- the head

    def read_head(self) -> None:
        blank_lines = 0
        while self.stream[self.at : self.at + 2] == b"\r\n":  # RFC 9112 2.2
            self.at += 2
            blank_lines += 1
        self.doubt("several empty lines before it", blank_lines > 1)
        if self.at == len(self.stream):
            raise Cut("empty")
        begin = self.at
        self.read_request_line()
        self.message.fields = self.read_fields()
        self.doubt("long head", self.at - begin > HEAD_BYTES_DOUBTFUL)
        self.doubt("many fields", len(self.message.fields) > FIELDS_DOUBTFUL)
        self.check_target()
        self.check_host()
        self.decide_framing()
        forwards = self.message.values(b"max-forwards")
        self.doubt("goes no further", forwards and not forwards[0].strip(b"0"))
        self.doubt("repeated Max-Forwards", len(forwards) > 1)

    def read_request_line(self) -> None:
        line = self.line()
        match = re.fullmatch(
            rb"(" + TOKEN + rb") ([^ \t\r\n\x00-\x20\x7f]+) HTTP/([0-9])\.([0-9])", line
        )
        if not match:
            raise Illegal("malformed request line")
        method, target, major, minor = match.groups()
        if major != b"1":
            raise Illegal("another major version")
        self.doubt("a later minor version", minor > b"1")
        self.message = Message(method, target, int(minor))

    def read_fields(self) -> Fields:
        fields = []
        while line := self.line():
            name, colon, value = line.partition(b":")
            if not colon or not re.fullmatch(TOKEN, name):
                raise Illegal("malformed field line")  # folded ones too (RFC 9112 5.2)
            if b"\0" in value:
                raise Illegal("NUL in a field value")
            self.doubt("control in a field value", re.search(rb"[\x01-\x08\x0b-\x1f\x7f]", value))
            fields.append((name, value.strip(b" \t")))
        return fields

    def check_target(self) -> None:
        method, target = self.message.method, self.message.target
        if method == b"CONNECT":
            raise Illegal("CONNECT is for proxies")
        if target == b"*" and method == b"OPTIONS":
            return
        if target.startswith(b"/"):
            self.doubt("odd octet in the target", not re.fullmatch(PATH + QUERY, target))
            return
        absolute = split_absolute(target)
        if absolute is None:
            raise Illegal("no form of a target")
        authority, path = absolute
        self.check_authority(authority, "malformed authority in the target")
        strict = re.fullmatch(rb"(?:" + PATH + rb")?" + QUERY, path)
        self.doubt("odd octet in the target", not strict)
        if path.startswith(b"#"):
            raise Illegal("a fragment is no part of a target")

    def check_authority(self, text: bytes, why: str) -> None:
        match = re.fullmatch(AUTHORITY, text)
        if not match:
            if (
                re.search(rb"[^!-~]|[/?#@\\\"<>^`{|}]", text)
                or text.count(b":") > 1
                and b"[" not in text
            ):
                raise Illegal(why)
            self.doubt(why)  # of no kind that this grammar lists: nobody needs to serve it
        elif match[1]:
            self.doubt("no port", int(match[1]) > 65535)

    def check_host(self) -> None:
        hosts = self.message.values(b"host")
        if len(hosts) > 1 or (not hosts and self.message.minor >= 1):
            raise Illegal("not one Host")  # RFC 9112 3.2
        for host in hosts:
            self.doubt("empty Host", not host)
            if host:
                self.check_authority(host, "malformed Host")

    # RFC 9112 6.3; where it leaves a choice, the README has made it: what is ambiguous is refused.
    def decide_framing(self) -> None:
        lengths = self.message.values(b"content-length")
        codings = self.message.values(b"transfer-encoding")
        if codings and lengths:
            raise Illegal("Content-Length and Transfer-Encoding")
        if len(lengths) > 1:
            raise Illegal("repeated Content-Length")
        if lengths:
            if not re.fullmatch(rb"[0-9]+", lengths[0]) or int(lengths[0]) > LENGTH_MAX:
                raise Illegal("malformed Content-Length")
            self.doubt("long Content-Length", len(lengths[0]) > 19)
            self.message.framing = "length"
        if codings:
            if self.message.minor == 0:
                raise Illegal("Transfer-Encoding in HTTP/1.0")
            if b",".join(codings).strip(b" \t,").lower() != b"chunked":
                raise Illegal("not just chunked")
            self.doubt("empty member of Transfer-Encoding", codings[0].lower() != b"chunked")
            self.doubt("repeated Transfer-Encoding", len(codings) > 1)
            self.message.framing = "chunked"

    # ---- the body

    def read_body(self) -> None:
        if self.message.framing == "length":
            length = int(self.message.values(b"content-length")[0])
            self.take(length)
        elif self.message.framing == "chunked":
            while self.read_chunk():
                pass
            begin = self.at
            self.message.trailers = self.read_fields()
            self.doubt("long trailers", self.at - begin > TRAILER_BYTES_DOUBTFUL)

    def read_chunk(self) -> bool:
        line = self.line()
        match = re.fullmatch(rb"([0-9A-Fa-f]+)(.*)", line, re.DOTALL)
        if not match:
            raise Illegal("malformed chunk size")
        digits, extensions = match.groups()
        size = int(digits, 16)
        if size > LENGTH_MAX:
            raise Illegal("chunk size too large")
        self.doubt("long chunk size", len(digits) > 16)
        if extensions and not extensions.lstrip(b" \t").startswith(b";"):
            raise Illegal("no extension after a chunk size")
        if b"\0" in extensions:
            raise Illegal("NUL in a chunk extension")
        self.doubt("malformed extension", not re.fullmatch(EXTENSIONS, extensions))
        self.doubt("long extension", len(extensions) > 1000)
        if size == 0:
            return False
        self.take(size)
        end = self.stream[self.at : self.at + 2]
        if not b"\r\n".startswith(end):
            raise Illegal("chunk is not as long as its size")
        if end != b"\r\n":
            raise Cut("ends within the end of a chunk")
        self.at += 2
        return True

    def take(self, size: int) -> None:
        data = self.stream[self.at : self.at + size]
        self.message.body += data
        self.at += len(data)
        if len(data) < size:
            raise Cut("ends within the body")
