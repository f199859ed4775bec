"""Transactions, as sessions and as readers see them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, literal, or_, select, true

from chargeyard.domain.authorization import Status, key_of
from chargeyard.domain.charge_point import Transaction
from chargeyard.domain.metering import energy_between
from chargeyard.domain.records import Page, TransactionRecord
from chargeyard.services.ports import Paging, TransactionFilter
from chargeyard.storage.queries import accounts, roll_ups, transaction_events
from chargeyard.storage.queries.last_readings import last_readings, last_registers
from chargeyard.storage.queries.many import filled_up
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.queries.transaction_events import Count
from chargeyard.storage.roll_up_tables import GONE
from chargeyard.storage.tables import (
    Instant,
    charge_point,
    from_microseconds,
    to_microseconds,
    transaction_account,
    transaction_roll_up,
)
from chargeyard.storage.tables import charging_transaction as tx

_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)
"""Before everything, and within what every database can hold."""
_OTHER = tx.alias("other")

_STATUS = {str(status): status for status in Status}
"""Quicker than `Status(text)`: a reconnect storm reads a hundred thousand of them."""

_FOR_SESSIONS: Select[Any] = select(
    tx.c.charge_point,
    tx.c.id,
    tx.c.wire_id,
    tx.c.start_key,
    tx.c.evse,
    tx.c.connector,
    tx.c.id_token,
    tx.c.authorization,
    tx.c.started_at,
    tx.c.meter_start_wh,
    tx.c.meter_start_at,
    transaction_roll_up.c.last_register_at,
    transaction_roll_up.c.last_register_wh,
    tx.c.stopped_at,
    tx.c.meter_stop_wh,
    tx.c.reason,
    tx.c.completeness,
    tx.c.energy_wh,
    tx.c.quality,
    tx.c.stop_id_token,
    *accounts.COLUMNS,
).select_from(
    tx.outerjoin(transaction_account, accounts.OF_TRANSACTION).outerjoin(
        transaction_roll_up, roll_ups.OF_REDUCED
    )
)
"""The charge point, then the fields of `Transaction` in their order, the last of which is the account. The last
register is that of the roll-up; where the readings are still there, theirs counts."""

_FOR_READERS: Select[Any] = select(
    tx,
    *roll_ups.COLUMNS,
    *accounts.COLUMNS,
).select_from(
    tx.outerjoin(transaction_account, accounts.OF_TRANSACTION).outerjoin(
        transaction_roll_up, roll_ups.OF_TRANSACTION
    )
)


def _transactions(connection: Connection, rows: Sequence[Row[Any]]) -> list[tuple[str, Transaction]]:
    """Each with its charge point."""
    registers = last_registers(connection, [row.id for row in rows]) if rows else {}
    return [(row[0], _transaction(row, registers.get(row.id))) for row in rows]


def _transaction(row: Row[Any], register: Row[Any] | None) -> Transaction:
    values = (*row[1 : -len(accounts.COLUMNS)], accounts.account_of(row[-len(accounts.COLUMNS) :]))
    fields: dict[str, Any] = dict(zip(Transaction.__struct_fields__, values, strict=True))
    fields["authorization"] = _STATUS[fields["authorization"]]
    if register is not None:
        fields["last_reading_at"], fields["last_energy_wh"] = register.at, register.energy_wh
    return Transaction(**fields)


class _Last(NamedTuple):
    """What the last reading of a transaction tells, and its last register."""

    at: datetime | None = None
    power_w: int | None = None
    soc_percent: float | None = None
    energy_wh: int | None = None


def _lasts(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, _Last]:
    """Of those that are still there in full, and have any reading."""
    there = [row.id for row in rows if row.roll_up < GONE or row.stopped_at is None]
    readings = last_readings(connection, there) if there else {}
    # Most readings tell the register; it matters only while the transaction runs.
    silent = [row.id for row in rows if row.stopped_at is None and _tells_no_register(readings.get(row.id))]
    registers = last_registers(connection, silent) if silent else {}
    return {
        number: _Last(one.at, one.power_w, one.soc_percent, registers.get(number, one).energy_wh)
        for number, one in readings.items()
    }


def _tells_no_register(reading: Row[Any] | None) -> bool:
    return reading is not None and reading.energy_wh is None


def _energy(row: Row[Any], last: _Last) -> tuple[int, str]:
    """What was booked, or while it runs what the last register tells."""
    if row.stopped_at is not None or last.energy_wh is None:
        return row.energy_wh, row.quality
    running = energy_between(row.meter_start_wh, None, last.energy_wh)
    return running.energy_wh, "ok" if running.quality == "estimated" else running.quality


def _record(row: Row[Any], count: Count, last: _Last | None) -> TransactionRecord:
    kept = roll_ups.roll_up_of(row)
    if last is None:
        last = _Last(kept.last_at, None, kept.last_soc_percent) if kept else _Last()
    energy_wh, quality = _energy(row, last)
    return TransactionRecord(
        id=row.id,
        charge_point=row.charge_point,
        wire_id=row.wire_id,
        evse=row.evse,
        connector=row.connector,
        id_token=row.id_token,
        authorization=Status(row.authorization),
        started_at=row.started_at,
        meter_start_wh=row.meter_start_wh,
        stopped_at=row.stopped_at,
        meter_stop_wh=row.meter_stop_wh,
        energy_wh=energy_wh,
        quality=quality,
        reason=row.reason,
        completeness=row.completeness,
        stop_id_token=row.stop_id_token,
        reservation_id=row.reservation_id,
        last_reading_at=last.at,
        power_w=last.power_w,
        soc_percent=last.soc_percent,
        charging_state=row.charging_state,
        charging_state_sequence=row.charging_state_sequence,
        meter_start_at=row.meter_start_at,
        events=count.events,
        gaps=count.gaps,
        has_start=count.has_start,
        last_event_at=count.last_at,
        remote_start_id=row.remote_start_id,
        account=accounts.account_of(row[-len(accounts.COLUMNS) :]),
        roll_up=kept,
        is_reduced=row.roll_up >= GONE,
    )


# --- for sessions ---------------------------------------------------------------------------------------------


def open_of(connection: Connection, charge_points: Iterable[str]) -> list[tuple[str, Transaction]]:
    """The open transactions of `charge_points`, oldest first."""
    wanted = _FOR_SESSIONS.where(tx.c.charge_point.in_(charge_points), tx.c.stopped_at.is_(None))
    return _transactions(connection, connection.execute(wanted.order_by(tx.c.started_at, tx.c.id)).all())


def last_closed_of(
    connection: Connection, charge_points: Iterable[str], count: int
) -> list[tuple[str, Transaction]]:
    """The closed transactions of each of `charge_points` that began last, newest first: `count`, or more where
    several began at the same instant.

    First where the last `count` begin, by one short walk of the index for each charge point: a window function
    would number every transaction that a charge point ever had.
    """
    began = (
        select(_OTHER.c.started_at)
        .where(_OTHER.c.charge_point == charge_point.c.id, _OTHER.c.stopped_at.is_not(None))
        .order_by(_OTHER.c.started_at.desc())
        .limit(1)
        .offset(count - 1)
        .correlate(charge_point)
        .scalar_subquery()
    )
    recent = and_(
        tx.c.charge_point == charge_point.c.id,
        tx.c.started_at >= func.coalesce(began, literal(_EARLIEST, Instant)),
    )
    wanted = _FOR_SESSIONS.join(charge_point, recent).where(
        charge_point.c.id.in_(charge_points), tx.c.stopped_at.is_not(None)
    )
    newest_first = wanted.order_by(tx.c.started_at.desc(), tx.c.id.desc())
    return _transactions(connection, connection.execute(newest_first).all())


# What every start and end asks is put together once: that takes as long as asking it.
_BY_NUMBERS = _FOR_SESSIONS.where(tx.c.id.in_(bindparam("of", expanding=True)))
_RUNNING_OF_TOKENS = (
    select(tx.c.id_token_key, func.count())
    .where(tx.c.id_token_key.in_(bindparam("of", expanding=True)), tx.c.stopped_at.is_(None))
    .group_by(tx.c.id_token_key)
)

Place = tuple[str, str]
"""A charge point, and what names a transaction there: a start key or a wire id."""


@cache
def _where(name: str, count: int) -> Select[Any]:
    """The transactions at `count` places; each is one step into the index (a list of pairs would be none on SQLite)."""
    places = [
        and_(tx.c.charge_point == bindparam(f"at{n}"), tx.c[name] == bindparam(f"named{n}"))
        for n in range(count)
    ]
    return (
        select(tx.c.id, tx.c.charge_point, tx.c[name]).where(or_(*places)).order_by(tx.c.started_at, tx.c.id)
    )


def find_starts(connection: Connection, places: Sequence[Place]) -> dict[Place, Transaction]:
    return _at_places(connection, "start_key", places)


def find_transactions(connection: Connection, places: Sequence[Place]) -> dict[Place, Transaction]:
    """Of each place the last one that the charge point called so."""
    return _at_places(connection, "wire_id", places)


def _at_places(connection: Connection, name: str, places: Sequence[Place]) -> dict[Place, Transaction]:
    asked: dict[str, str] = {}
    for n, (at, named) in enumerate(filled_up(places)):
        asked |= {f"at{n}": at, f"named{n}": named}
    rows = connection.execute(_where(name, len(asked) // 2), asked)
    place_of = {number: place for place, number in {(row[1], row[2]): row[0] for row in rows}.items()}
    if not place_of:
        return {}
    found = connection.execute(_BY_NUMBERS, {"of": filled_up(list(place_of))}).all()
    return {place_of[one.number]: one for _, one in _transactions(connection, found)}


def count_running(connection: Connection, id_tokens: Sequence[str]) -> dict[str, int]:
    keys = {id_token: key_of(id_token) for id_token in id_tokens}
    rows = connection.execute(_RUNNING_OF_TOKENS, {"of": filled_up(list(keys.values()))})
    counted: dict[str, int] = {row[0]: row[1] for row in rows}
    return {id_token: counted.get(key, 0) for id_token, key in keys.items()}


# --- for readers ----------------------------------------------------------------------------------------------


def find_record(connection: Connection, transaction: int) -> TransactionRecord | None:
    rows = connection.execute(_FOR_READERS.where(tx.c.id == transaction)).all()
    return next(iter(_records(connection, rows)), None)


def running_at(connection: Connection, charge_points: Iterable[str]) -> list[TransactionRecord]:
    """The open transactions of `charge_points`, oldest first."""
    wanted = _FOR_READERS.where(tx.c.charge_point.in_(charge_points), tx.c.stopped_at.is_(None))
    return _records(connection, connection.execute(wanted.order_by(tx.c.started_at, tx.c.id)).all())


def list_records(
    connection: Connection, wanted: TransactionFilter, paging: Paging
) -> Page[TransactionRecord]:
    """Newest start first."""
    statement = _filtered(_FOR_READERS, wanted)
    if paging.cursor is not None:
        at, number = read_cursor(paging.cursor, tuple[int, int])
        started_at = from_microseconds(at)
        statement = statement.where(
            tx.c.started_at <= started_at, or_(tx.c.started_at < started_at, tx.c.id < number)
        )
    ordered = statement.order_by(tx.c.started_at.desc(), tx.c.id.desc()).limit(paging.limit + 1)
    rows = connection.execute(ordered).all()
    return page_of(
        rows,
        paging.limit,
        lambda shown: _records(connection, shown),
        lambda row: (to_microseconds(row.started_at), row.id),
    )


def _records(connection: Connection, rows: Sequence[Row[Any]]) -> list[TransactionRecord]:
    counts, lasts = transaction_events.count(connection, [row.id for row in rows]), _lasts(connection, rows)
    return [_record(row, counts.get(row.id, Count()), lasts.get(row.id)) for row in rows]


def _filtered(statement: Select[Any], wanted: TransactionFilter) -> Select[Any]:
    conditions = []
    if wanted.charge_point is not None:
        conditions.append(tx.c.charge_point == wanted.charge_point)
    if wanted.id_token is not None:
        conditions.append(tx.c.id_token_key == key_of(wanted.id_token))
    if wanted.running is not None:
        conditions.append(tx.c.stopped_at.is_(None) if wanted.running else tx.c.stopped_at.is_not(None))
    if wanted.since is not None:
        conditions.append(tx.c.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(tx.c.started_at < wanted.until)
    return statement.where(and_(true(), *conditions))
