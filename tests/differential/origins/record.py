"""What an origin tells of one request."""

import json
from dataclasses import dataclass
from pathlib import Path

from gateway import Seen, seen_from_fields
from message import Fields
from reading import tag_of


@dataclass
class Record:
    # served: understood and read to its end; refused: answered with an error by the server itself;
    # cut: its head was understood, its body never ended.
    status: str
    tag: bytes | None
    seen: Seen | None
    text: str  # for people


def octets(text: str) -> bytes:
    return text.encode("latin-1")


def pairs(lists: list[list[str]]) -> Fields:
    return [(octets(name), octets(value)) for name, value in lists]


def read_json_lines(path: Path) -> list[Record]:
    """The records of origins that report whole lists of fields, each octet as one character."""
    with path.open("rb") as lines:
        return [record_from(json.loads(line)) for line in lines]


def record_from(entry: dict) -> Record:
    text = json.dumps(entry)
    if entry["status"] == "refused":
        return Record("refused", tag_of(octets(entry["line"] or ""), []), None, text)
    fields = pairs(entry["fields"])
    target = octets(entry["target"])
    trailers = pairs(entry["trailers"]) if entry.get("trailers") is not None else None
    seen = seen_from_fields(
        octets(entry["method"]), target, fields, octets(entry["body"]), trailers
    )
    return Record(entry["status"], tag_of(target, fields), seen, text)
