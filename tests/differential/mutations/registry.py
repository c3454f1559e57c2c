"""What mutations have in common."""

import random
import re
from typing import Callable

from grammar import Draft, Grammar
from message import ID_FIELD, ID_PATTERN

Mutation = Callable[[Draft, Grammar], bytes]
ALL: dict[str, Mutation] = {}

ODD_OCTETS = list(b'\0\1\b\t\n\v\f\r\x1c\x1f ",/:;@\\\x7f\x80\x85\xa0\xff')


def mutation(function: Mutation) -> Mutation:
    ALL[function.__name__] = function
    return function


def wire(draft: Draft, lines: list[bytes], body: bytes | None = None) -> bytes:
    """The draft with these lines, and perhaps another body."""
    start = b"%s %s %s" % (draft.method, draft.target, draft.version)
    head = b"\r\n".join([start, *lines]) + b"\r\n\r\n"
    return head + (draft.body if body is None else body)


def name_of(line: bytes) -> bytes:
    return line.split(b":")[0].strip().lower()


def without_framing(draft: Draft) -> list[bytes]:
    return [
        line
        for line in draft.lines
        if name_of(line) not in (b"content-length", b"transfer-encoding", b"expect")
    ]


def with_lines(draft: Draft, rng: random.Random, added: list[bytes], lines=None) -> list[bytes]:
    """These lines, in their order, at random places."""
    lines = list(draft.lines if lines is None else lines)
    places = sorted(rng.randint(0, len(lines)) for _ in added)
    for shift, (place, line) in enumerate(zip(places, added)):
        lines.insert(place + shift, line)
    return lines


def hidden_request(grammar: Grammar) -> bytes:
    tag = grammar.new_tag()
    return b"GET /%s HTTP/1.1\r\nHost: hidden\r\n%s: %s\r\n\r\n" % (tag, ID_FIELD, tag)


def chunks(content: bytes) -> bytes:
    return (b"%x\r\n%s\r\n" % (len(content), content) if content else b"") + b"0\r\n\r\n"


def replace_at(octets: bytes, at: int, old: int, new: bytes) -> bytes:
    return octets[:at] + new + octets[at + old :]


def place_outside_tags(octets: bytes, rng: random.Random) -> int:
    spans = [match.span() for match in re.finditer(ID_PATTERN, octets)]
    while True:
        at = rng.randrange(len(octets))
        if not any(begin < at < end for begin, end in spans):
            return at
