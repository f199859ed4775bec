"""The energy of a transaction that is told event by event: which registers may be missing, which came first."""

from msgspec.structs import replace

from chargeyard.domain import reports
from chargeyard.domain.charge_point import Transaction
from chargeyard.domain.decision import Context
from chargeyard.domain.energy import metered_in
from chargeyard.domain.event_order import FIRST_EVENTS, SLACK, is_mixed, step_back
from chargeyard.domain.metering import Energy
from chargeyard.domain.readings import energy_of
from chargeyard.domain.registers import worse


def event_energy(transaction: Transaction, report: reports.TransactionReported, context: Context) -> Energy:
    """The energy with what `report` tells; only estimated where earlier registers may have been lost."""
    energy = energy_of(transaction, context, report.readings, report.is_dated)
    if transaction.number in context.in_order:
        energy = replace(energy, quality=worse(energy.quality, _doubt_of_order(report, context)))
    if energy.quality == "ok" and _may_have_begun_earlier(transaction, report, context):
        return Energy(energy.energy_wh, "estimated")
    return energy


def _doubt_of_order(report: reports.TransactionReported, context: Context) -> str:
    """How far to trust the energy where times run backwards: what arrived out of order has no order at all, and how
    long it took is not known."""
    if is_mixed(context.told_events, report.sequence):
        return "suspect"
    return "estimated" if step_back(context.told_events, report.sequence, report.at) > SLACK else "ok"


def _may_have_begun_earlier(
    transaction: Transaction, report: reports.TransactionReported, context: Context
) -> bool:
    """Whether an event is missing before the one that told the first register (E04.FR.07 allows it).

    A gap at the end needs no look: a register that the last event told is the last, and any other one only
    estimates it.
    """
    first_at = transaction.meter_start_at
    if first_at is None or not context.told_events or _is_marked_begin(transaction, report, context):
        return False
    first = context.told_events[:FIRST_EVENTS]
    told = {one.here.sequence: (one.here.at, one.phase) for one in first}
    told.setdefault(report.sequence, (report.at, report.phase))
    numbers = sorted(told)
    if told[numbers[0]][1] != "Started":
        return True
    before = (number for number in numbers if told[number][0] < first_at)
    return any(number + 1 not in told for number in before if number != numbers[-1])


def _is_marked_begin(transaction: Transaction, report: reports.TransactionReported, context: Context) -> bool:
    known = (*context.metered.get(transaction.number, ()), *metered_in(report.readings))
    return any(one.begins for one in known if one.at == transaction.meter_start_at)


def with_first_register(
    transaction: Transaction, report: reports.TransactionReported, context: Context
) -> Transaction:
    """Where the clock was set back, the first register is not that with the earliest time."""
    if transaction.number not in context.in_order or is_mixed(context.told_events, report.sequence):
        return transaction
    measured = (*context.in_order[transaction.number], *metered_in(report.readings))
    first = next((one for one in measured if one.energy_wh is not None), None)
    if first is None:
        return transaction
    return replace(transaction, meter_start_wh=first.energy_wh, meter_start_at=first.at)
