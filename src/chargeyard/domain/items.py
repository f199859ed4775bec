"""What is installed at a charge point besides its variables: profiles, messages, monitors, certificates, tariffs.

One book for all kinds: what we have put there, what the charge point lists, and what somebody else has set.
A listing comes in parts, which may be late, come twice or never; each is worth what it tells. A listing of
all there is takes out of the book, once it is whole, what it did not name.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

ItemKind = Literal[
    "ChargingProfile",
    "ExternalLimit",
    "DisplayMessage",
    "Monitor",
    "Certificate",
    "Tariff",
    "DerControl",
    "EventStream",
    "NetworkProfile",
    "Vehicle",
    "Battery",
    "Alert",
]
ListingKind = Literal[
    "Variable", "ChargingProfile", "DisplayMessage", "Monitor", "DerControl", "CustomerInformation"
]
"""What a charge point lists in parts when it is asked to."""

Source = Literal["ours", "reported", "external"]
"""Who told us: we have put it there, the charge point lists it, or somebody else has set it."""


MOST_GAPS = 1000
"""A listing with more gaps between its parts than this is none: what its parts tell is kept, but they are not counted."""


class Item(Struct, frozen=True, kw_only=True, gc=False):
    """One thing at an EVSE, or with EVSE 0 at the charge point. `key` is unique among its kind at that EVSE.

    `body` is JSON without secrets, in the shape that the kind's noun module gives it.
    """

    key: str
    evse: int = 0
    body: msgspec.Raw = msgspec.Raw(b"{}")


class Ranges(Struct, frozen=True):
    """Whole numbers from 0 up as few ranges: ten thousand parts in a row are one."""

    spans: tuple[tuple[int, int], ...] = ()

    def with_number(self, number: int) -> "Ranges":
        """These and `number`."""
        merged: list[tuple[int, int]] = []
        for begin, end in sorted((*self.spans, (number, number))):
            if merged and begin <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((begin, end))
        return Ranges(tuple(merged))

    @property
    def highest(self) -> int:
        """The highest number, -1 if there is none."""
        return self.spans[-1][1] if self.spans else -1

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(end - begin + 1 for begin, end in self.spans)

    def missing(self, last: int | None) -> Iterator[tuple[int, int]]:
        """The gaps from 0 up to the highest number, or up to `last` where that is higher."""
        expected = 0
        for begin, end in self.spans:
            if begin > expected:
                yield expected, begin - 1
            expected = end + 1
        if last is not None and last >= expected:
            yield expected, last

    def reaches(self, last: int) -> bool:
        """Whether every number from 0 to `last` is here."""
        return bool(self.spans) and self.spans[0][0] == 0 and self.spans[0][1] >= last


class Listing(Struct, frozen=True, kw_only=True):
    """How far a listing has come. `is_whole`: it names everything of its kind; `last` is its last part's number."""

    kind: ListingKind
    request_id: int
    is_whole: bool = False
    asked_at: datetime | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    parts: Ranges = Ranges()
    last: int | None = None
    items: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every part up to the last one is here."""
        return self.last is not None and self.parts.reaches(self.last)


def asked(listing: Listing, is_whole: bool, at: datetime) -> Listing:
    """`listing`, now that it is known what was asked; its first parts may have come before."""
    return msgspec.structs.replace(listing, is_whole=is_whole, asked_at=at)


def with_part(listing: Listing, sequence: int | None, is_last: bool, items: int, at: datetime) -> Listing:
    """`listing` with one more part; `sequence` None: its version does not number them. One that came before
    counts once."""
    number = listing.parts.highest + 1 if sequence is None else sequence
    parts = listing.parts.with_number(number) if number >= 0 else listing.parts
    if len(parts.spans) > MOST_GAPS:
        parts = listing.parts
    is_new = parts != listing.parts
    return msgspec.structs.replace(
        listing,
        first_at=listing.first_at or at,
        last_at=at,
        parts=parts,
        last=number if is_last else listing.last,
        items=listing.items + (items if is_new else 0),
    )
