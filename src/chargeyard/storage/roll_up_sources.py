"""What transactions are rolled up from: read first, and then made into roll-ups without the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from time import perf_counter
from typing import Any, NamedTuple

from msgspec import Struct, field
from sqlalchemy import ARRAY, ColumnElement, Connection, Integer, Select, any_, bindparam, func, select

from chargeyard.domain import roll_ups
from chargeyard.domain.roll_ups import Interval, Point, RollUp, Span
from chargeyard.storage.queries.roll_ups import find_roll_up, kept_intervals
from chargeyard.storage.roll_up_tables import GONE
from chargeyard.storage.tables import charging_transaction as tx
from chargeyard.storage.tables import meter_value

TOGETHER = 500
"""Transactions of one step at most."""

SPAN = select(
    tx.c.id,
    tx.c.charge_point,
    tx.c.evse,
    tx.c.roll_up,
    tx.c.started_at,
    tx.c.meter_start_at,
    tx.c.meter_start_wh,
    tx.c.stopped_at,
    tx.c.meter_stop_wh,
    tx.c.energy_wh,
)
"""A transaction as far as its roll-up needs it: what must still be the same when that is put down."""


class Source(Struct, frozen=True):
    """A transaction, a row of `SPAN`, and its readings; where some have gone, what was made of them before."""

    of: Any
    readings: list[Any] = field(default_factory=list)
    intervals: Sequence[Interval] = ()
    roll_up: RollUp | None = None


class Made(NamedTuple):
    """A roll-up, and what it was made from: the transaction as it was, and how many readings there were."""

    of: Any
    readings: int
    roll_up: RollUp
    intervals: Sequence[Interval]


def find_sources(
    connection: Connection, states: Sequence[int], before: datetime, limit: int
) -> tuple[list[Source], float]:
    """Those of the next transactions, in them about `limit` rows; and how many seconds it took."""
    begun = perf_counter()
    candidates = _candidates(connection, states, before, min(limit, TOGETHER))
    numbers: list[int] = []
    rows, some = 0, max(limit // 10, 10)
    while rows < limit and candidates:
        # Some at a time: to count the readings of many more than are wanted would be the most of the work.
        for number, readings in count_readings(connection, candidates[:some]).items():
            if rows < limit:
                numbers.append(number)
                rows += 1 + readings
        candidates = candidates[some:]
    return _sources(connection, numbers), perf_counter() - begun


def _sources(connection: Connection, numbers: Sequence[int]) -> list[Source]:
    if not numbers:
        return []
    spans = connection.execute(SPAN.where(tx.c.id.in_(numbers), tx.c.stopped_at.is_not(None)))
    found = {row.id: _source(connection, row) for row in spans}
    readings = connection.execute(_readings_of(connection.dialect.name), {"numbers": list(found)})
    for row in readings:
        found[row[0]].readings.append(row)
    return list(found.values())


def _source(connection: Connection, row: Any) -> Source:
    if row.roll_up < GONE:
        return Source(row)
    return Source(row, [], kept_intervals(connection, row.id), find_roll_up(connection, row.id))


def make_all(sources: Sequence[Source]) -> tuple[list[Made], float]:
    """The roll-ups of `sources`, and how many seconds it took."""
    begun = perf_counter()
    return [_make(one) for one in sources], perf_counter() - begun


def _make(source: Source) -> Made:
    """The roll-up of a transaction, anew from all that is there."""
    points = [Point(*values) for _, *values in source.readings]
    made = roll_ups.rolled_up(points, source.of.energy_wh)
    intervals = roll_ups.intervals_of([*roll_ups.points_of(source.intervals), *points], _span_of(source.of))
    if source.of.roll_up >= GONE:
        made = roll_ups.total(source.roll_up, made)
        intervals = roll_ups.with_kept(intervals, source.intervals)
    return Made(source.of, len(points), made, intervals)


def _span_of(row: Any) -> Span:
    """A transaction that has ended, as roll-ups see it."""
    return Span(
        started_at=row.meter_start_at or row.started_at,
        stopped_at=row.stopped_at,
        start_wh=row.meter_start_wh,
        stop_wh=row.meter_stop_wh,
        energy_wh=row.energy_wh,
    )


def _candidates(connection: Connection, states: Iterable[int], before: datetime, limit: int) -> Sequence[int]:
    """By our own clock: a charge point whose clock is wrong loses nothing too early."""
    found: list[int] = []
    for state in states:
        aged = select(tx.c.id).where(tx.c.roll_up == state, tx.c.stop_recorded_at < before)
        wanted = aged.order_by(tx.c.stop_recorded_at).limit(limit - len(found))
        found.extend(connection.execute(wanted).scalars())
        if len(found) >= limit:
            break
    return found


def count_readings(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """How many readings each has, in the order given."""
    if not numbers:
        return {}
    told = {
        row[0]: row[1]
        for row in connection.execute(_counts_of(connection.dialect.name), {"numbers": list(numbers)})
    }
    return {number: told.get(number, 0) for number in numbers}


@cache
def _readings_of(kind: str) -> Select[Any]:
    of = (meter_value.c.at, meter_value.c.energy_wh, meter_value.c.power_w, meter_value.c.soc_percent)
    return select(meter_value.c.transaction_id, *of).where(_is_among(kind))


@cache
def _counts_of(kind: str) -> Select[Any]:
    of = meter_value.c.transaction_id
    return select(of, func.count()).where(_is_among(kind)).group_by(of)


def _is_among(kind: str) -> ColumnElement[bool]:
    """A reading's transaction is one of `numbers`. One array: PostgreSQL weighs each of many values for each month."""
    if kind == "postgresql":
        return meter_value.c.transaction_id == any_(bindparam("numbers", type_=ARRAY(Integer)))
    return meter_value.c.transaction_id.in_(bindparam("numbers", expanding=True))
