"""Events of reservations."""

from datetime import datetime
from typing import Literal

from chargeyard.domain.events.event import ChargePointEvent

ReservationEnd = Literal["used", "cancelled", "expired", "removed"]
"""By a transaction, by us, by time, or by the charge point: it could not hold it any longer (H20)."""


class ReservationRequested(ChargePointEvent, frozen=True, kw_only=True):
    """A charge point is asked to hold an outlet; whether it does is not known yet. EVSE 0: one of its choice.

    A key code is not told. The same number again replaces what was there.
    """

    reservation: int
    id_token: str
    expires_at: datetime
    evse: int = 0
    connector_type: str = ""
    token_kind: str = ""
    parent: str | None = None
    parent_kind: str = ""


class ReservationAnswered(ChargePointEvent, frozen=True, kw_only=True):
    """The charge point holds it, or does not: `reason` is why. What has ended meanwhile stays ended."""

    reservation: int
    is_held: bool
    reason: str = ""


class ReservationEnded(ChargePointEvent, frozen=True, kw_only=True):
    """Nothing is held any more. The first end stays; `transaction` is our number of the one that used it."""

    reservation: int
    end: ReservationEnd
    reason: str = ""
    transaction: int | None = None
