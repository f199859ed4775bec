"""What is installed at a charge point, and how far its listings have come."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select, tuple_

from chargeyard.domain.items import ItemKind
from chargeyard.domain.records import ItemRecord, ListingRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.projections.items import listing_of
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import item, listing

_KEY = (item.c.evse, item.c.key)


def list_records(
    connection: Connection, charge_point: str, kind: ItemKind, paging: Paging
) -> Page[ItemRecord]:
    """By EVSE and key."""
    wanted = _of(charge_point, kind)
    if paging.cursor is not None:
        wanted = wanted.where(tuple_(*_KEY) > read_cursor(paging.cursor, tuple[int, str]))
    rows = connection.execute(wanted.limit(paging.limit + 1)).all()
    return page_of(rows, paging.limit, _records, lambda row: (row.evse, row.key))


def list_all(connection: Connection, charge_point: str, kind: ItemKind) -> list[ItemRecord]:
    """All of one kind: a charge point holds some hundreds at most."""
    return _records(connection.execute(_of(charge_point, kind)).all())


def holders(connection: Connection, charge_points: Iterable[str], kind: ItemKind) -> Sequence[str]:
    """Those of `charge_points` that hold anything of `kind`."""
    here = (item.c.charge_point.in_(charge_points), item.c.kind == kind)
    return connection.scalars(select(item.c.charge_point).where(*here).distinct()).all()


def find_listing(connection: Connection, charge_point: str, request_id: int) -> ListingRecord | None:
    wanted = select(listing).where(listing.c.charge_point == charge_point, listing.c.request_id == request_id)
    row = connection.execute(wanted).one_or_none()
    return ListingRecord(charge_point=charge_point, listing=listing_of(row)) if row is not None else None


def _of(charge_point: str, kind: ItemKind) -> Select[Any]:
    wanted = select(item).where(item.c.charge_point == charge_point, item.c.kind == kind)
    return wanted.order_by(*_KEY)


def _records(rows: Sequence[Row[Any]]) -> list[ItemRecord]:
    return [
        ItemRecord(
            charge_point=row.charge_point,
            kind=row.kind,
            evse=row.evse,
            key=row.key,
            body=msgspec.Raw(row.body.encode()),
            source=row.source,
            at=row.at,
        )
        for row in rows
    ]
