"""What goes over one connection: some requests, perhaps a damaged one, and one behind it.

Everything follows from the seed and the number of the conversation, so that each can be repeated
alone.
"""

import random
from dataclasses import dataclass

import mutations
from grammar import Grammar
from message import ID_FIELD, Message
from reading import Reading, read_connection

DAMAGED_SHARE = 0.55


@dataclass
class Conversation:
    number: int
    segments: list[bytes]  # as they are given to the kernel
    waits_for_continue: int | None  # the segment before which a 100 is waited for
    readings: list[Reading]
    mutation: str | None
    tags: list[bytes]  # of all that could be taken for a request

    @property
    def stream(self) -> bytes:
        return b"".join(self.segments)


def converse(seed: int, number: int) -> Conversation:
    rng = random.Random(f"{seed}/{number}")
    grammar = Grammar(rng)
    if rng.random() < 0.03:
        return patient(number, grammar)
    drafts = [grammar.request(keeps_alive=True) for _ in range(rng.choice([0, 0, 1, 1, 2, 5]))]
    legal = [draft.message for draft in drafts]
    octets = [draft.wire() for draft in drafts]
    name = None
    if rng.random() < DAMAGED_SHARE:
        name = rng.choice(list(mutations.ALL))
        octets.append(damaged(name, grammar))
        if name != "cut_short":
            octets.append(grammar.request().wire())
    else:
        draft = grammar.request()
        legal.append(draft.message)
        octets.append(draft.wire())
    stream = b"".join(octets)
    readings = read_connection(stream)
    trust_grammar(readings, legal)
    return Conversation(number, cut(stream, rng), None, readings, name, grammar.tags)


def damaged(name: str, grammar: Grammar) -> bytes:
    while True:
        draft = grammar.request(keeps_alive=True)
        if draft.message.target != b"*":  # its id must outlive the damage to its fields
            return mutations.ALL[name](draft, grammar)


def patient(number: int, grammar: Grammar) -> Conversation:
    """A client that holds its body back until it is asked for (RFC 9110 10.1.1)."""
    tag = grammar.new_tag()
    content = b"x" * grammar.rng.randint(1, 3000)
    fields = [
        ("Host", "patient.test"),
        ("Expect", "100-continue"),
        (ID_FIELD.decode(), tag.decode()),
    ]
    fields.append(("Content-Length", str(len(content))))
    draft = grammar.draft(tag, "POST", f"/{tag.decode()}", 1, fields, "length", content, [])
    # python's http.server takes blanks behind a value for a part of it, and would never ask.
    draft.lines = [line.rstrip(b" \t") for line in draft.lines]
    after = grammar.request().wire()
    readings = read_connection(draft.wire() + after)
    trust_grammar(readings, [draft.message])
    return Conversation(number, [draft.head(), draft.body + after], 1, readings, None, grammar.tags)


def trust_grammar(readings: list[Reading], legal: list[Message]) -> None:
    """What was built legal is so, and means what it was built to mean, whatever the reading says.
    The two were written apart: where they differ, the test itself is wrong."""
    for reading, message in zip(readings, legal, strict=False):
        if reading.verdict != "legal" or reading.message != message:
            raise AssertionError(f"grammar and reading differ: {reading}\nbuilt: {message}")
    assert len(readings) >= len(legal), "the reading ends before the grammar"


def cut(stream: bytes, rng: random.Random) -> list[bytes]:
    """The stream in up to four segments."""
    places = sorted(rng.randint(1, len(stream)) for _ in range(rng.choice([0, 0, 0, 1, 3])))
    bounds = [0, *places, len(stream)]
    return [stream[a:b] for a, b in zip(bounds, bounds[1:]) if a < b]


def conversations(seed: int, requests: int, first: int = 0):
    """Conversations with at least that many requests between them."""
    number = first
    while requests > 0:
        conversation = converse(seed, number)
        yield conversation
        requests -= max(1, len(conversation.readings))
        number += 1
