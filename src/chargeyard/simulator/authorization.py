"""Id tokens that a charge point knows by itself: its cache and the local authorization list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

_CACHED = 100


class Verdict(msgspec.Struct, frozen=True):
    """What is known about a token: its status on the wire, its group, and until when (epoch) it holds."""

    status: str
    group: str | None = None
    expires_at: float | None = None


class KnownTokens:
    """Cache and local list. Tokens are compared without regard to case (1.6 §7.28, 2.x IdTokenType).

    Whether list and cache are in use is asked each time, for the central system may change it.
    """

    __slots__ = ("_cache", "_list", "_uses_cache", "_uses_list", "list_version")

    def __init__(self, uses_list: Callable[[], bool], uses_cache: Callable[[], bool]) -> None:
        self._uses_list = uses_list
        self._uses_cache = uses_cache
        self._cache: dict[str, Verdict] = {}
        self._list: dict[str, Verdict] = {}
        self.list_version = 0

    def remember(self, token: str, verdict: Verdict) -> None:
        """Cache what the central system said; the oldest entry gives way."""
        self._cache.pop(token.lower(), None)
        self._cache[token.lower()] = verdict
        if len(self._cache) > _CACHED:
            del self._cache[next(iter(self._cache))]

    def clear_cache(self) -> None:
        """Forget the cache, not the list."""
        self._cache.clear()

    def forget(self, token: str) -> bool:
        """Take one token out of the cache; False if it was not there."""
        return self._cache.pop(token.lower(), None) is not None

    def find(self, token: str) -> Verdict | None:
        """What is known about a token; the list goes before the cache (1.6 §3.5.4, 2.x C13)."""
        listed = self._list.get(token.lower()) if self._uses_list() else None
        if listed is not None or not self._uses_cache():
            return listed
        return self._cache.get(token.lower())

    def accepts(self, token: str, now: float) -> bool:
        """It may charge without asking the central system."""
        known = self.find(token)
        if known is None or known.status != "Accepted":
            return False
        return known.expires_at is None or known.expires_at > now

    def group(self, token: str) -> str | None:
        """The group that a token belongs to, if known."""
        known = self.find(token)
        return None if known is None else known.group

    def listed(self) -> int:
        """How many tokens are in the local list."""
        return len(self._list)

    def update(
        self, version: int, entries: Iterable[tuple[str, Verdict | None]], *, full: bool, limit: int
    ) -> Literal["Accepted", "Failed", "VersionMismatch"]:
        """Replace or change the local list; an entry without a verdict is one to delete."""
        if not full and version <= self.list_version:
            return "VersionMismatch"
        tokens = {} if full else dict(self._list)
        for token, verdict in entries:
            if verdict is None:
                tokens.pop(token.lower(), None)
            else:
                tokens[token.lower()] = verdict
        if len(tokens) > limit:
            return "Failed"
        self._list, self.list_version = tokens, version
        return "Accepted"
