"""Paths whose segments may hold anything: charge point ids are free text, a slash included.

An ASGI server decodes the whole path at once, and so `/charge-point/A%2FB` would lose the border between its
segments. Here the raw path is taken, each segment decoded by itself, and what would harm the routing (`/` and
`%`) is encoded again; `decode` undoes that in the one place that reads an id.
"""

from typing import Any
from urllib.parse import quote, unquote

from litestar import Litestar
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send


class SegmentedApp(Litestar):
    """Litestar with segments that keep their borders."""

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        """The ASGI entry; everything but the path is Litestar's."""
        if scope["type"] != "lifespan":
            scope["path"] = _segments_of(scope)
        await super().__call__(scope, receive, send)


def _segments_of(scope: Any) -> str:
    raw: bytes | None = scope.get("raw_path")
    if not raw or b"%" not in raw:
        return str(scope["path"])
    path = raw.partition(b"?")[0].decode("latin-1")
    return "/".join(encode(unquote(segment)) for segment in path.split("/"))


def encode(segment: str) -> str:
    """A decoded segment as the routing may see it."""
    return segment.replace("%", "%25").replace("/", "%2F")


def decode(segment: str) -> str:
    """The text that a routed segment stands for."""
    return segment.replace("%2F", "/").replace("%25", "%")


def in_path(text: str) -> str:
    """Any text as one segment of an address that we hand out."""
    return quote(text, safe="")
