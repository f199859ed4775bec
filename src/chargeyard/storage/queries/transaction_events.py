"""The events of a transaction, as the charge point told them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, and_, bindparam, case, func, or_, select

from chargeyard.domain.event_order import FIRST_EVENTS, Place, Told
from chargeyard.domain.records import Page, TransactionEventRecord
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import transaction_event as told

_NUMBER = case((told.c.sequence >= 0, told.c.sequence))
"""What came without a number leaves no gap."""

_COUNTED = select(
    told.c.transaction_id,
    func.count(),
    func.coalesce(func.max(_NUMBER) - func.min(_NUMBER) + 1 - func.count(_NUMBER.distinct()), 0),
    func.max(case((told.c.phase == "Started", 1), else_=0)),
    func.max(told.c.recorded_at),
).group_by(told.c.transaction_id)


class Count(NamedTuple):
    """How many events of a transaction there are, how many sequence numbers are missing between them, whether
    the one that began it is among them, and when we heard the latest."""

    events: int = 0
    gaps: int = 0
    has_start: bool = False
    last_at: datetime | None = None


def count(connection: Connection, transactions: Sequence[int]) -> dict[int, Count]:
    """Only those that have any."""
    rows = connection.execute(_COUNTED.where(told.c.transaction_id.in_(transactions)))
    return {row[0]: Count(row[1], row[2], bool(row[3]), row[4]) for row in rows}


_FIRST = (
    select(told)
    .where(told.c.transaction_id == bindparam("of"))
    .order_by(told.c.sequence, told.c.id)
    .limit(bindparam("most"))
)
"""Put together once: every end of a transaction asks it."""


def list_records(connection: Connection, transaction: int, paging: Paging) -> Page[TransactionEventRecord]:
    """In the order of their sequence numbers; those that share one in the order of arrival."""
    wanted = _FIRST
    if paging.cursor is not None:
        sequence, number = read_cursor(paging.cursor, tuple[int, int])
        wanted = wanted.where(
            told.c.sequence >= sequence, or_(told.c.sequence > sequence, told.c.id > number)
        )
    rows = connection.execute(wanted, {"of": transaction, "most": paging.limit + 1}).all()
    return page_of(rows, paging.limit, _records, lambda row: (row.sequence, row.id))


_BY_NUMBER: Any = {"order_by": (told.c.sequence, told.c.id)}
_NEIGHBOURS = (
    select(
        told.c.sequence,
        told.c.at,
        told.c.id,
        told.c.phase,
        func.row_number().over(**_BY_NUMBER).label("place"),
        func.lag(told.c.sequence).over(**_BY_NUMBER).label("sequence_before"),
        func.lag(told.c.at, type_=told.c.at.type).over(**_BY_NUMBER).label("at_before"),
        func.lag(told.c.id).over(**_BY_NUMBER).label("id_before"),
        func.lead(told.c.sequence).over(**_BY_NUMBER).label("sequence_after"),
    )
    .where(told.c.transaction_id == bindparam("of"))
    .subquery("neighbours")
)
_OF = _NEIGHBOURS.c
_TOLD = (
    select(_NEIGHBOURS)
    .where(
        or_(
            _OF.place <= FIRST_EVENTS,
            _OF.at < _OF.at_before,
            _OF.id < _OF.id_before,
            and_(_OF.sequence_before < bindparam("beside"), _OF.sequence >= bindparam("beside")),
            and_(
                _OF.sequence < bindparam("beside"),
                func.coalesce(_OF.sequence_after, bindparam("beside")) >= bindparam("beside"),
            ),
        )
    )
    .order_by(_OF.place)
)
"""Put together once: every end of a transaction asks it."""


def list_told(connection: Connection, transaction: int, beside: int | None) -> list[Told]:
    """See `services.ports.Store`."""
    rows = connection.execute(_TOLD, {"of": transaction, "beside": -1 if beside is None else beside})
    return [_told(row) for row in rows]


def _told(row: Any) -> Told:
    sequence, at, number, phase, _, sequence_before, at_before, number_before, _ = row
    before = None if number_before is None else Place(sequence_before, at_before, number_before)
    return Told(Place(sequence, at, number), phase, before)


def _records(rows: Sequence[Row[Any]]) -> list[TransactionEventRecord]:
    return [
        TransactionEventRecord(
            id=row.id,
            charge_point=row.charge_point,
            transaction=row.transaction_id,
            sequence=row.sequence,
            at=row.at,
            recorded_at=row.recorded_at,
            phase=row.phase,
            trigger=row.trigger,
            charging_state=row.charging_state,
            is_offline=row.is_offline,
            payload=msgspec.Raw(row.payload.encode()),
            said=row.said,
        )
        for row in rows
    ]
