"""Reservations: a connector or EVSE (or, with number 0, any one of them) held for an id token."""

from __future__ import annotations

import msgspec

ANY = 0


class Reservation(msgspec.Struct, frozen=True):
    """One reservation, until ``ends_at`` (epoch)."""

    id: int
    place: int
    token: str
    group: str | None
    ends_at: float


class Reservations:
    """The reservations of one charge point; what has expired is not there any more."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[int, Reservation] = {}

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, reservation: Reservation) -> None:
        """Add a reservation; one with the same id is replaced."""
        self._held[reservation.id] = reservation

    def release(self, reservation_id: int) -> bool:
        """Remove one; False if there is none."""
        return self._held.pop(reservation_id, None) is not None

    def expire(self, now: float) -> list[int]:
        """Forget what is over, and tell which that was."""
        over = [number for number, held in self._held.items() if held.ends_at <= now]
        for number in over:
            del self._held[number]
        return over

    def find(self, place: int) -> Reservation | None:
        """The reservation of exactly this connector or EVSE."""
        return next((held for held in self._held.values() if held.place == place), None)

    def usable(self, place: int, token: str, group: str | None) -> int | None:
        """The reservation that a token may use up there, or None."""
        for number, held in self._held.items():
            if held.place in (place, ANY) and _belongs(held, token, group):
                return number
        return None

    def unplaced(self) -> int:
        """How many are held on no particular one."""
        return sum(held.place == ANY for held in self._held.values())

    def keeps_out(self, place: int, token: str, group: str | None) -> bool:
        """It is held for somebody else."""
        held = self.find(place)
        return held is not None and not _belongs(held, token, group)


def _belongs(held: Reservation, token: str, group: str | None) -> bool:
    if held.token.lower() == token.lower():
        return True
    return group is not None and held.group is not None and held.group.lower() == group.lower()
