"""Readings: which transaction they belong to, and what they tell of it.

Whatever a charge point measures is kept; a number that nobody knows, or that of the transaction before, is no
reason to book energy wrongly, and none to refuse the message.
"""

from datetime import datetime

from msgspec.structs import replace

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Context, Decision
from chargeyard.domain.energy import Course, Metered, assess, metered_in
from chargeyard.domain.event_order import SLACK, energy_in_order, step_back
from chargeyard.domain.metering import Energy, Reading
from chargeyard.domain.registers import worse


def decide_meter_values(state: ChargePoint, report: reports.MeterValuesTaken, context: Context) -> Decision:
    """Readings, with the transaction they belong to. Evidence outweighs a number nobody knows."""
    if not report.readings:
        return Decision((), ACKNOWLEDGED)
    transaction = measured_transaction(state, report) or context.known
    taken = events.MeterValuesTaken(
        recorded_at=context.now,
        charge_point=state.id,
        evse=report.evse,
        transaction=transaction.number if transaction and report.evse else None,
        readings=report.readings,
    )
    late = corrected(state, transaction, report.readings, context) if transaction and report.evse else ()
    return Decision(
        (*first_register(state, transaction, report.readings, context), *late, taken), ACKNOWLEDGED
    )


def energy_of(
    transaction: Transaction, context: Context, told: tuple[Reading, ...] = (), is_dated: bool = True
) -> Energy:
    """The energy of `transaction`, which has ended, from all that is known and the readings `told` just now.

    An end that was only concluded is no register at the stop, but what it was concluded from is one.
    """
    in_order = context.in_order.get(transaction.number)
    if in_order is not None:
        stop_wh = None if transaction.completeness == "inferred" else transaction.meter_stop_wh
        energy = energy_in_order((*in_order, *metered_in(told)), stop_wh)
        is_doubtful = step_back(context.told_events) > SLACK
        return replace(energy, quality=worse(energy.quality, "estimated")) if is_doubtful else energy
    start, stop = _ends(transaction)
    between = [*context.metered.get(transaction.number, ()), *metered_in(told)]
    if transaction.last_reading_at is not None:
        between.append(Metered(transaction.last_reading_at, transaction.last_energy_wh))
    if start is not None and transaction.meter_start_at is not None:
        between.append(start)
        start = None
    if stop is not None and transaction.completeness == "inferred":
        between.append(stop)
        stop = None
    return assess(Course(readings=tuple(between), start=start, stop=stop, is_dated=is_dated))


def _ends(transaction: Transaction) -> tuple[Metered | None, Metered | None]:
    """The registers where the transaction began and where it ended, as far as they are known."""
    start = stop = None
    if transaction.meter_start_wh is not None:
        start = Metered(transaction.meter_start_at or transaction.started_at, transaction.meter_start_wh)
    if transaction.meter_stop_wh is not None and transaction.stopped_at is not None:
        stop = Metered(transaction.stopped_at, transaction.meter_stop_wh)
    return start, stop


def corrected(
    state: ChargePoint, transaction: Transaction, told: tuple[Reading, ...], context: Context
) -> tuple[events.TransactionDetailed, ...]:
    """What readings that come late change in the energy of a transaction that has ended (field quirk 39).

    Of an orphan nobody knows the start: its energy stays what it was. So does that of a transaction whose readings
    have gone: what is left of them tells less than what it was booked from.
    """
    if transaction.is_open or transaction.completeness == "orphan":
        return ()
    if has_lost_detail(transaction, context):
        return ()
    energy = energy_of(transaction, context, told)
    if (energy.energy_wh, energy.quality) == (transaction.energy_wh, transaction.quality):
        return ()
    detailed = events.TransactionDetailed(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        energy_wh=energy.energy_wh,
        quality=energy.quality,
    )
    return (detailed,)


def has_lost_detail(transaction: Transaction, context: Context) -> bool:
    """Whether readings of it have gone, of which only a roll-up is left."""
    return any(one.is_kept for one in context.metered.get(transaction.number, ()))


def first_register(
    state: ChargePoint, transaction: Transaction | None, readings: tuple[Reading, ...], context: Context
) -> tuple[events.TransactionDetailed, ...]:
    """Where a start told no register, the first reading stands in for it."""
    if transaction is None or transaction.meter_start_wh is not None or transaction.completeness == "orphan":
        return ()
    told = (one for one in readings if one.summary.energy_wh is not None)
    first = min(told, key=lambda one: one.at, default=None)
    if first is None or first.summary.energy_wh is None:
        return ()
    detailed = events.TransactionDetailed(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        meter_start_wh=first.summary.energy_wh,
        meter_start_at=first.at,
    )
    return (detailed,)


def measured_transaction(state: ChargePoint, report: reports.MeterValuesTaken) -> Transaction | None:
    """The transaction in memory that readings belong to: the one named if it ran then, else the one that did.

    Some name the transaction before (lbbrhzn/ocpp#1749), and samples of the clock may name none.
    """
    named = state.transactions.get(report.transaction) if report.transaction is not None else None
    if not report.evse or not report.readings or not state.transactions:
        return named
    at = report.readings[0].at
    if named is not None and (named.stopped_at is None or at <= named.stopped_at):
        return named
    there = (one for one in state.transactions.values() if one.evse == report.evse and _ran(one, at))
    return max(there, key=lambda one: one.started_at, default=named)


def _ran(transaction: Transaction, at: datetime) -> bool:
    return transaction.started_at <= at and (transaction.stopped_at is None or at <= transaction.stopped_at)


def evolve_meter_values(state: ChargePoint, event: events.MeterValuesTaken) -> None:
    """The last reading moves forward in time only: late samples do not turn it back."""
    transaction = state.transactions.get(event.transaction) if event.transaction is not None else None
    if transaction is None:
        return
    for reading in event.readings:
        energy_wh = reading.summary.energy_wh
        if energy_wh is not None and (
            transaction.last_reading_at is None or reading.at >= transaction.last_reading_at
        ):
            transaction.last_reading_at, transaction.last_energy_wh = reading.at, energy_wh
