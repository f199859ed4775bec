"""How often somebody may fail to log in: so many times a minute from one address."""

import ipaddress
from collections import deque
from datetime import datetime, timedelta

_WINDOW = timedelta(minutes=1)
_MOST_ADDRESSES = 10_000
"""Beyond this the address that failed longest ago is forgotten: memory stays bounded under attack."""


class FailedLogins:
    """Counts an attempt before it is judged, so that many at the same moment cannot slip through together."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._attempts: dict[str, deque[datetime]] = {}

    def begin(self, address: str, now: datetime) -> bool:
        """Whether another attempt from `address` may be judged; if so it counts until `succeeded`."""
        network = network_of(address)
        recent = self._attempts.pop(network, deque())
        while recent and recent[0] <= now - _WINDOW:
            recent.popleft()
        allowed = len(recent) < self._per_minute
        if allowed:
            recent.append(now)
        self._remember(network, recent)
        return allowed

    def succeeded(self, address: str) -> None:
        """The last attempt was a good one: take it back, but not the failures before it."""
        recent = self._attempts.get(network_of(address))
        if recent:
            recent.pop()

    def _remember(self, network: str, recent: deque[datetime]) -> None:
        self._attempts[network] = recent
        if len(self._attempts) > _MOST_ADDRESSES:
            del self._attempts[next(iter(self._attempts))]


def network_of(address: str) -> str:
    """The address itself for IPv4, its /64 for IPv6, since one host owns all of those."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
