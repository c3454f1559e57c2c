"""Octets and line ends that are no part of the grammar."""

import re

from grammar import Draft, Grammar
from mutations.registry import (
    ODD_OCTETS,
    mutation,
    name_of,
    place_outside_tags,
    replace_at,
    wire,
    with_lines,
)


# ---- octets


@mutation
def odd_octet_inserted(draft: Draft, grammar: Grammar) -> bytes:
    head, rng = draft.head(), grammar.rng
    octet = bytes([rng.choice(ODD_OCTETS)])
    return replace_at(head, place_outside_tags(head, rng), 0, octet) + draft.body


@mutation
def octet_replaced(draft: Draft, grammar: Grammar) -> bytes:
    octets, rng = draft.wire(), grammar.rng
    new = rng.choice(ODD_OCTETS) if rng.random() < 0.7 else rng.randrange(256)
    return replace_at(octets, place_outside_tags(octets[:2000], rng), 1, bytes([new]))


@mutation
def octet_deleted(draft: Draft, grammar: Grammar) -> bytes:
    octets = draft.wire()
    return replace_at(octets, place_outside_tags(octets[:2000], grammar.rng), 1, b"")


@mutation
def odd_octet_in_target(draft: Draft, grammar: Grammar) -> bytes:
    rng, target = grammar.rng, draft.target
    octet = bytes([rng.choice(ODD_OCTETS + list(b'"<>^`{|}%#\\'))])
    draft.target = replace_at(target, place_outside_tags(target, rng), 0, octet)
    return draft.wire()


@mutation
def odd_octet_in_value(draft: Draft, grammar: Grammar) -> bytes:
    rng = grammar.rng
    octet = bytes([rng.choice([0, 10, 13, 11, 12, 127, 133, 160, 255])])
    line = b"X-Odd: a%sb" % octet
    if rng.random() < 0.3:
        line = b"X-Odd: a%sX-Smuggled: b" % rng.choice([b"\r", b"\n", b"\0", b"\r\r\n", b"\n\r"])
    return wire(draft, with_lines(draft, rng, [line]))


@mutation
def cut_short(draft: Draft, grammar: Grammar) -> bytes:
    octets = draft.wire()
    return octets[: grammar.rng.randrange(1, len(octets))]


# ---- lines


@mutation
def bare_line_end(draft: Draft, grammar: Grammar) -> bytes:
    octets, rng = draft.head(), grammar.rng
    ends = [match.start() for match in re.finditer(rb"\r\n", octets)]
    bare = rng.choice([b"\n", b"\r", b"\r\r\n", b"\n\n", b"\n\r\n"])
    return replace_at(octets, rng.choice(ends), 2, bare) + draft.body


@mutation
def all_line_ends_bare(draft: Draft, grammar: Grammar) -> bytes:
    return draft.head().replace(b"\r\n", b"\n") + draft.body


@mutation
def folded_line(draft: Draft, grammar: Grammar) -> bytes:
    rng = grammar.rng
    lines = list(draft.lines)
    at = rng.randrange(len(lines))
    fold = rng.choice([b" folded", b"\tfolded", b" Transfer-Encoding: chunked", b"  "])
    if rng.random() < 0.3 and b":" in lines[at]:
        name, value = lines[at].split(b":", 1)
        lines[at] = name + b":\r\n " + value
    else:
        lines[at] += b"\r\n" + fold
    return wire(draft, lines)


@mutation
def blank_around_name(draft: Draft, grammar: Grammar) -> bytes:
    rng, lines = grammar.rng, list(draft.lines)
    framing = [
        i
        for i, line in enumerate(lines)
        if name_of(line) in (b"content-length", b"transfer-encoding", b"host")
    ]
    at = rng.choice(framing if framing and rng.random() < 0.7 else range(len(lines)))
    name, _, value = lines[at].partition(b":")
    blank = rng.choice([b" ", b"\t", b"\x0b", b"\0", b"\r", b"  "])
    lines[at] = rng.choice([name + blank + b":", blank + name + b":", name + b":" + blank]) + value
    return wire(draft, lines)


@mutation
def line_without_colon(draft: Draft, grammar: Grammar) -> bytes:
    line = grammar.rng.choice(
        [b"junk", b": value", b"", b":", b"Transfer-Encoding chunked", b"(x): y"]
    )
    return wire(draft, with_lines(draft, grammar.rng, [line]))


@mutation
def empty_lines_before(draft: Draft, grammar: Grammar) -> bytes:
    return (
        grammar.rng.choice([b"\r\n", b"\r\n", b"\r\n" * 2, b"\r\n" * 3, b"\n", b"\r", b" "])
        + draft.wire()
    )
