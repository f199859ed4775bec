"""What is left of readings when their detail goes: the roll-up of a transaction, the energy of every 15 minutes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

from chargeyard.domain.records import IntervalRecord, Page
from chargeyard.domain.roll_ups import Interval, RollUp
from chargeyard.services.ports import IntervalFilter, Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.roll_up_tables import GONE, energy_interval, transaction_roll_up
from chargeyard.storage.tables import charging_transaction, from_microseconds, to_microseconds

COLUMNS = tuple(transaction_roll_up.c[name].label(f"roll_up_{name}") for name in RollUp.__struct_fields__)
"""Of a roll-up, for a query of transactions that joins it by `OF_TRANSACTION`."""

OF_TRANSACTION = transaction_roll_up.c.transaction_id == charging_transaction.c.id
OF_REDUCED = and_(OF_TRANSACTION, charging_transaction.c.roll_up >= GONE)
"""Only where the readings have gone: what is still there in full needs no look."""

_ORDER = (
    energy_interval.c.starts_at,
    energy_interval.c.evse,
    energy_interval.c.transaction_id,
)


def roll_up_of(row: Row[Any]) -> RollUp | None:
    """The roll-up in a row with `COLUMNS`."""
    if row.roll_up_readings is None:
        return None
    return RollUp(**{name: getattr(row, f"roll_up_{name}") for name in RollUp.__struct_fields__})


def find_roll_up(connection: Connection, transaction: int) -> RollUp | None:
    row = connection.execute(
        select(*COLUMNS).where(transaction_roll_up.c.transaction_id == transaction)
    ).first()
    return roll_up_of(row) if row else None


def list_intervals(
    connection: Connection, charge_point: str, wanted: IntervalFilter, paging: Paging
) -> Page[IntervalRecord]:
    """Of a charge point, in the order of time."""
    statement = select(energy_interval).where(energy_interval.c.charge_point == charge_point)
    if wanted.evse is not None:
        statement = statement.where(energy_interval.c.evse == wanted.evse)
    if wanted.since is not None:
        statement = statement.where(energy_interval.c.starts_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(energy_interval.c.starts_at < wanted.until)
    return _in_time(connection, statement, paging)


def list_of_transaction(connection: Connection, transaction: int, paging: Paging) -> Page[IntervalRecord]:
    """In the order of time."""
    wanted = select(energy_interval).where(energy_interval.c.transaction_id == transaction)
    return _in_time(connection, wanted, paging)


def kept_intervals(connection: Connection, transaction: int) -> list[Interval]:
    """All of a transaction."""
    wanted = select(energy_interval).where(energy_interval.c.transaction_id == transaction)
    return [_interval(row) for row in connection.execute(wanted.order_by(energy_interval.c.starts_at))]


def _in_time(connection: Connection, wanted: Select[Any], paging: Paging) -> Page[IntervalRecord]:
    if paging.cursor is not None:
        microseconds, evse, transaction = read_cursor(paging.cursor, tuple[int, int, int])
        at = from_microseconds(microseconds)
        starts_at, outlet, number = _ORDER
        later = or_(outlet > evse, and_(outlet == evse, number > transaction))
        wanted = wanted.where(starts_at >= at, or_(starts_at > at, later))
    rows = connection.execute(wanted.order_by(*_ORDER).limit(paging.limit + 1)).all()
    return page_of(
        rows,
        paging.limit,
        _records,
        lambda row: (to_microseconds(row.starts_at), row.evse, row.transaction_id),
    )


def _records(rows: Sequence[Row[Any]]) -> list[IntervalRecord]:
    return [
        IntervalRecord(
            charge_point=row.charge_point,
            evse=row.evse,
            transaction=row.transaction_id or None,
            interval=_interval(row),
        )
        for row in rows
    ]


def _interval(row: Row[Any]) -> Interval:
    return Interval(**{name: getattr(row, name) for name in Interval.__struct_fields__})
