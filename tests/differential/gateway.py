"""What a server behind a gateway must see of a message: the rules of RFC 9110 7.6 and those that
the README promises, written down once more and without a look at the code of lb."""

import re
from dataclasses import dataclass, field

from message import Fields, Message, members, split_absolute, values_of

# Of one hop, or about framing, which every hop writes anew (RFC 9110 7.6.1).
HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-connection", b"te", b"transfer-encoding",
    b"content-length", b"upgrade", b"http2-settings",
}  # fmt: skip
# What only the gateway itself may say about its client.
CLAIMS = {b"forwarded", b"x-real-ip"}
# A client cannot have these taken away by naming them in Connection.
NEVER_LISTED = {b"host", b"content-length", b"transfer-encoding", b"max-forwards", b"via"}
# Would come too late, or be believed, in a trailer section (RFC 9110 6.5.1).
NO_TRAILERS = HOP_BY_HOP | CLAIMS | NEVER_LISTED | {
    b"authorization", b"content-type", b"content-encoding", b"cookie", b"cache-control", b"range",
    b"expect", b"trailer", b"date", b"referer", b"user-agent",
}  # fmt: skip

OWN_VIA = b"<lb>"


@dataclass
class Seen:
    """A request as a server understood it, or must understand it."""

    method: bytes
    target: bytes
    host: bytes | None
    length: bytes | None  # the value of Content-Length
    coding: bytes | None  # the value of Transfer-Encoding
    body: bytes | None  # None: not known
    fields: Fields | None = None  # those that pass as they came; None: not known
    added: dict[bytes, list[bytes]] = field(default_factory=dict)  # those that a gateway makes
    trailers: Fields | None = None


def is_claim(name: bytes) -> bool:
    return name in CLAIMS or name.startswith(b"x-forwarded-")


def expected(message: Message, server_name: bytes) -> Seen:
    absolute = split_absolute(message.target)
    host = absolute[0] if absolute else next(iter(message.values(b"host")), None)
    return Seen(
        method=message.method,
        target=path_of(message, absolute),
        host=server_name if host is None else host,
        length=b"%d" % len(message.body) if message.framing == "length" else None,
        coding=b"chunked" if message.framing == "chunked" else None,
        body=message.body,
        fields=passed(message),
        added=added(message, host),
        trailers=[(name, value) for name, value in message.trailers if may_trail(name.lower())],
    )


def path_of(message: Message, absolute: tuple[bytes, bytes] | None) -> bytes:
    if absolute is None:
        return message.target
    path = absolute[1]
    if not path:
        return b"*" if message.method == b"OPTIONS" else b"/"  # RFC 9112 3.2.4
    return path if path.startswith(b"/") else b"/" + path


def passed(message: Message) -> Fields:
    listed = {name for name in message.options() if name not in NEVER_LISTED and not is_claim(name)}
    dropped = listed | HOP_BY_HOP | {b"host", b"via"}
    if message.minor == 0:
        dropped = dropped | {b"expect"}  # RFC 9110 10.1.1
    if forwards_left(message) is not None:
        dropped = dropped | {b"max-forwards"}
    return [
        (name, value)
        for name, value in message.fields
        if name.lower() not in dropped and not is_claim(name.lower())
    ]


def added(message: Message, host: bytes | None) -> dict[bytes, list[bytes]]:
    fields = {
        b"x-forwarded-for": [b"127.0.0.1"],
        b"x-forwarded-proto": [b"http"],
        b"via": message.values(b"via") + [b"1.%d %s" % (message.minor, OWN_VIA)],
    }
    if host:
        fields[b"x-forwarded-host"] = [host]
    if forwards_left(message) is not None:
        fields[b"max-forwards"] = [b"%d" % (forwards_left(message) - 1)]
    offer = [
        protocol
        for value in message.values(b"upgrade")
        for protocol in members(value)
        if protocol.split(b"/")[0].lower() != b"h2c"
    ]
    if message.minor >= 1 and b"upgrade" in message.options() and offer:
        fields[b"upgrade"] = [b", ".join(offer)]
        fields[b"connection"] = [b"Upgrade"]
    return fields


def forwards_left(message: Message) -> int | None:
    """Max-Forwards, where it counts (RFC 9110 7.6.2)."""
    values = message.values(b"max-forwards")
    if message.method in (b"TRACE", b"OPTIONS") and values and re.fullmatch(rb"[0-9]+", values[0]):
        return int(values[0])
    return None


def may_trail(name: bytes) -> bool:
    return name not in NO_TRAILERS and not is_claim(name)


def seen_from_fields(
    method: bytes, target: bytes, fields: Fields, body: bytes | None, trailers: Fields | None
) -> Seen:
    """Sorts the whole list of fields that a server reports."""
    fields = [(name, value.strip(b" \t")) for name, value in fields]
    made = set(added(Message(b"", b"", 1), b"x")) | {b"upgrade", b"connection"}
    if method in (b"TRACE", b"OPTIONS") and re.fullmatch(
        rb"[0-9]+", next(iter(values_of(fields, b"max-forwards")), b"")
    ):
        made.add(b"max-forwards")
    sorted_out = made | {b"host", b"content-length", b"transfer-encoding"}
    own = {name: values_of(fields, name) for name in made if values_of(fields, name)}
    if b"via" in own:
        own[b"via"] = [
            re.sub(rb"^(1\.[01]) lb-[0-9a-f]{8}$", rb"\1 " + OWN_VIA, v) for v in own[b"via"]
        ]
    return Seen(
        method=method,
        target=target,
        host=all_values(fields, b"host"),
        length=all_values(fields, b"content-length"),
        coding=all_values(fields, b"transfer-encoding"),
        body=body,
        fields=[(name, value) for name, value in fields if name.lower() not in sorted_out],
        added=own,
        trailers=trailers,
    )


def all_values(fields: Fields, name: bytes) -> bytes | None:
    """One value, or all that should have been one."""
    values = values_of(fields, name)
    return b" AND ".join(values) if values else None
