"""Says one conversation to lb, and reads what comes back until the connection ends."""

import socket
from dataclasses import dataclass, field

from conversation import Conversation
from message import Fields, values_of
from service import PATIENCE

ECHO_FIELD = b"x-echo"


@dataclass
class Response:
    status: int
    fields: Fields
    body: bytes = b""

    @property
    def own(self) -> bool:
        """Whether lb made it: every origin signs its responses with Server."""
        return not values_of(self.fields, b"server")

    @property
    def echo(self) -> bytes | None:
        return next(iter(values_of(self.fields, ECHO_FIELD)), None)

    def __str__(self) -> str:
        who = "lb" if self.own else "server"
        return f"{self.status} of {who} {self.body[:120]!r}"


@dataclass
class Talk:
    responses: list[Response] = field(default_factory=list)
    trouble: str = ""  # a response that cannot be read, or a connection that does not end


def talk(port: int, conversation: Conversation) -> Talk:
    result = Talk()
    received = b""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for number, segment in enumerate(conversation.segments):
                if number == conversation.waits_for_continue:
                    received += until_head(connection)
                connection.sendall(segment)
            connection.shutdown(socket.SHUT_WR)
        except (ConnectionError, OSError):
            pass  # lb has refused: what it says about that may still be there
        try:
            while data := connection.recv(1 << 16):
                received += data
        except TimeoutError:
            result.trouble = "the connection does not end"
        except ConnectionError:
            pass
    try:
        result.responses = parse(
            received, [r.message and r.message.method for r in conversation.readings]
        )
    except ValueError as error:
        result.trouble = f"unreadable response ({error!r}): {received[:300]!r}"
    return result


def until_head(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        data = connection.recv(1 << 16)
        if not data:
            break
        received += data
    return received


def parse(octets: bytes, methods: list[bytes | None]) -> list[Response]:
    """The final responses to requests of these methods."""
    responses: list[Response] = []
    while octets:
        head, end, rest = octets.partition(b"\r\n\r\n")
        if not end:
            raise ValueError("cut head")
        response = parse_head(head)
        if response.status >= 200:
            method = methods[len(responses)] if len(responses) < len(methods) else None
            response.body, rest = split_body(response, method, rest)
            responses.append(response)
        octets = rest
    return responses


def parse_head(head: bytes) -> Response:
    start, *lines = head.split(b"\r\n")
    version, status = start.split(b" ")[:2]
    if version != b"HTTP/1.1":
        raise ValueError("no HTTP/1.1")
    pairs = (line.partition(b":") for line in lines)
    return Response(int(status), [(name, value.strip(b" \t")) for name, _, value in pairs])


def split_body(response: Response, method: bytes | None, rest: bytes) -> tuple[bytes, bytes]:
    if response.status in (204, 304):
        return b"", rest
    # Whoever cannot be understood may have meant a HEAD.
    if method == b"HEAD" or (method is None and response.own and rest == b""):
        return b"", rest
    if values_of(response.fields, b"transfer-encoding"):
        return split_chunks(rest)
    lengths = values_of(response.fields, b"content-length")
    length = int(lengths[0]) if lengths else len(rest)
    if len(rest) < length:
        raise ValueError("cut body")
    return rest[:length], rest[length:]


def split_chunks(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line, 16)
        body += rest[:size]
        if rest[size : size + 2] != b"\r\n":
            raise ValueError("malformed chunk")
        rest = rest[size + 2 :]
        if size == 0:
            return body, rest
