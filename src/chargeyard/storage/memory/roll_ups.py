"""Roll-ups in memory: whole passes instead of steps. A refused commit, after which the tables are made anew from the
events, brings readings back that had gone."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from chargeyard.domain import roll_ups
from chargeyard.domain.records import IntervalRecord, MeterValueRecord, TransactionRecord
from chargeyard.domain.roll_ups import Interval, Point, Span
from chargeyard.services.ports import IntervalFilter, Step
from chargeyard.storage.memory.journal import MemoryJournal
from chargeyard.storage.memory.tables import Tables

_DAY = timedelta(days=1)


class MemoryRollUps:
    """See `services.ports.RollUps`."""

    def __init__(self, journal: MemoryJournal) -> None:
        self._journal = journal

    @property
    def _tables(self) -> Tables:
        return self._journal.tables

    async def make(self, before: datetime, limit: int) -> Step:
        done = self._tables.reduced | self._tables.rolled_up
        made = [one for one in self._ended(before) if one.id not in done][:limit]
        for one in made:
            _roll_up(self._tables, one)
            self._tables.rolled_up.add(one.id)
        return Step(len(made), is_last=len(made) < limit)

    async def reduce(self, before: datetime, limit: int) -> Step:
        tables = self._tables
        aged = [one for one in self._ended(before) if not {one.id} <= tables.reduced & tables.rolled_up][
            :limit
        ]
        for one in aged:
            _roll_up(tables, one)
            _forget(tables, partial(_is_of, one.id))
            tables.rolled_up.add(one.id)
            tables.reduced.add(one.id)
        return Step(len(aged), is_last=len(aged) < limit)

    async def make_idle(self, before: datetime, limit: int) -> Step:
        tables = self._tables
        idle = [one for one in tables.meter_values.values() if one.transaction is None]
        units = {
            (one.charge_point, one.evse, roll_ups.day_of(one.at) + n * _DAY)
            for one in idle
            for n in (-1, 0, 1)
        }
        for charge_point, evse, day in sorted(units):
            is_gone = tables.idle_gone is not None and day < tables.idle_gone
            if not is_gone and day <= before - 2 * _DAY:
                _roll_up_day(tables, (charge_point, evse), day)
        return Step(len(units), is_last=True)

    async def reduce_idle(self, before: datetime, limit: int) -> Step:
        until = roll_ups.day_of(before)
        self._tables.idle_gone = until
        _forget(self._tables, lambda one: one.transaction is None and one.at < until)
        return Step(0, is_last=True)

    def _ended(self, before: datetime) -> list[TransactionRecord]:
        recorded = self._tables.stop_recorded
        return [
            one
            for one in self._tables.transactions.values()
            if one.stopped_at is not None and recorded[one.id] < before
        ]


def list_intervals(tables: Tables, charge_point: str, wanted: IntervalFilter) -> list[IntervalRecord]:
    """Those of a charge point that the filter wants."""
    return [
        _record(key, one)
        for key, one in tables.intervals.items()
        if key[0] == charge_point
        and wanted.evse in (None, key[2])
        and (wanted.since is None or key[1] >= wanted.since)
        and (wanted.until is None or key[1] < wanted.until)
    ]


def intervals_of(tables: Tables, transaction: int) -> list[IntervalRecord]:
    """Those of a transaction, in the order of time."""
    return [_record(key, one) for key, one in sorted(tables.intervals.items()) if key[3] == transaction]


def _record(key: tuple[str, datetime, int, int], one: Interval) -> IntervalRecord:
    return IntervalRecord(charge_point=key[0], evse=key[2], transaction=key[3] or None, interval=one)


def _roll_up(tables: Tables, one: TransactionRecord) -> None:
    points = _points(reading for reading in tables.meter_values.values() if reading.transaction == one.id)
    kept = [known.interval for known in intervals_of(tables, one.id)] if one.id in tables.reduced else []
    made = roll_ups.rolled_up(points, one.energy_wh)
    intervals = roll_ups.intervals_of([*roll_ups.points_of(kept), *points], _span(one))
    if one.id in tables.reduced:
        made = roll_ups.total(tables.roll_ups.get(one.id), made)
        intervals = roll_ups.with_kept(intervals, kept)
    tables.roll_ups[one.id] = made
    _put(
        tables,
        {key for key in tables.intervals if key[3] == one.id},
        (one.charge_point, one.evse, one.id),
        intervals,
    )


def _span(one: TransactionRecord) -> Span:
    assert one.stopped_at is not None
    return Span(
        started_at=one.meter_start_at or one.started_at,
        stopped_at=one.stopped_at,
        start_wh=one.meter_start_wh,
        stop_wh=one.meter_stop_wh,
        energy_wh=one.energy_wh,
    )


def _roll_up_day(tables: Tables, outlet: tuple[str, int], day: datetime) -> None:
    readings = tables.meter_values.values()
    here = [one for one in readings if one.transaction is None and (one.charge_point, one.evse) == outlet]
    around = [one for one in here if day - _DAY <= one.at < day + 2 * _DAY]
    old = {key for key in tables.intervals if (key[0], key[2]) == outlet and not key[3]}
    before = [tables.intervals[key] for key in old if day - _DAY <= key[1] < day]
    busy = [
        (one.started_at, one.stopped_at or day + 2 * _DAY)
        for one in tables.transactions.values()
        if (one.charge_point, one.evse) == outlet and one.evse
    ]
    points = [*_points(around), *roll_ups.points_of(before)]
    made = roll_ups.idle_intervals(points, busy, day, day + _DAY)
    _put(tables, {key for key in old if day <= key[1] < day + _DAY}, (*outlet, 0), made)


def _put(
    tables: Tables,
    old: Iterable[tuple[str, datetime, int, int]],
    outlet: tuple[str, int, int],
    made: Iterable[Interval],
) -> None:
    for key in old:
        del tables.intervals[key]
    charge_point, evse, transaction = outlet
    tables.intervals |= {(charge_point, one.starts_at, evse, transaction): one for one in made}


def _points(readings: Iterable[MeterValueRecord]) -> list[Point]:
    return [Point(one.at, one.energy_wh, one.power_w, one.soc_percent) for one in readings]


def _is_of(transaction: int, reading: MeterValueRecord) -> bool:
    return reading.transaction == transaction


def _forget(tables: Tables, is_old: Callable[[MeterValueRecord], bool]) -> None:
    tables.meter_values = {key: one for key, one in tables.meter_values.items() if not is_old(one)}
