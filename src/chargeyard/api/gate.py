"""What every request passes before its handler: where it comes from, and who asks."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from chargeyard.api.access import Access, refusal
from chargeyard.api.problems import CROSS_ORIGIN, OVERLOADED, Problem

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


class SameOrigin(ASGIMiddleware):
    """Refuses what changes something at the wish of another site's page.

    Browsers name the origin of every request that is not a plain GET (Fetch standard §4.5, Fetch Metadata);
    what names none is no browser, and nobody can be tricked into sending it.
    """

    scopes = (ScopeType.HTTP, ScopeType.ASGI)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass on, or raise `Problem` (403)."""
        if scope.get("method") not in _SAFE and is_cross_origin(Headers.from_scope(scope)):
            raise Problem(CROSS_ORIGIN)
        await next_app(scope, receive, send)


class Gate(ASGIMiddleware):
    """Lets in whom `access` knows, as `request.user`; handlers with `access.OPEN` answer anybody."""

    scopes = (ScopeType.HTTP, ScopeType.ASGI, ScopeType.WEBSOCKET)
    exclude_opt_key = "public"

    def __init__(self, access: Access, login_path: str) -> None:
        self._access = access
        self._login_path = login_path

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass on, or raise `Problem` (401, 429) or `LoginWanted`."""
        connection = ASGIConnection[Any, Any, Any, Any](scope)
        principal = await self._access.identify(connection)
        if principal is None:
            raise refusal(connection, self._login_path)
        scope["user"] = principal
        scope["auth"] = principal.scheme
        await next_app(scope, receive, send)


class Room(ASGIMiddleware):
    """Puts off what would write while more waits to be stored than may; who only reads or logs in is served."""

    scopes = (ScopeType.HTTP, ScopeType.ASGI)
    exclude_opt_key = "public"

    def __init__(self, is_crowded: Callable[[], bool]) -> None:
        self._is_crowded = is_crowded

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass on, or raise `Problem` (503)."""
        if scope.get("method") not in _SAFE and self._is_crowded():
            raise Problem(OVERLOADED, headers={"Retry-After": "5"})
        await next_app(scope, receive, send)


def is_cross_origin(headers: Headers) -> bool:
    """Whether a browser says that another origin is behind this request."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


async def guard_answer(message: Message, scope: Scope) -> None:
    """Headers of every answer: nothing is sniffed, framed or (files aside) kept by caches."""
    if message["type"] != "http.response.start":
        return
    present = {name.lower() for name, _ in message["headers"]}
    extra = [(name, value) for name, value in _GUARDS if name not in present]
    if b"cache-control" not in present and not scope["path"].startswith("/static/"):
        extra.append((b"cache-control", b"no-store"))
    message["headers"] = [*message["headers"], *extra]


_GUARDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
)
