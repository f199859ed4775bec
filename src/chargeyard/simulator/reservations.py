"""Reservations: a connector (or, with number 0, any one of them) held for an id token."""

from __future__ import annotations

import msgspec

from chargeyard.ocpp.v16.messages import ReserveNowRequest
from chargeyard.simulator import instants

ANY_CONNECTOR = 0


class Reservations:
    """The reservations of one charge point; what has expired is not there any more."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[int, ReserveNowRequest] = {}

    def hold(self, request: ReserveNowRequest) -> None:
        """Add a reservation; one with the same id is replaced."""
        self._held[request.reservation_id] = request

    def release(self, reservation_id: int) -> bool:
        """Remove one; False if there is none."""
        return self._held.pop(reservation_id, None) is not None

    def expire(self, now: float) -> None:
        """Forget what is over."""
        over = [number for number, held in self._held.items() if _ends(held) <= now]
        for number in over:
            del self._held[number]

    def find(self, connector_id: int) -> ReserveNowRequest | None:
        """The reservation of exactly this connector."""
        return next((held for held in self._held.values() if held.connector_id == connector_id), None)

    def usable(self, connector_id: int, id_tag: str, parent: str | None) -> int | None:
        """The reservation that a token may use up on a connector, or None."""
        for number, held in self._held.items():
            if held.connector_id in (connector_id, ANY_CONNECTOR) and _belongs(held, id_tag, parent):
                return number
        return None

    def keeps_out(self, connector_id: int, id_tag: str, parent: str | None) -> bool:
        """The connector is held for somebody else."""
        held = self.find(connector_id)
        return held is not None and not _belongs(held, id_tag, parent)


def _ends(held: ReserveNowRequest) -> float:
    ends = instants.read(held.expiry_date)
    return 0.0 if ends is None else ends


def _belongs(held: ReserveNowRequest, id_tag: str, parent: str | None) -> bool:
    if held.id_tag.lower() == id_tag.lower():
        return True
    group = held.parent_id_tag
    return parent is not None and group is not msgspec.UNSET and group.lower() == parent.lower()
