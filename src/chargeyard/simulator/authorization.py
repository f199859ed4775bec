"""Id tokens that a charge point knows by itself: its cache and the local authorization list."""

from __future__ import annotations

import msgspec

from chargeyard.ocpp.v16.messages import IdTagInfo, SendLocalListRequest, UpdateStatus
from chargeyard.simulator import instants
from chargeyard.simulator.configuration import Configuration

_CACHED = 100


class KnownTokens:
    """Cache and local list. Id tags are compared without regard to case (1.6 §7.28)."""

    __slots__ = ("_cache", "_list", "list_version")

    def __init__(self) -> None:
        self._cache: dict[str, IdTagInfo] = {}
        self._list: dict[str, IdTagInfo] = {}
        self.list_version = 0

    def remember(self, id_tag: str, verdict: IdTagInfo) -> None:
        """Cache what the central system said; the oldest entry gives way."""
        self._cache.pop(id_tag.lower(), None)
        self._cache[id_tag.lower()] = verdict
        if len(self._cache) > _CACHED:
            del self._cache[next(iter(self._cache))]

    def clear_cache(self) -> None:
        """Forget the cache, not the list."""
        self._cache.clear()

    def find(self, id_tag: str, configuration: Configuration) -> IdTagInfo | None:
        """What is known about a token; the list goes before the cache (1.6 §3.5.4)."""
        listed = self._list.get(id_tag.lower()) if configuration.flag("LocalAuthListEnabled") else None
        if listed is not None or not configuration.flag("AuthorizationCacheEnabled"):
            return listed
        return self._cache.get(id_tag.lower())

    def accepts(self, id_tag: str, configuration: Configuration, now: float) -> bool:
        """It may charge without asking the central system."""
        known = self.find(id_tag, configuration)
        return known is not None and known.status == "Accepted" and not _is_over(known, now)

    def parent(self, id_tag: str, configuration: Configuration) -> str | None:
        """The group that a token belongs to, if known."""
        known = self.find(id_tag, configuration)
        return None if known is None or known.parent_id_tag is msgspec.UNSET else known.parent_id_tag

    def update(self, request: SendLocalListRequest, configuration: Configuration) -> UpdateStatus:
        """Answer SendLocalList and do it."""
        entries = request.local_authorization_list or []
        if len(entries) > configuration.number("SendLocalListMaxLength"):
            return "Failed"
        full = request.update_type == "Full"
        if not full and request.list_version <= self.list_version:
            return "VersionMismatch"
        tokens = {} if full else dict(self._list)
        for entry in entries:
            if isinstance(entry.id_tag_info, IdTagInfo):
                tokens[entry.id_tag.lower()] = entry.id_tag_info
            else:
                # In a differential update an entry without info is one to delete.
                tokens.pop(entry.id_tag.lower(), None)
        if len(tokens) > configuration.number("LocalAuthListMaxLength"):
            return "Failed"
        self._list, self.list_version = tokens, request.list_version
        return "Accepted"


def _is_over(verdict: IdTagInfo, now: float) -> bool:
    expires = instants.read(verdict.expiry_date)
    return expires is not None and expires <= now
