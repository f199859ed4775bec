"""Transactions, as sessions and as readers see them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, literal, or_, select, true

from chargeyard.domain.authorization import Status, key_of
from chargeyard.domain.charge_point import Transaction
from chargeyard.domain.metering import energy_between
from chargeyard.domain.records import Page, TransactionRecord
from chargeyard.domain.roll_ups import RollUp
from chargeyard.services.ports import Paging, TransactionFilter
from chargeyard.storage.queries import accounts, roll_ups, transaction_events
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.queries.transaction_events import Count
from chargeyard.storage.roll_up_tables import GONE
from chargeyard.storage.tables import (
    Instant,
    charge_point,
    from_microseconds,
    meter_value,
    to_microseconds,
    transaction_account,
    transaction_roll_up,
)
from chargeyard.storage.tables import charging_transaction as tx

_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)
"""Before everything, and within what every database can hold."""
_OTHER = tx.alias("other")
_LAST = meter_value.alias("last_reading")
_REGISTER = meter_value.alias("last_register")


def _last_id(with_energy: bool) -> Any:
    """The number of a transaction's last reading: one step into an index, however many readings it has."""
    wanted = select(meter_value.c.id).where(meter_value.c.transaction_id == tx.c.id)
    if with_energy:
        wanted = wanted.where(meter_value.c.energy_wh.is_not(None))
    newest = wanted.order_by(meter_value.c.at.desc(), meter_value.c.id.desc()).limit(1)
    return newest.correlate(tx).scalar_subquery()


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
    func.coalesce(_REGISTER.c.at, transaction_roll_up.c.last_register_at),
    func.coalesce(_REGISTER.c.energy_wh, transaction_roll_up.c.last_register_wh),
    tx.c.stopped_at,
    tx.c.meter_stop_wh,
    tx.c.reason,
    tx.c.completeness,
    tx.c.energy_wh,
    tx.c.quality,
    tx.c.stop_id_token,
    *accounts.COLUMNS,
).select_from(
    tx.outerjoin(_REGISTER, _REGISTER.c.id == _last_id(with_energy=True))
    .outerjoin(transaction_account, accounts.OF_TRANSACTION)
    .outerjoin(transaction_roll_up, roll_ups.OF_REDUCED)
)
"""The charge point, then the fields of `Transaction` in their order, the last of which is the account."""

_FOR_READERS: Select[Any] = select(
    tx,
    _LAST.c.at.label("last_reading_at"),
    _LAST.c.power_w,
    _LAST.c.soc_percent,
    _REGISTER.c.energy_wh.label("last_energy_wh"),
    *roll_ups.COLUMNS,
    *accounts.COLUMNS,
).select_from(
    tx.outerjoin(_LAST, _LAST.c.id == _last_id(with_energy=False))
    .outerjoin(_REGISTER, _REGISTER.c.id == _last_id(with_energy=True))
    .outerjoin(transaction_account, accounts.OF_TRANSACTION)
    .outerjoin(transaction_roll_up, roll_ups.OF_TRANSACTION)
)


def _transaction(row: Row[Any]) -> Transaction:
    values = (*row[1 : -len(accounts.COLUMNS)], accounts.account_of(row[-len(accounts.COLUMNS) :]))
    fields: dict[str, Any] = dict(zip(Transaction.__struct_fields__, values, strict=True))
    fields["authorization"] = _STATUS[fields["authorization"]]
    return Transaction(**fields)


def _last(row: Row[Any], kept: RollUp | None) -> tuple[datetime | None, float | None]:
    """When the last reading was, and the state of charge then."""
    if row.last_reading_at is None and kept is not None:
        return kept.last_at, kept.last_soc_percent
    return row.last_reading_at, row.soc_percent


def _record(row: Row[Any], count: Count) -> TransactionRecord:
    kept = roll_ups.roll_up_of(row)
    last_at, soc_percent = _last(row, kept)
    energy_wh, quality = row.energy_wh, row.quality
    if row.stopped_at is None and row.last_energy_wh is not None:
        running = energy_between(row.meter_start_wh, None, row.last_energy_wh)
        energy_wh = running.energy_wh
        quality = "ok" if running.quality == "estimated" else running.quality
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
        last_reading_at=last_at,
        power_w=row.power_w,
        soc_percent=soc_percent,
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
    rows = connection.execute(wanted.order_by(tx.c.started_at, tx.c.id))
    return [(row[0], _transaction(row)) for row in rows]


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
    rows = connection.execute(wanted.order_by(tx.c.started_at.desc(), tx.c.id.desc()))
    return [(row[0], _transaction(row)) for row in rows]


# What every start and end asks is put together once: that takes as long as asking it.
_BY_START = _FOR_SESSIONS.where(tx.c.charge_point == bindparam("at"), tx.c.start_key == bindparam("key"))
_BY_WIRE_ID = (
    _FOR_SESSIONS.where(tx.c.charge_point == bindparam("at"), tx.c.wire_id == bindparam("named"))
    .order_by(tx.c.started_at.desc(), tx.c.id.desc())
    .limit(1)
)
_RUNNING_OF_TOKEN = (
    select(func.count())
    .select_from(tx)
    .where(tx.c.id_token_key == bindparam("key"), tx.c.stopped_at.is_(None))
)


def find_start(connection: Connection, charge_point: str, start_key: str) -> Transaction | None:
    row = connection.execute(_BY_START, {"at": charge_point, "key": start_key}).first()
    return _transaction(row) if row else None


def find_transaction(connection: Connection, charge_point: str, wire_id: str) -> Transaction | None:
    """The last one that this charge point called so."""
    row = connection.execute(_BY_WIRE_ID, {"at": charge_point, "named": wire_id}).first()
    return _transaction(row) if row else None


def count_running(connection: Connection, id_token: str) -> int:
    return int(connection.execute(_RUNNING_OF_TOKEN, {"key": key_of(id_token)}).scalar_one())


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
    counts = transaction_events.count(connection, [row.id for row in rows])
    return [_record(row, counts.get(row.id, Count())) for row in rows]


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
