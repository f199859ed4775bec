"""Readings that get old are rolled up, and then may go: in steps, each a transaction of its own."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)

from chargeyard.domain import roll_ups
from chargeyard.domain.roll_ups import Interval, Point, RollUp
from chargeyard.services.ports import Step
from chargeyard.storage import partitions
from chargeyard.storage.engine import Database
from chargeyard.storage.roll_up_sources import SPAN, Made, count_readings, find_sources, make_all
from chargeyard.storage.roll_up_tables import (
    DUE,
    GONE,
    GONE_AND_DUE,
    MADE,
    energy_interval,
    roll_up_due,
    roll_up_progress,
    transaction_roll_up,
)
from chargeyard.storage.steps import stepped
from chargeyard.storage.tables import charging_transaction as tx
from chargeyard.storage.tables import meter_value

_POINT = select(meter_value.c.at, meter_value.c.energy_wh, meter_value.c.power_w, meter_value.c.soc_percent)
_DAY = timedelta(days=1)
_SLICE = timedelta(hours=1)
_MADE, _GONE = "idle made", "idle gone"
"""How far readings outside of transactions are rolled up, and how far they may have gone."""
_LOOK_BACK = timedelta(days=31)
"""Transactions that began longer before an outlet's idle readings are taken to be over."""


class SqlRollUps:
    """See `services.ports.RollUps`. Who writes waits only for roll-ups to be put down, and who reads for their readings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, before: datetime, limit: int) -> Step:
        return await self._roll_up((DUE,), before, limit, _mark_made)

    async def make_idle(self, before: datetime, limit: int) -> Step:
        return await stepped(self._database, _make_idle, before, limit)

    async def reduce(self, before: datetime, limit: int) -> Step:
        """Roll up once more, whatever was told meanwhile, and let the readings go."""
        return await self._roll_up((DUE, MADE, GONE_AND_DUE), before, limit, _let_go)

    async def reduce_idle(self, before: datetime, limit: int) -> Step:
        return await stepped(self._database, _reduce_idle, before, limit)

    async def _roll_up(self, states: Sequence[int], before: datetime, limit: int, finish: "Finish") -> Step:
        found, read_s = await self._database.read(find_sources, states, before, limit)
        # In a thread, as it takes longer than to read: neither other reads nor the sockets wait for it.
        made, made_s = await asyncio.to_thread(make_all, found)
        step = await stepped(self._database, _put, made, limit, finish)
        return replace(step, read_s=read_s + made_s)


# --- transactions ---------------------------------------------------------------------------------------------


Finish = Callable[[Connection, Sequence[int], int], int]
"""(connection, transactions, how many rows at most) -> how many rows were touched."""


def _put(connection: Connection, made: Sequence[Made], limit: int, finish: Finish) -> Step:
    """What has changed since it was read stays due."""
    # Held until the end of the step: who tells something of them meanwhile waits, and then marks them again.
    wanted = SPAN.where(tx.c.id.in_([one.of.id for one in made])).order_by(tx.c.id).with_for_update()
    known = {row.id: row for row in connection.execute(wanted)}
    counts = count_readings(connection, list(known))
    same = [one for one in made if known.get(one.of.id) == one.of and counts[one.of.id] == one.readings]
    if not same:
        return Step(0, is_last=True)
    numbers = [one.of.id for one in same]
    connection.execute(delete(transaction_roll_up).where(transaction_roll_up.c.transaction_id.in_(numbers)))
    connection.execute(insert(transaction_roll_up), [_row(one) for one in same])
    connection.execute(delete(energy_interval).where(energy_interval.c.transaction_id.in_(numbers)))
    _put_intervals(connection, [((of.charge_point, of.evse, of.id), told) for of, _, _, told in same])
    gone = finish(connection, numbers, limit)
    return Step(gone + sum(1 + one.readings for one in same), is_last=False)


def _mark_made(connection: Connection, numbers: Sequence[int], _limit: int) -> int:
    connection.execute(update(tx).where(tx.c.id.in_(numbers)).values(roll_up=MADE))
    return 0


def _let_go(connection: Connection, numbers: Sequence[int], limit: int) -> int:
    gone, left = partitions.delete_of(connection, numbers, limit)
    state = case((tx.c.id >= left, GONE_AND_DUE), else_=GONE) if left is not None else GONE
    connection.execute(update(tx).where(tx.c.id.in_(numbers)).values(roll_up=state))
    return gone


def _row(made: Made) -> dict[str, Any]:
    fields = {name: getattr(made.roll_up, name) for name in RollUp.__struct_fields__}
    return {"transaction_id": made.of.id, **fields}


def _put_intervals(
    connection: Connection, told: Sequence[tuple[tuple[str, int, int], Sequence[Interval]]]
) -> None:
    """Intervals of transactions (0: none) at their outlets."""
    rows = [
        {"charge_point": charge_point, "evse": evse, "transaction_id": number}
        | {name: getattr(one, name) for name in Interval.__struct_fields__}
        for (charge_point, evse, number), intervals in told
        for one in intervals
    ]
    if rows:
        connection.execute(insert(energy_interval), rows)


# --- outside of transactions ----------------------------------------------------------------------------------


def _make_idle(connection: Connection, before: datetime, limit: int) -> Step:
    """What is due first; then the next hour, whose outlets become due."""
    gone = _progress(connection, _GONE)
    if gone is not None:
        # Of days whose readings have gone, what comes now is not the whole: it changes nothing.
        connection.execute(delete(roll_up_due).where(roll_up_due.c.day < gone))
    aged = select(roll_up_due).where(roll_up_due.c.day <= before - 2 * _DAY)
    due = connection.execute(aged.order_by(roll_up_due.c.day).limit(limit)).all()
    done = 0
    for row in due:
        done += 1 + _roll_up_day(connection, row)
        if done >= limit:
            break
    return Step(done, is_last=False) if due else _advance(connection, before)


def _advance(connection: Connection, before: datetime) -> Step:
    """Every outlet with readings in the next hour is due. A day is rolled up when the one after it is over too."""
    first = _first_idle(connection, _progress(connection, _MADE))
    if first is None or first >= roll_ups.day_of(before) - _DAY:
        return Step(0, is_last=True)
    since = first - (first - roll_ups.day_of(first)) % _SLICE
    day = roll_ups.day_of(since)
    there = select(meter_value.c.charge_point, meter_value.c.evse).where(
        meter_value.c.transaction_id.is_(None), meter_value.c.at >= since, meter_value.c.at < since + _SLICE
    )
    known = select(roll_up_due.c.charge_point, roll_up_due.c.evse).where(roll_up_due.c.day == day)
    found = {tuple(row) for row in connection.execute(there.distinct())}
    rows = sorted(found - {tuple(row) for row in connection.execute(known)})
    if rows:
        due = [{"charge_point": charge_point, "evse": evse, "day": day} for charge_point, evse in rows]
        connection.execute(insert(roll_up_due), due)
    _set_progress(connection, _MADE, since + _SLICE)
    return Step(len(rows), is_last=False)


def _reduce_idle(connection: Connection, before: datetime, limit: int) -> Step:
    """Whole days go, and none before it has been rolled up."""
    until = roll_ups.day_of(before)
    waiting = connection.execute(select(roll_up_due.c.day).where(roll_up_due.c.day < until).limit(1)).first()
    unseen = _first_idle(connection, _progress(connection, _MADE))
    if waiting is not None or (unseen is not None and unseen < until):
        return Step(0, is_last=True)
    _set_progress(connection, _GONE, until)
    gone = partitions.delete_idle(connection, until, limit)
    return Step(gone, is_last=gone < limit)


def gone_until(connection: Connection) -> datetime | None:
    """Readings outside of transactions from before this instant may have gone, None: none has."""
    return _progress(connection, _GONE)


def _progress(connection: Connection, name: str) -> datetime | None:
    known = select(roll_up_progress.c.at).where(roll_up_progress.c.name == name)
    return connection.execute(known).scalar_one_or_none()


def _set_progress(connection: Connection, name: str, at: datetime) -> None:
    connection.execute(delete(roll_up_progress).where(roll_up_progress.c.name == name))
    connection.execute(insert(roll_up_progress), {"name": name, "at": at})


def _first_idle(connection: Connection, since: datetime | None) -> datetime | None:
    wanted = select(meter_value.c.at).where(meter_value.c.transaction_id.is_(None))
    if since is not None:
        wanted = wanted.where(meter_value.c.at >= since)
    return connection.execute(wanted.order_by(meter_value.c.at).limit(1)).scalar_one_or_none()


def _roll_up_day(connection: Connection, due: Row[Any]) -> int:
    """Make the intervals of an outlet's day anew; how many readings there are."""
    since, until = due.day, due.day + _DAY
    connection.execute(
        delete(roll_up_due).where(
            roll_up_due.c.charge_point == due.charge_point,
            roll_up_due.c.evse == due.evse,
            roll_up_due.c.day == due.day,
        )
    )
    idle = _POINT.where(*_outlet(due), meter_value.c.transaction_id.is_(None))
    rows = connection.execute(idle.where(meter_value.c.at >= since, meter_value.c.at < until))
    points = [Point(*row) for row in rows] + _neighbours(connection, due)
    busy = _busy(connection, due) if due.evse else []
    made = roll_ups.idle_intervals(points, busy, since, until)
    connection.execute(
        delete(energy_interval).where(
            energy_interval.c.charge_point == due.charge_point,
            energy_interval.c.evse == due.evse,
            energy_interval.c.transaction_id == 0,
            energy_interval.c.starts_at >= since,
            energy_interval.c.starts_at < until,
        )
    )
    _put_intervals(connection, [((due.charge_point, due.evse, 0), made)])
    return len(points)


def _neighbours(connection: Connection, due: Row[Any]) -> list[Point]:
    """The registers before and after a day: the energy from one to the other lies partly in it."""
    at = meter_value.c.at
    here = _POINT.where(
        *_outlet(due), meter_value.c.transaction_id.is_(None), meter_value.c.energy_wh.is_not(None)
    )
    before = here.where(at >= due.day - _DAY, at < due.day).order_by(at.desc())
    after = here.where(at >= due.day + _DAY, at < due.day + 2 * _DAY).order_by(at)
    found = [Point(*row) for wanted in (before, after) for row in connection.execute(wanted.limit(1))]
    if not found or found[0].at > due.day:
        found += _kept_before(connection, due)
    return found


def _kept_before(connection: Connection, due: Row[Any]) -> list[Point]:
    """The last register of the day before, whose readings have gone."""
    at, wh = energy_interval.c.last_register_at, energy_interval.c.last_register_wh
    wanted = select(at, wh).where(
        energy_interval.c.charge_point == due.charge_point,
        energy_interval.c.evse == due.evse,
        energy_interval.c.transaction_id == 0,
        energy_interval.c.starts_at >= due.day - _DAY,
        energy_interval.c.starts_at < due.day,
        wh.is_not(None),
    )
    rows = connection.execute(wanted.order_by(energy_interval.c.starts_at.desc()).limit(1))
    return [Point(row[0], row[1]) for row in rows]


def _outlet(due: Row[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return meter_value.c.charge_point == due.charge_point, meter_value.c.evse == due.evse


def _busy(connection: Connection, due: Row[Any]) -> list[tuple[datetime, datetime]]:
    """When transactions ran at an outlet around a day."""
    since, until = due.day - _DAY, due.day + 2 * _DAY
    rows = connection.execute(
        select(tx.c.started_at, tx.c.stopped_at).where(
            tx.c.charge_point == due.charge_point,
            tx.c.evse == due.evse,
            tx.c.started_at >= since - _LOOK_BACK,
            tx.c.started_at < until,
            or_(tx.c.stopped_at.is_(None), tx.c.stopped_at > since),
        )
    )
    return [(row[0], row[1] or until) for row in rows]
