"""Request lines and fields that say odd things."""

from grammar import Draft, Grammar
from mutations.registry import mutation, name_of, wire, with_lines


# ---- the request line


@mutation
def odd_version(draft: Draft, grammar: Grammar) -> bytes:
    draft.version = grammar.rng.choice(
        [
            b"HTTP/1.2",
            b"HTTP/1.9",
            b"HTTP/2.0",
            b"HTTP/0.9",
            b"HTTP/1",
            b"HTTP/1.",
            b"HTTP/1.10",
            b"",
            b"HTTP/3",
        ]
        + [
            b"http/1.1",
            b"HTTP/01.1",
            b"HTTP/1.1 ",
            b"HTTP/+1.1",
            b"HTTP/1,1",
            b"HTTPS/1.1",
            b" HTTP/1.1",
        ]
        + [b"HTTP/11", b"HTTP /1.1", b"x HTTP/1.1", b"ICAP/1.0", b"HTTP/1.1\t", b"HTTP/1.0"]
    )
    return draft.wire()


@mutation
def odd_request_line(draft: Draft, grammar: Grammar) -> bytes:
    method, target, version = draft.method, draft.target, draft.version
    start = grammar.rng.choice(
        [
            b"%s  %s %s" % (method, target, version),
            b"%s\t%s %s" % (method, target, version),
            b"%s %s\t%s" % (method, target, version),
            b" %s %s %s" % (method, target, version),
            b"%s %s" % (method, target),
            b"%s %s" % (target, version),
            b"%s" % target,
            b"%s: %s %s" % (method, target, version),
            b"%s\0 %s %s" % (method, target, version),
            b"(%s) %s %s" % (method, target, version),
            b"%s %s %s %s" % (method, target, version, version),
            b"PRI * HTTP/2.0",
        ]
    )
    return (
        start + draft.head().partition(b"\r\n")[1] + draft.head().partition(b"\r\n")[2] + draft.body
    )


@mutation
def odd_target(draft: Draft, grammar: Grammar) -> bytes:
    tag = draft.tag
    draft.target = grammar.rng.choice(
        [
            b"%s" % tag,
            b"\\%s" % tag,
            b"http:/%s" % tag,
            b"http:///%s" % tag,
            b"http://user@host/%s" % tag,
            b"http://a:b@host:1/%s" % tag,
            b"http://host:port/%s" % tag,
            b"http://host:99999/%s" % tag,
            b"http://[::1/%s" % tag,
            b"http://a,b/%s" % tag,
            b"http://a b/%s" % tag,
            b"http://host#%s" % tag,
            b"http://host?%s" % tag,
            b"http://host\\%s" % tag,
            b"ftp://host/%s" % tag,
            b"host.%s:80" % tag,
            b"//%s/x" % tag,
            b"/%s#fragment" % tag,
            b"/%s/%%zz" % tag,
            b"?%s" % tag,
            b"*/%s" % tag,
            b"/%s/../../x" % tag,
        ]
    )
    return draft.wire()


@mutation
def connect(draft: Draft, grammar: Grammar) -> bytes:
    draft.method = b"CONNECT"
    if grammar.chance(0.5):
        draft.target = b"%s.test:443" % draft.tag
    return draft.wire()


# ---- Host


@mutation
def host_damaged(draft: Draft, grammar: Grammar) -> bytes:
    rng = grammar.rng
    lines = [line for line in draft.lines if name_of(line) != b"host"]
    bad = [
        b"a b",
        b"a,b",
        b"a/b",
        b"user@a",
        b"a:b",
        b"a:99999",
        b"[::1",
        b"a\\b",
        b"a?b",
        b"",
        b"a#b",
        b"a:1:2",
    ]
    kind = rng.randrange(4)
    if kind == 0:
        return wire(draft, lines)
    if kind == 1:
        return wire(draft, with_lines(draft, rng, [b"Host: " + rng.choice(bad)], lines))
    second = rng.choice([b"Host: other.test", b"host: other.test", b"HOST:", b"Host : other.test"])
    return wire(draft, with_lines(draft, rng, [second]))


# ---- other fields


@mutation
def odd_expectation(draft: Draft, grammar: Grammar) -> bytes:
    rng = grammar.rng
    value = rng.choice(
        [b"100-Continue", b"100-continue, x", b"200-ok", b"", b"100-continue\r\nExpect: x"]
    )
    if rng.random() < 0.3:
        draft.version = b"HTTP/1.0"
    return wire(draft, with_lines(draft, rng, [b"Expect: " + value]))


@mutation
def odd_connection(draft: Draft, grammar: Grammar) -> bytes:
    value = grammar.rng.choice(
        [
            b"close, close",
            b"Host",
            b"Transfer-Encoding, Content-Length",
            b"keep-alive, close",
            b'"close"',
            b"close x",
        ]
        + [
            b"upgrade",
            b",,,",
            b"",
            b"Upgrade\r\nUpgrade: h2c",
            b"Upgrade\r\nUpgrade: example/1, h2c, other",
        ]
    )
    return wire(draft, with_lines(draft, grammar.rng, [b"Connection: " + value]))


@mutation
def many_fields(draft: Draft, grammar: Grammar) -> bytes:
    count = grammar.rng.choice([80, 125, 130, 200])
    return wire(draft, draft.lines + [b"X-%d: y" % i for i in range(count)])


@mutation
def long_line(draft: Draft, grammar: Grammar) -> bytes:
    size = grammar.rng.choice([4000, 15_000, 17_000, 40_000])
    if grammar.chance(0.3):
        draft.target += b"?" + b"q" * size if b"?" not in draft.target else b"q" * size
        return draft.wire()
    return wire(draft, draft.lines + [b"X-Long: " + b"z" * size])
