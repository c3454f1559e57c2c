"""What is legal and still not served by everyone."""

import re

IP_LITERAL = rb"\[[0-9A-Fa-f:.]+\]"
LABEL = rb"[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?"
NAME = rb"(?:" + LABEL + rb"\.)*[A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?"
IPV4 = rb"[0-9]+(?:\.[0-9]+){3}"


def is_odd_host(host: bytes) -> bool:
    """A host that the grammar of URIs allows and that of names does not, or an empty port."""
    usual = rb"(?:" + NAME + rb"|" + IPV4 + rb"|" + IP_LITERAL + rb")(?::[0-9]+)?"
    return not re.fullmatch(usual, host)


def leads_out(path: bytes) -> bool:
    """Whether dot segments, decoded, climb above the root."""
    decoded = re.sub(rb"%([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), path)
    depth = 0
    for segment in re.split(rb"/+", decoded)[1:]:
        depth += {b"..": -1, b".": 0, b"": 0}.get(segment, 1)
        if depth < 0:
            return True
    return False
