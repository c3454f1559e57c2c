"""A request as its sender meant it, whoever wrote or read it."""

from dataclasses import dataclass, field

Fields = list[tuple[bytes, bytes]]

# Every request carries one of these, in its target and in this field; no two are equal, and nobody
# who only knows lb can guess one.
ID_FIELD = b"X-Request-Tag"
ID_PATTERN = rb"[0-9a-f]{16}"


@dataclass
class Message:
    method: bytes
    target: bytes  # as in the request line
    minor: int  # of HTTP/1.x
    fields: Fields = field(default_factory=list)
    framing: str = "none"  # or "length", "chunked"
    body: bytes = b""
    trailers: Fields = field(default_factory=list)

    def values(self, name: bytes) -> list[bytes]:
        return values_of(self.fields, name)

    def options(self) -> list[bytes]:
        """The members of Connection, in lower case."""
        return [member.lower() for value in self.values(b"connection") for member in members(value)]

    def keeps_alive(self) -> bool:
        """Whether another request may follow on this connection (RFC 9112 9.3)."""
        options = self.options()
        return b"close" not in options and (self.minor >= 1 or b"keep-alive" in options)


def values_of(fields: Fields, name: bytes) -> list[bytes]:
    return [value for key, value in fields if key.lower() == name]


def members(value: bytes) -> list[bytes]:
    """The members of a comma list; empty ones do not count (RFC 9110 5.6.1)."""
    parts = (part.strip(b" \t") for part in value.split(b","))
    return [part for part in parts if part]


def split_absolute(target: bytes) -> tuple[bytes, bytes] | None:
    """The authority of an absolute-form target, and all that follows it."""
    for scheme in (b"http://", b"https://"):
        if target[: len(scheme)].lower() == scheme:
            rest = target[len(scheme) :]
            end = min((rest.find(c) for c in (b"/", b"?", b"#") if c in rest), default=len(rest))
            return rest[:end], rest[end:]
    return None
