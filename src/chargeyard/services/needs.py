"""What a report needs of the store before it can be decided; most need nothing, and are decided at once.

Said without asking anybody, so that all of it can be asked for together. Where the store turns out to know the
transaction that memory did not, it is said again with that transaction: what was needed besides, then.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from chargeyard.domain import reports
from chargeyard.domain.authorization import UNAUTHORIZED_KIND
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.items import ItemKind
from chargeyard.domain.readings import measured_transaction
from chargeyard.domain.transaction_events import (
    begins_to_count,
    ended_by_event,
    is_reused,
    is_told_by_events,
    measures_energy,
    reported_transaction,
)
from chargeyard.domain.transactions import (
    ended_by,
    is_to_end,
    may_be_ours,
    orphan_key,
    start_key,
    stopped_transaction,
)


class Needs(Struct, frozen=True, kw_only=True, gc=False):
    """Questions about one charge point; what is empty is not asked.

    The transaction is looked for by its wire id or by its start key. `metered` are the transactions whose readings
    count, `told_events` is the one whose events do. `held`: the reservations; `books`: what is installed. A
    `number` comes from `Numbers`, everything else from the store.
    """

    token: str | None = None
    wire_id: str = ""
    start_key: str = ""
    metered: tuple[int, ...] = ()
    told_events: int | None = None
    held: bool = False
    books: tuple[ItemKind, ...] = ()
    number: bool = False


NOTHING = Needs()


def needs_of(state: ChargePoint, report: reports.Report, known: Transaction | None = None) -> Needs:
    """What `report` needs; with `known`, which the store has found: what it needs besides."""
    of_report = NEEDS.get(type(report))
    if of_report is None:
        return NOTHING
    needs = of_report(state, report, known)
    return NOTHING if needs == NOTHING else needs


def _of_token(state: ChargePoint, report: reports.TokenPresented, known: Transaction | None) -> Needs:
    return Needs(token=report.id_token)


def _of_start(state: ChargePoint, report: reports.TransactionStarted, known: Transaction | None) -> Needs:
    if known is not None:
        return NOTHING
    key = start_key(report)
    held = state.may_hold_reservations
    if any(transaction.start_key == key for transaction in state.transactions.values()):
        return Needs(token=report.id_token, held=held)
    metered = _with_readings(ended_by(state, report))
    return Needs(token=report.id_token, start_key=key, metered=metered, held=held, number=True)


def _of_stop(state: ChargePoint, report: reports.TransactionStopped, known: Transaction | None) -> Needs:
    ended = stopped_transaction(state, report) or known
    metered = _with_readings([ended]) if ended is not None and is_to_end(ended) else ()
    if known is not None:
        return Needs(metered=metered)
    token = report.id_token or None
    if ended is not None:
        return Needs(token=token, metered=metered)
    if may_be_ours(report.transaction):
        return Needs(token=token, wire_id=str(report.transaction), number=True)
    return Needs(token=token, start_key=orphan_key(report), number=True)


def _of_event(state: ChargePoint, report: reports.TransactionReported, known: Transaction | None) -> Needs:
    in_memory = reported_transaction(state, report)
    told = in_memory or known
    ending = ended_by_event(state, told, report)
    measures = told is not None and measures_energy(told, report)
    counts = told is None or report.reservation_id is not None or begins_to_count(told, report)
    shows_token = known is None and report.token_kind != UNAUTHORIZED_KIND
    return Needs(
        token=report.id_token if shows_token else None,
        wire_id="" if told is not None else report.wire_id,
        metered=(*_with_readings(ending), *([told.number] if told is not None and measures else ())),
        told_events=told.number if told is not None and measures else None,
        held=counts and state.may_hold_reservations,
        number=told is None or is_reused(told, report),
    )


def _of_meter_values(
    state: ChargePoint, report: reports.MeterValuesTaken, known: Transaction | None
) -> Needs:
    """The store is asked only for a transaction that memory has forgotten."""
    named = report.transaction
    running = state.transactions.get(named) if named is not None else None
    if not report.evse or (running is not None and running.is_open):
        return NOTHING
    measured = measured_transaction(state, report) or known
    ended = None if measured is None or measured.is_open else measured
    is_forgotten = known is None and running is None and named is not None and may_be_ours(named)
    return Needs(
        wire_id=str(named) if is_forgotten else "",
        metered=() if ended is None else (ended.number,),
        told_events=None if ended is None or not is_told_by_events(ended) else ended.number,
    )


def _of_profiles(state: ChargePoint, report: reports.Report, known: Transaction | None) -> Needs:
    return Needs(books=("ChargingProfile",))


def _of_limit(state: ChargePoint, report: reports.ChargingLimitCleared, known: Transaction | None) -> Needs:
    return Needs(books=("ExternalLimit", "ChargingProfile"))


def _of_priority(
    state: ChargePoint, report: reports.PriorityChargingTold, known: Transaction | None
) -> Needs:
    return NOTHING if known is not None else Needs(wire_id=report.wire_id)


def _with_readings(ending: list[Transaction]) -> tuple[int, ...]:
    return tuple(one.number for one in ending if one.last_reading_at is not None)


NEEDS: Mapping[type[reports.Report], Callable[[ChargePoint, Any, Transaction | None], Needs]] = {
    reports.TokenPresented: _of_token,
    reports.TransactionStarted: _of_start,
    reports.TransactionStopped: _of_stop,
    reports.MeterValuesTaken: _of_meter_values,
    reports.TransactionReported: _of_event,
    reports.ChargingProfilesListed: _of_profiles,
    reports.ChargingLimitCleared: _of_limit,
    reports.PriorityChargingTold: _of_priority,
    reports.DynamicValuesAsked: _of_profiles,
}
"""Reports that are not here need nothing."""
