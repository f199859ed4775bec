"""What is installed at charge points → `item`; how far listings of it have come → `listing`."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, case, delete, func, literal_column, select

from chargeyard.domain.events import ItemsInstalled, ItemsRemoved, ListingAdvanced, ListingAsked
from chargeyard.domain.items import Listing, Ranges, asked, with_part
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import item, listing

_LIST = upsert(listing, "is_whole", "asked_at", "first_at", "last_at", "parts", "last", "items")
_read_parts = msgspec.json.Decoder(Ranges).decode


_REPORTED: ColumnElement[str] = literal_column("'reported'")


def _source(told: Any) -> ColumnElement[str]:
    """What the charge point only repeats keeps its source: it stays ours, or somebody else's."""
    is_repeated = (told.source == _REPORTED) & (told.body == item.c.body)
    return case((is_repeated, item.c.source), else_=told.source)


_INSTALL = upsert(item, "body", "at", source=_source)


def installed(connection: Connection, events: Sequence[ItemsInstalled]) -> None:
    """The latest word on each thing stays."""
    for event in events:
        rows = [
            {
                "charge_point": event.charge_point,
                "kind": event.kind,
                "evse": one.evse,
                "key": one.key,
                "body": bytes(one.body).decode(),
                "source": event.source,
                "at": event.recorded_at,
            }
            for one in event.items
        ]
        if rows:
            _INSTALL.execute(connection, rows)


def removed(connection: Connection, events: Sequence[ItemsRemoved]) -> None:
    for event in events:
        here = (item.c.charge_point == event.charge_point) & (item.c.kind == event.kind)
        if event.keys is None:
            # Not LIKE, which is deaf to case in SQLite.
            beginning = func.substr(item.c.key, 1, len(event.prefix))
            connection.execute(delete(item).where(here, beginning == event.prefix))
        for evse, key in event.keys or ():
            connection.execute(delete(item).where(here, item.c.evse == evse, item.c.key == key))


def listing_asked(connection: Connection, events: Sequence[ListingAsked]) -> None:
    for event in events:
        _change(connection, event, lambda known, event=event: asked(known, event.is_whole, event.recorded_at))  # type: ignore[misc]


def listing_advanced(connection: Connection, events: Sequence[ListingAdvanced]) -> None:
    for event in events:
        _change(
            connection,
            event,
            lambda known, event=event: with_part(  # type: ignore[misc]
                known, event.sequence, event.is_last, event.items, event.recorded_at
            ),
        )


def _change(
    connection: Connection,
    event: ListingAsked | ListingAdvanced,
    change: Callable[[Listing], Listing],
) -> None:
    changed = change(_known(connection, event))
    _LIST.execute(connection, _row(event.charge_point, changed))
    if changed.is_complete and changed.is_whole and changed.asked_at is not None:
        # What was told before the charge point was asked, and not since, is not there any more.
        stale = (item.c.charge_point == event.charge_point) & (item.c.kind == changed.kind)
        connection.execute(delete(item).where(stale, item.c.at < changed.asked_at))


def _known(connection: Connection, event: ListingAsked | ListingAdvanced) -> Listing:
    wanted = select(listing).where(
        listing.c.charge_point == event.charge_point, listing.c.request_id == event.request_id
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return Listing(kind=event.kind, request_id=event.request_id)
    return listing_of(row)


def listing_of(row: Any) -> Listing:
    """A row as the domain sees it."""
    return Listing(
        kind=row.kind,
        request_id=row.request_id,
        is_whole=row.is_whole,
        asked_at=row.asked_at,
        first_at=row.first_at,
        last_at=row.last_at,
        parts=_read_parts(row.parts),
        last=row.last,
        items=row.items,
    )


def _row(charge_point: str, changed: Listing) -> dict[str, Any]:
    row = {name: getattr(changed, name) for name in changed.__struct_fields__}
    return {**row, "charge_point": charge_point, "parts": msgspec.json.encode(changed.parts).decode()}
