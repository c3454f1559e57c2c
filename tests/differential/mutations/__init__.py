"""Ways to damage a request. Each takes a draft and returns the octets that go over the wire; what
they mean then, if anything, is for the strict reading to say.

Most are known from request smuggling: what one server skips, repairs or cuts in another place.
"""

from mutations import chunks, framings, heads, octets  # noqa: F401: each adds its own
from mutations.registry import ALL

__all__ = ["ALL"]
