"""Chunked bodies that are not quite."""

from grammar import Draft, Grammar
from mutations.registry import hidden_request, mutation, wire, with_lines, without_framing


@mutation
def odd_chunks(draft: Draft, grammar: Grammar) -> bytes:
    rng = grammar.rng
    content = bytes(rng.choices(b"abc0\r\n", k=rng.randint(1, 20)))
    n, hidden = len(content), hidden_request(grammar)
    body = rng.choice(
        [
            b"0x%x\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"+%x\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"-%x\r\n%s\r\n0\r\n\r\n" % (n, content),
            b" %x\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"%x \r\n%s\r\n0\r\n\r\n" % (n, content),
            b"%x\t\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"%x\n%s\r\n0\r\n\r\n" % (n, content),
            b"%x\r\n%s\n0\r\n\r\n" % (n, content),
            b"%x\r\n%s0\r\n\r\n" % (n, content),
            b"%x\r\n%s\r\n0\n\n" % (n, content),
            b"%x\r\n%s\r\n0\r\n\n" % (n, content),
            b"%x\r\n%s\r\n0\r\n" % (n, content),
            b"%x\r\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"%x\r%s\r\n0\r\n\r\n" % (n, content),
            b"%x\r\n%sxx\r\n0\r\n\r\n" % (n, content),
            b"%x\r\n%s\r\n\r\n0\r\n\r\n" % (n + 1, content),
            b"%x\r\n%s\r\n0 \r\n\r\n" % (n, content),
            b"%x\r\n%s\r\n0;\r\n\r\n" % (n, content),
            b"%x\r\n%s\r\n00000000000000000\r\n\r\n" % (n, content),
            b"1000000000000000%x\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"ffffffffffffffff\r\n%s\r\n0\r\n\r\n" % content,
            b"8000000000000000\r\n%s\r\n0\r\n\r\n" % content,
            b"%xg\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"%x\0\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"%x\r\n%s\r\n\r\n" % (n, content),
            b"%d_0\r\n%s\r\n0\r\n\r\n" % (n, content),
            b"%x\r\n%s\r\n0\r\n%s" % (n, content, hidden),
            b"0\r\n%s\r\n" % hidden,
        ]
    )
    added = [b"Transfer-Encoding: chunked"]
    return wire(draft, with_lines(draft, rng, added, without_framing(draft)), body)


@mutation
def odd_extension(draft: Draft, grammar: Grammar) -> bytes:
    rng, hidden = grammar.rng, hidden_request(grammar)
    extension = rng.choice(
        [
            b";a\nb",
            b";a\r0\n",
            b";\0",
            b';a="\r\n',
            b';a="b',
            b"; a b",
            b";;",
            b" ;a",
            b";a=",
            b";=b",
            b"\n;a",
            b";\x7f",
        ]
        + [
            b";a\n" + hidden[:-4],
            b";" + b"x" * 1500,
            b";" + b"x" * 5000,
            b",a",
            b";a\x80",
            b"\x0b;a",
            b";a\r",
        ]
    )
    at_end = rng.random() < 0.3
    body = b"3%s\r\nabc\r\n0%s\r\n\r\n" % (
        b"" if at_end else extension,
        extension if at_end else b"",
    )
    added = [b"Transfer-Encoding: chunked"]
    return wire(draft, with_lines(draft, rng, added, without_framing(draft)), body)


@mutation
def odd_trailer(draft: Draft, grammar: Grammar) -> bytes:
    rng, hidden = grammar.rng, hidden_request(grammar)
    trailer = rng.choice(
        [
            b"X-T: a\nX-U: b\r\n",
            b"X-T : a\r\n",
            b" X-T: a\r\n",
            b"X-T: a\r\n b\r\n",
            b"junk\r\n",
            b"X-T: a\0b\r\n",
            b": x\r\n",
        ]
        + [
            b"Content-Length: 5\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Host: late\r\n",
            b"X-T: a\r\r\n",
            b"X-T: a\n",
        ]
        + [hidden, hidden[:-2], b"X-T: " + b"y" * 9000 + b"\r\n"]
    )
    body = b"3\r\nabc\r\n0\r\n" + trailer + b"\r\n"
    added = [b"Transfer-Encoding: chunked"]
    return wire(draft, with_lines(draft, rng, added, without_framing(draft)), body)
