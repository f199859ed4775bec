"""Events of local authorization lists, and of what charge points tell of customers."""

from datetime import datetime

from chargeyard.domain.authorization import ListEntry
from chargeyard.domain.events.event import ChargePointEvent


class LocalListVersionTold(ChargePointEvent, frozen=True, kw_only=True):
    """The version of the list that a charge point has; 0: an empty one, -1: none. Of another one than we sent it
    nobody knows what is in it."""

    version: int


class LocalListSent(ChargePointEvent, frozen=True, kw_only=True):
    """The charge point took these entries, with `is_full` instead of all that it had. Those `left_out` it was not
    told: its version has no words for them."""

    version: int
    is_full: bool
    entries: tuple[ListEntry, ...]
    left_out: tuple[str, ...] = ()


class LocalListDoubted(ChargePointEvent, frozen=True, kw_only=True):
    """The charge point refused a change, or never said whether it took it: nobody knows what it has."""


class CustomerInformationTold(ChargePointEvent, frozen=True, kw_only=True):
    """A part of what a charge point knows of a customer. It is kept for some days only."""

    request_id: int
    sequence: int
    at: datetime
    data: str


class CustomerInformationErased(ChargePointEvent, frozen=True, kw_only=True):
    """What was told of a customer under this number is not kept any longer."""

    request_id: int


class CustomerCleared(ChargePointEvent, frozen=True, kw_only=True):
    """A charge point forgets a customer; the id token is the one it was told, empty if it was told none."""

    request_id: int
    id_token: str = ""
    token_kind: str = ""
