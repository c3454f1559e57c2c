"""Holds what the servers understood against what was meant, connection by connection."""

import re
from collections import Counter
from dataclasses import dataclass, field

from balancer import went_to_a_server
from client import Response, Talk
from conversation import Conversation
from gateway import Seen, expected
from message import ID_FIELD, ID_PATTERN, values_of
from origins.record import Record
from reading import Reading


@dataclass
class Finding:
    what: str
    conversation: Conversation | None = None
    request: int = 0  # within the conversation, from 0
    did: str = ""  # what lb did
    saw: str = ""  # what the server saw


@dataclass
class Verdict:
    findings: list[Finding] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)


class Judge:
    def __init__(self, origin, records: list[Record], access_log: list[str]):
        self.origin = origin
        self.server_name = b"127.0.0.1:%d" % origin.port
        self.records = records
        self.access_log = access_log
        self.by_tag: dict[bytes, list[Record]] = {}
        for record in records:
            if record.tag:
                self.by_tag.setdefault(record.tag, []).append(record)
        self.verdict = Verdict()
        # Requests that broke off within their body: lb may have sent the head, and the server may
        # never have looked at it.
        self.perhaps_sent = 0
        self.broken_promises = sum(map(origin.breaks_promise, records))
        self.untagged = 0  # responses with which the server refused what it could not read

    def judge(self, talks: list[tuple[Conversation, Talk]]) -> Verdict:
        known = set()
        for conversation, talk in talks:
            self.judge_conversation(conversation, talk)
            known.update(tag for reading in conversation.readings if (tag := reading.tag()))
        hidden = {tag: conversation for conversation, _ in talks for tag in conversation.tags}
        for tag, records in self.by_tag.items():
            if tag not in known:
                what = "a request reached the server that nobody sent as one"
                self.find(what, hidden.get(tag), saw=records[0].text)
        self.judge_numbers(len(talks))
        return self.verdict

    def find(self, what: str, conversation=None, request=0, did="", saw="") -> None:
        self.verdict.findings.append(Finding(what, conversation, request, did, saw))

    # ---- one connection

    # open: the next request must be taken; perhaps: it need not be, because of what happened before
    # it; shut: it must not be.
    def judge_conversation(self, conversation: Conversation, talk: Talk) -> None:
        if talk.trouble:
            self.find(talk.trouble, conversation)
        state = "open"
        for number, reading in enumerate(conversation.readings):
            response = talk.responses[number] if number < len(talk.responses) else None
            records = self.by_tag.get(reading.tag(), [])
            what, state = self.judge_request(reading, records, response, state)
            if what:
                did = f"answered {response}" if response else "answered nothing"
                log = [line for line in self.access_log if (reading.tag() or b"-").decode() in line]
                did += f"; its access log: {log}"
                saw = "; ".join(record.text for record in records) or "nothing"
                self.find(what, conversation, number, did, saw)
                return  # what follows would only repeat it
        extra = len(talk.responses) - len(conversation.readings)
        if extra > 0:
            did = "; ".join(map(str, talk.responses))
            self.find(f"{extra} responses more than requests", conversation, 0, did)

    def judge_request(
        self, reading: Reading, records: list[Record], response: Response | None, state: str
    ) -> tuple[str, str]:
        """What is wrong, and the state of the connection behind this request."""
        if len(records) > 1:
            return "reached the server twice", state
        record = records[0] if records else None
        if state == "shut":
            return (
                "reached the server behind a request that ends the connection" if record else ""
            ), state
        refused_by_server = record is None and response is not None and not response.own
        if reading.verdict in ("illegal", "cut"):
            return self.judge_broken(reading, record, response, state), "shut"
        if record is None and not refused_by_server:
            if self.met_an_ended_connection(response):
                return "", "perhaps"
            return self.judge_refused(reading, response, state), "shut"
        want = expected(reading.message, self.server_name)
        if refused_by_server or record.status == "refused":
            self.untagged += record is None
            self.verdict.counts["refused by the server"] += 1
            legal = reading.verdict == "legal" and not self.origin.may_refuse(want)
            return ("the server refuses a legal request" if legal else ""), "perhaps"
        self.verdict.counts["forwarded"] += 1
        if record.status == "cut":
            must = reading.verdict == "legal" and state == "open"
            return ("the server saw only a part of it" if must else ""), "perhaps"
        what = difference(want, record.seen)
        if what:
            return f"understood otherwise: {what}", state
        echoes = reading.message.values(ID_FIELD.lower()) or [b""]
        strange = response is None or response.own or response.echo not in [None, *echoes]
        if strange:
            return "the response is not that of this request", state
        if reading.message.minor == 0 and not values_of(response.fields, b"content-length"):
            return "", "perhaps"  # it may have ended with the connection
        return "", state

    def judge_broken(self, reading, record, response, state) -> str:
        self.verdict.counts["refused by lb"] += 1
        if record is None:
            self.perhaps_sent += reading.head_whole
            if reading.verdict == "illegal" and state == "open":
                # The head may have gone before the fault came; then the server may answer.
                refused = response is not None and response.status >= 400
                return "" if refused else "malformed, and not answered with an error"
            return ""
        if not reading.head_whole or record.status == "served":
            return f"must not reach the server ({reading.why})"
        if record.seen is None:
            return ""
        want = expected(reading.message, self.server_name)
        part, record.seen.body = record.seen.body, want.body
        record.seen.length, record.seen.trailers = want.length, want.trailers
        if part is not None and not reading.message.body.startswith(part):
            return "the part of the body that the server saw is another"
        return difference(want, record.seen)

    def met_an_ended_connection(self, response: Response | None) -> bool:
        """Whether lb had to give up a request because the server ended a connection that it had
        promised to keep; as often as servers are known to do that, and no more."""
        if (
            response is None
            or not response.own
            or response.status != 502
            or not self.broken_promises
        ):
            return False
        self.broken_promises -= 1
        self.perhaps_sent += 1
        self.verdict.counts["met an ended connection"] += 1
        return True

    def judge_refused(self, reading: Reading, response: Response | None, state: str) -> str:
        self.verdict.counts["refused by lb"] += 1
        if reading.verdict == "legal" and state == "open":
            return "a legal request was not forwarded"
        if state == "open" and (response is None or response.status < 400):
            # OPTIONS and TRACE whose Max-Forwards is 0 are answered on the way (RFC 9110 7.6.2).
            if "goes no further" not in reading.why:
                return "neither forwarded nor refused"
        return ""

    # ---- all of them

    def judge_numbers(self, conversations: int) -> None:
        """The server has seen as many requests as lb says it has sent, none more and none less."""
        sent = sum(map(went_to_a_server, self.access_log))
        seen = len(self.records)
        self.verdict.counts["sent, says lb"] = sent
        self.verdict.counts["seen by the server"] = seen
        self.verdict.counts["connections"] = conversations
        if not sent - self.perhaps_sent <= seen <= sent:
            self.find(f"lb sent {sent} requests, the server saw {seen}")
        untagged = [record for record in self.records if record.tag is None]
        if len(untagged) != self.untagged:
            saw = "; ".join(record.text for record in untagged)
            missing = [line for line in map(str, self.access_log) if self.is_missing(line)]
            did = f"sent these, of which the server does not tell: {missing}"
            what = f"the server refused {len(untagged)} requests without a name"
            self.find(f"{what}, clients know of {self.untagged}", did=did, saw=saw)

    def is_missing(self, line: str) -> bool:
        tags = re.findall(ID_PATTERN.decode(), line)
        return went_to_a_server(line) and not any(tag.encode() in self.by_tag for tag in tags)


def difference(want: Seen, seen: Seen) -> str:
    """The first thing in which the server's understanding differs; what it does not tell is passed
    over."""
    for name in ("method", "target", "host", "length", "coding", "body", "fields", "trailers"):
        wanted, got = getattr(want, name), getattr(seen, name)
        if got is None and name in ("body", "fields", "trailers"):
            continue
        if wanted != got:
            return f"{name} should be {shortened(wanted)} and is {shortened(got)}"
    if seen.fields is not None:
        for name in sorted(set(want.added) | set(seen.added)):
            if want.added.get(name) != seen.added.get(name):
                wanted, got = want.added.get(name), seen.added.get(name)
                return f"{name.decode()} should be {wanted} and is {got}"
    return ""


def shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 1500 else text[:1500] + "..."
