"""What is installed at charge points, and the listings that tell of it."""

from chargeyard.domain.events.event import ChargePointEvent
from chargeyard.domain.items import Item, ItemKind, ListingKind, Source


class ListingAsked(ChargePointEvent, frozen=True, kw_only=True):
    """A charge point was asked to list something in parts numbered `request_id`; `is_whole`: all there is of it."""

    kind: ListingKind
    request_id: int
    is_whole: bool


class ListingAdvanced(ChargePointEvent, frozen=True, kw_only=True):
    """A part of a listing has come, with so many things in it; `sequence` None where parts have no numbers."""

    kind: ListingKind
    request_id: int
    sequence: int | None
    is_last: bool
    items: int


class ItemsInstalled(ChargePointEvent, frozen=True, kw_only=True):
    """Things that are now at the charge point, or were told again; one of the same key is replaced.

    What is `reported` and the same as before keeps the source it had.
    """

    kind: ItemKind
    items: tuple[Item, ...]
    source: Source


class ItemsRemoved(ChargePointEvent, frozen=True, kw_only=True):
    """Things that are gone: those named by (EVSE, key), or with None all of the kind whose key has `prefix`."""

    kind: ItemKind
    keys: tuple[tuple[int, str], ...] | None
    prefix: str = ""
