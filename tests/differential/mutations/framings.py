"""Lengths and codings that two readers may take for two different ends of a body."""

from grammar import Draft, Grammar
from mutations.registry import chunks, hidden_request, mutation, wire, with_lines, without_framing


@mutation
def both_framings(draft: Draft, grammar: Grammar) -> bytes:
    """CL.TE, TE.CL and TE.0, with a hidden request where the two readings part."""
    rng = grammar.rng
    content = draft.message.body[:50]
    body = chunks(content) + hidden_request(grammar)
    length = rng.choice([len(body), len(chunks(content)), len(content), 4, 0])
    added = [b"Content-Length: %d" % length, b"Transfer-Encoding: chunked"]
    rng.shuffle(added)
    return wire(draft, with_lines(draft, rng, added, without_framing(draft)), body)


@mutation
def odd_coding(draft: Draft, grammar: Grammar) -> bytes:
    """A Transfer-Encoding that some read as chunked and some do not, with or without a length."""
    rng = grammar.rng
    content = draft.message.body[:50]
    body = chunks(content) + (hidden_request(grammar) if rng.random() < 0.5 else b"")
    line = rng.choice(
        [
            b"Transfer-Encoding: xchunked",
            b"Transfer-Encoding: chunked, identity",
            b"Transfer-Encoding: identity",
            b"Transfer-Encoding: identity, chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Transfer-Encoding: chunked, chunked",
            b"Transfer-Encoding: chunked;q=1",
            b'Transfer-Encoding: "chunked"',
            b"Transfer-Encoding: chunked,",
            b"Transfer-Encoding: , chunked",
            b"Transfer-Encoding:",
            b"Transfer-Encoding: \x0bchunked",
            b"Transfer-Encoding: chunked\x0c",
            b"Transfer-Encoding:\x00chunked",
            b"Transfer-Encoding: chun\x00ked",
            b"Transfer-Encoding : chunked",
            b" Transfer-Encoding: chunked",
            b"Transfer-Encoding\t: chunked",
            b"Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow",
            b"Transfer-Encoding: chunked\r\nTransfer-encoding: chunked",
            b"Transfer_Encoding: chunked",
            b"Transfer-Encoding\x00: chunked",
            b"X: y\nTransfer-Encoding: chunked",
            b"X: y\rTransfer-Encoding: chunked",
            b"Transfer-Encoding:\r\n chunked",
            b"Transfer-Encoding: CHUNKED",
            b"TRANSFER-ENCODING:chunked ",
            b"Transfer-Encoding: chunked\x80",
            b"Transfer-Encoding: \xa0chunked",
            b"Content-Encoding: chunked",
        ]
    )
    added = [line] if rng.random() < 0.5 else [line, b"Content-Length: %d" % len(body)]
    rng.shuffle(added)
    return wire(draft, with_lines(draft, rng, added, without_framing(draft)), body)


@mutation
def coding_in_http_1_0(draft: Draft, grammar: Grammar) -> bytes:
    draft.version = b"HTTP/1.0"
    added = [b"Transfer-Encoding: chunked", b"Connection: keep-alive"]
    body = chunks(draft.message.body)
    return wire(draft, with_lines(draft, grammar.rng, added, without_framing(draft)), body)


@mutation
def odd_length(draft: Draft, grammar: Grammar) -> bytes:
    rng = grammar.rng
    body = draft.message.body[:60] + (hidden_request(grammar) if rng.random() < 0.3 else b"")
    n = len(body)
    value = rng.choice(
        [
            b"+%d",
            b"-%d",
            b"%d,%d",
            b"%d, %d",
            b"%d %d",
            b"0x%x",
            b"%d.0",
            b"%de0",
            b"%d;",
            b'"%d"',
            b"00000000000000000000%d",
        ]
        + [
            b"%d\x0b",
            b"\x0c%d",
            b"%d\0",
            b"1%025d",
            b"%d_0",
            b"\xb2%d",
            b"%d\xa0",
            b"0%d",
            b"%d,",
            b",%d",
        ]
    )
    value = value % ((n,) * value.replace(b"%%", b"").count(b"%"))
    if rng.random() < 0.15:
        value = rng.choice(
            [b"", b"abc", b"9223372036854775808", b"18446744073709551616", b"4294967296"]
        )
    return wire(
        draft, with_lines(draft, rng, [b"Content-Length: " + value], without_framing(draft)), body
    )


@mutation
def two_lengths(draft: Draft, grammar: Grammar) -> bytes:
    rng = grammar.rng
    hidden = hidden_request(grammar)
    body = draft.message.body[:40] + hidden
    first, second = rng.choice(
        [(0, 0), (len(hidden), 0), (0, len(hidden)), (len(hidden), len(hidden) - 1)]
    )
    names = rng.choice(
        [(b"Content-Length", b"Content-Length"), (b"Content-Length", b"content-length")]
        + [(b"Content-Length", b"Content-Length "), (b"Content-Length", b"Content_Length")]
    )
    added = [b"%s: %d" % (names[0], len(body) - first), b"%s: %d" % (names[1], len(body) - second)]
    return wire(draft, with_lines(draft, rng, added, without_framing(draft)), body)


@mutation
def length_moved(draft: Draft, grammar: Grammar) -> bytes:
    """A length that is plain but not that of what follows: the rest is another request, or none."""
    rng = grammar.rng
    body = draft.message.body[:100] + hidden_request(grammar)
    length = max(0, len(body) + rng.choice([-1, 1, 2, -2, 7, -len(body), 1000]))
    added = [b"Content-Length: %d" % length]
    return wire(draft, with_lines(draft, rng, added, without_framing(draft)), body)
