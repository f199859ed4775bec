"""Readings in memory, and what the last one tells of its transaction."""

from bisect import bisect_left

from msgspec.structs import replace

from chargeyard.domain.energy import Metered
from chargeyard.domain.metering import energy_between
from chargeyard.domain.records import ConnectorRecord, MeterValueRecord, TransactionRecord
from chargeyard.domain.roll_ups import points_of
from chargeyard.services.ports import METERED_MOST
from chargeyard.storage.memory import roll_ups
from chargeyard.storage.memory.tables import Tables
from chargeyard.storage.queries.metering import STEPS, metered_of
from chargeyard.storage.tables import to_microseconds


def list_metered(tables: Tables, transaction: int) -> list[Metered]:
    """See `services.ports.Store`."""
    there = readings(tables, transaction)
    told = [metered_of(one.at, bytes(one.samples)) for one in there]
    if len(there) > METERED_MOST:
        spread = [metered_of(one.at, bytes(one.samples)) for one in _spread(there)]
        told = [replace(one, interval_wh=None) for one in spread]
    if transaction not in tables.reduced:
        return told
    kept = points_of(one.interval for one in roll_ups.intervals_of(tables, transaction))
    known = [Metered(one.at, one.energy_wh, is_kept=True) for one in kept]
    return sorted((*told, *known), key=lambda one: one.at)


def list_metered_in_order(tables: Tables, transaction: int) -> list[Metered]:
    """See `services.ports.Store`."""
    there = sorted(readings(tables, transaction), key=lambda one: one.id)
    if len(there) <= METERED_MOST:
        return [metered_of(one.at, bytes(one.samples)) for one in there]
    telling = [one for one in there if one.energy_wh is not None] or there
    wanted = {one.id: one for one in (telling[len(telling) * step // STEPS] for step in range(STEPS))}
    wanted[telling[-1].id] = telling[-1]
    spread = [metered_of(one.at, bytes(one.samples)) for one in wanted.values()]
    return [replace(one, interval_wh=None) for one in spread]


def readings(tables: Tables, transaction: int) -> list[MeterValueRecord]:
    """Of a transaction, in the order of time."""
    return sorted(
        (one for one in tables.meter_values.values() if one.transaction == transaction), key=by_time
    )


def _spread(there: list[MeterValueRecord]) -> list[MeterValueRecord]:
    """The first reading at or after each of `STEPS` instants, and the first and the last register."""
    telling = [one for one in there if (one.energy_wh, one.power_w) != (None, None)]
    registers = [one for one in telling if one.energy_wh is not None]
    first, last = there[0].at, there[-1].at
    found = {one.id: one for one in (*registers[:1], *registers[-1:])}
    for step in range(STEPS):
        after = first + (last - first) * step / STEPS
        place = bisect_left(telling, after, key=lambda one: one.at)
        found |= {one.id: one for one in telling[place : place + 1]}
    return sorted(found.values(), key=by_time)


def with_last_reading(tables: Tables, known: TransactionRecord) -> TransactionRecord:
    """The transaction with what its last reading tells, or its roll-up where the readings have gone."""
    there = readings(tables, known.id)
    if not there:
        kept = tables.roll_ups.get(known.id)
        if kept is None:
            return known
        return replace(known, last_reading_at=kept.last_at, soc_percent=kept.last_soc_percent)
    last = there[-1]
    shown = replace(known, last_reading_at=last.at, power_w=last.power_w, soc_percent=last.soc_percent)
    registers = [one.energy_wh for one in there if one.energy_wh is not None]
    if known.stopped_at is not None or not registers:
        return shown
    energy = energy_between(known.meter_start_wh, None, registers[-1])
    return replace(
        shown, energy_wh=energy.energy_wh, quality="ok" if energy.quality == "estimated" else energy.quality
    )


def with_transaction(state: ConnectorRecord, transaction: TransactionRecord | None) -> ConnectorRecord:
    """The connector with what runs there."""
    if transaction is None:
        return state
    return replace(
        state,
        transaction=transaction.id,
        power_w=transaction.power_w,
        energy_wh=transaction.energy_wh,
        soc_percent=transaction.soc_percent,
        charging_state=transaction.charging_state,
    )


def by_time(one: MeterValueRecord) -> tuple[int, int]:
    """The order of readings."""
    return to_microseconds(one.at), one.id
