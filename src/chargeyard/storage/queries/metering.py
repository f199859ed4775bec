"""Meter values of a transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Row, bindparam, func, or_, select

from chargeyard.domain.energy import Metered, metered
from chargeyard.domain.metering import Sample, summarise
from chargeyard.domain.records import MeterValueRecord, Page
from chargeyard.domain.roll_ups import points_of
from chargeyard.services.ports import METERED_MOST, Paging
from chargeyard.storage.dialect import instants
from chargeyard.storage.queries import roll_ups
from chargeyard.storage.queries.many import filled_up
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.roll_up_tables import GONE
from chargeyard.storage.tables import charging_transaction, from_microseconds, meter_value, to_microseconds

STEPS = METERED_MOST // 2
_SAMPLES = msgspec.json.Decoder(tuple[Sample, ...])
_TELLS = or_(meter_value.c.energy_wh.is_not(None), meter_value.c.power_w.is_not(None))
_IN_TIME = (meter_value.c.at, meter_value.c.id)


def list_records(connection: Connection, transaction: int, paging: Paging) -> Page[MeterValueRecord]:
    """In the order of time."""
    wanted = select(meter_value).where(meter_value.c.transaction_id == transaction)
    if paging.cursor is not None:
        microseconds, number = read_cursor(paging.cursor, tuple[int, int])
        at = from_microseconds(microseconds)
        wanted = wanted.where(meter_value.c.at >= at, or_(meter_value.c.at > at, meter_value.c.id > number))
    rows = connection.execute(
        wanted.order_by(meter_value.c.at, meter_value.c.id).limit(paging.limit + 1)
    ).all()
    return page_of(rows, paging.limit, _records, lambda row: (to_microseconds(row.at), row.id))


def _records(rows: Sequence[Row[Any]]) -> list[MeterValueRecord]:
    return [
        MeterValueRecord(
            id=row.id,
            charge_point=row.charge_point,
            evse=row.evse,
            at=row.at,
            samples=msgspec.Raw(row.samples.encode()),
            transaction=row.transaction_id,
            energy_wh=row.energy_wh,
            export_wh=row.export_wh,
            power_w=row.power_w,
            current_a=row.current_a,
            voltage_v=row.voltage_v,
            soc_percent=row.soc_percent,
        )
        for row in rows
    ]


_METERED = select(
    meter_value.c.transaction_id,
    meter_value.c.at,
    meter_value.c.energy_wh,
    meter_value.c.power_w,
    meter_value.c.samples,
).order_by(*_IN_TIME)
_OF_THESE = meter_value.c.transaction_id.in_(bindparam("of", expanding=True))
_METERED_OF = _METERED.where(_OF_THESE)
_COUNTED = select(meter_value.c.transaction_id, func.count()).where(_OF_THESE)
_COUNTED_OF = _COUNTED.group_by(meter_value.c.transaction_id)
_REDUCED = select(charging_transaction.c.id).where(
    charging_transaction.c.id.in_(bindparam("of", expanding=True)), charging_transaction.c.roll_up >= GONE
)
_ROWS_AT_ONCE = 1024


def list_metered(connection: Connection, transactions: Sequence[int]) -> dict[int, list[Metered]]:
    """See `services.ports.Store`, for several transactions."""
    asked = {"of": filled_up(transactions)}
    counts: dict[int, int] = {row[0]: row[1] for row in connection.execute(_COUNTED_OF, asked)}
    found: dict[int, list[Metered]] = {number: [] for number in transactions}
    for some in _portions(counts):
        for row in connection.execute(_METERED_OF, {"of": filled_up(some)}):
            found[row[0]].append(_metered_in(row))
    for number in transactions:
        if counts.get(number, 0) > METERED_MOST:
            found[number] = _spread_out(connection, number)
    for number in connection.execute(_REDUCED, asked).scalars():
        kept = points_of(roll_ups.kept_intervals(connection, number))
        known = [Metered(one.at, one.energy_wh, is_kept=True) for one in kept]
        found[number] = sorted((*found[number], *known), key=lambda one: one.at)
    return found


_NUMBERS = select(meter_value.c.id).where(meter_value.c.transaction_id == bindparam("of"))
_NUMBERED = _METERED.add_columns(meter_value.c.id).where(
    meter_value.c.id.in_(bindparam("these", expanding=True))
)


def list_metered_in_order(connection: Connection, transaction: int) -> list[Metered]:
    """See `services.ports.Store`. Rarely asked: all of its readings are counted through."""
    every = sorted(connection.execute(_NUMBERS, {"of": transaction}).scalars())
    wanted = every
    if len(every) > METERED_MOST:
        registers = _NUMBERS.where(meter_value.c.energy_wh.is_not(None))
        telling = sorted(connection.execute(registers, {"of": transaction}).scalars()) or every
        wanted = [telling[len(telling) * step // STEPS] for step in range(STEPS)] + telling[-1:]
    rows = connection.execute(_NUMBERED, {"these": filled_up(wanted)}) if wanted else ()
    found = [_metered_in(row) for row in sorted(rows, key=lambda row: row.id)]
    return found if len(every) <= METERED_MOST else [replace(one, interval_wh=None) for one in found]


def _portions(counts: Mapping[int, int]) -> Iterator[list[int]]:
    """The transactions whose readings are all read, some at a time: others want the processor in between."""
    some: list[int] = []
    for number, count in counts.items():
        if count > METERED_MOST:
            continue
        if some and sum(counts[one] for one in some) + count > _ROWS_AT_ONCE:
            yield some
            some = []
        some.append(number)
    if some:
        yield some


def _spread_out(connection: Connection, transaction: int) -> list[Metered]:
    """Many readings are never all visited: one step into the index finds each."""
    # Named by their numbers alone: with the transaction too, SQLite would walk through all of its readings.
    spread = connection.execute(_METERED.where(meter_value.c.id.in_(_spread(connection, transaction))))
    return [replace(_metered_in(row), interval_wh=None) for row in spread]


def _metered_in(row: Any) -> Metered:
    """Samples are only looked into where they tell more of the energy than the columns do."""
    if any(mark in row.samples for mark in _TELLING):
        return metered_of(row.at, row.samples)
    return Metered(row.at, row.energy_wh, row.power_w)


_TELLING = ("Transaction.", ".Interval", '"signed"')
"""In the text of samples that mark the begin or the end, tell intervals, or are signed."""


def _spread(connection: Connection, transaction: int) -> set[int]:
    """The numbers of the first reading at or after each of `STEPS` instants, and of the last register."""
    at, number = meter_value.c.at, meter_value.c.id
    mine = meter_value.c.transaction_id == transaction
    first = connection.execute(select(at).where(mine).order_by(at).limit(1)).scalar_one()
    last = connection.execute(select(at).where(mine).order_by(at.desc()).limit(1)).scalar_one()
    steps = instants(connection.dialect, [first + (last - first) * step / STEPS for step in range(STEPS)])
    next_one = select(number).where(mine, at >= steps.c.value, _TELLS).order_by(*_IN_TIME).limit(1)
    spread = connection.execute(select(next_one.correlate(steps).scalar_subquery()).select_from(steps))
    registers = select(number).where(mine, meter_value.c.energy_wh.is_not(None))
    ends = (registers.order_by(*_IN_TIME), registers.order_by(at.desc(), number.desc()))
    found = {row[0] for row in spread}
    found |= {row[0] for end in ends for row in connection.execute(end.limit(1))}
    return found - {None}


def metered_of(at: datetime, samples: str | bytes) -> Metered:
    """What a stored reading tells of the energy."""
    decoded = _SAMPLES.decode(samples)
    return metered(at, decoded, summarise(decoded))
