"""Transactions that the charge point numbers itself and tells event by event (OCPP 2.0.1 E01–E13).

Events may come late, twice, out of order, or never; each is kept, and each may add what was not known yet.
The first one that comes opens the transaction, whichever it is; Ended closes it, and later ones still add
readings. A transaction may have no id token, no EVSE and no energy (parking only): nothing is required.
"""

from datetime import timedelta

import msgspec
from msgspec import UNSET

from chargeyard.domain import events, reports
from chargeyard.domain.answers import TransactionHeard
from chargeyard.domain.authorization import Status, Verdict, judge
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Context, Decision
from chargeyard.domain.metering import energy_between
from chargeyard.domain.secrets import masked
from chargeyard.domain.transactions import LIVE_WINDOW, inferred_stop, opened

UNAUTHORIZED_KIND = "NoAuthorization"
"""The kind of token that stands for none: whoever comes may charge, and the answer is Accepted (C02.FR.02)."""

REUSED_AFTER = timedelta(days=1)
"""A start this long after the end of the same transaction id is another transaction: the charge point has
forgotten what it counted (a factory reset)."""


def decide_event(state: ChargePoint, report: reports.TransactionReported, context: Context) -> Decision:
    """Keep the event, with what it opens, adds or ends."""
    known = reported_transaction(state, report) or context.known
    if known is not None and is_reused(known, report):
        known = None
    verdict = _verdict(known, report, context)
    found: tuple[events.Event, ...]
    if known is None:
        started = _started(state, report, context, verdict)
        transaction, found = opened(started), (*_ends_before(state, report, context), started)
    else:
        transaction, found = known, _details(state, known, report, context, verdict)
    found = (
        *found,
        _advanced(state, transaction, report, context),
        *_readings(state, transaction, report, context),
        *_end(state, transaction, report, context),
    )
    return Decision(found, TransactionHeard(verdict))


def reported_transaction(state: ChargePoint, report: reports.TransactionReported) -> Transaction | None:
    """The transaction in memory that `report` is about."""
    named = (one for one in state.transactions.values() if one.wire_id == report.wire_id)
    return max(named, key=lambda one: one.started_at, default=None)


def start_key(report: reports.TransactionReported) -> str:
    """The natural key of a transaction that the charge point numbers."""
    return f"e:{report.wire_id}"


def is_reused(transaction: Transaction, report: reports.TransactionReported) -> bool:
    """Whether `report` begins another transaction under an id that was used before."""
    return (
        report.phase == "Started"
        and transaction.stopped_at is not None
        and report.at - transaction.stopped_at > REUSED_AFTER
    )


def _verdict(
    known: Transaction | None, report: reports.TransactionReported, context: Context
) -> Verdict | None:
    """Every token is judged every time (E01.FR.11), but never against its own transaction."""
    if report.id_token is None:
        return None
    if report.token_kind == UNAUTHORIZED_KIND:
        return Verdict(Status.ACCEPTED)
    is_live = context.now - report.at <= LIVE_WINDOW
    return judge(context.token, report.at, context.running if known is None and is_live else 0)


def _started(
    state: ChargePoint, report: reports.TransactionReported, context: Context, verdict: Verdict | None
) -> events.TransactionStarted:
    key = start_key(report)
    if context.known is not None or reported_transaction(state, report) is not None:
        key = f"{key}@{report.at.isoformat()}"
    return events.TransactionStarted(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=context.number,
        wire_id=report.wire_id,
        start_key=key,
        evse=report.evse or 0,
        connector=report.connector or 0,
        id_token=report.id_token or "",
        authorization=verdict.status if verdict else Status.ACCEPTED,
        meter_start_wh=_first_register(report),
        started_at=report.at,
        said=report.said,
        reservation_id=report.reservation_id,
    )


def _ends_before(
    state: ChargePoint, report: reports.TransactionReported, context: Context
) -> tuple[events.TransactionStopped, ...]:
    """An EVSE carries one transaction: a start there says that the earlier one is over."""
    if report.phase != "Started" or not report.evse:
        return ()
    return tuple(
        inferred_stop(state, one, report.at, None, context.now)
        for one in state.open_transactions()
        if one.evse == report.evse and one.started_at < report.at and one.wire_id != report.wire_id
    )


def _details(
    state: ChargePoint,
    transaction: Transaction,
    report: reports.TransactionReported,
    context: Context,
    verdict: Verdict | None,
) -> tuple[events.Event, ...]:
    """What this event tells that was not known, or better: an earlier start, an EVSE, the first token."""
    is_earlier = report.at < transaction.started_at
    has_new_token = report.id_token is not None and not transaction.id_token
    register = _first_register(report)
    is_first_register = register is not None and (transaction.meter_start_wh is None or is_earlier)
    detailed = events.TransactionDetailed(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        evse=report.evse if report.evse and not transaction.evse else UNSET,
        connector=report.connector if report.connector and not transaction.connector else UNSET,
        id_token=report.id_token or UNSET if has_new_token else UNSET,
        authorization=verdict.status if verdict and has_new_token else UNSET,
        started_at=report.at if is_earlier else UNSET,
        meter_start_wh=register if is_first_register and register is not None else UNSET,
        reservation_id=UNSET if report.reservation_id is None else report.reservation_id,
    )
    told = msgspec.structs.asdict(detailed)
    return (detailed,) if any(told[name] is not UNSET for name in _DETAILS) else ()


_DETAILS = (
    "evse",
    "connector",
    "id_token",
    "authorization",
    "started_at",
    "meter_start_wh",
    "reservation_id",
)


def _advanced(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionReported, context: Context
) -> events.TransactionAdvanced:
    return events.TransactionAdvanced(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        sequence=report.sequence,
        phase=report.phase,
        trigger=report.trigger,
        at=report.at,
        said=report.said,
        is_offline=report.is_offline,
        charging_state=report.charging_state,
        payload=masked(bytes(report.payload)).decode("utf-8", "replace"),
    )


def _readings(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionReported, context: Context
) -> tuple[events.Event, ...]:
    if not report.readings:
        return ()
    taken = events.MeterValuesTaken(
        recorded_at=context.now,
        charge_point=state.id,
        evse=report.evse or transaction.evse,
        transaction=transaction.number,
        readings=report.readings,
    )
    return (taken,)


def _end(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionReported, context: Context
) -> tuple[events.Event, ...]:
    """The end, once: the first one told stays, but one that was only concluded gives way."""
    if report.phase != "Ended" or transaction.completeness == "reported":
        return ()
    register = _last_register(report)
    start_wh = (
        transaction.meter_start_wh if transaction.meter_start_wh is not None else _first_register(report)
    )
    energy = energy_between(start_wh, register, transaction.last_energy_wh)
    stopped = events.TransactionStopped(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        evse=transaction.evse or report.evse or 0,
        stopped_at=report.at,
        meter_stop_wh=register if register is not None else transaction.last_energy_wh,
        energy_wh=energy.energy_wh,
        quality=energy.quality,
        reason=report.reason or "Local",
        id_token=report.id_token or "",
        said=report.said,
    )
    return (stopped,)


def _first_register(report: reports.TransactionReported) -> int | None:
    return next((one for one in _registers(report)), None)


def _last_register(report: reports.TransactionReported) -> int | None:
    return next((one for one in reversed(_registers(report))), None)


def _registers(report: reports.TransactionReported) -> list[int]:
    in_order = sorted(report.readings, key=lambda reading: reading.at)
    return [one.summary.energy_wh for one in in_order if one.summary.energy_wh is not None]


def evolve_details(state: ChargePoint, event: events.TransactionDetailed) -> None:
    """The transaction in memory learns what was told."""
    transaction = state.transactions.get(event.transaction)
    if transaction is None:
        return
    told = msgspec.structs.asdict(event)
    for name in ("evse", "connector", "id_token", "authorization", "started_at", "meter_start_wh"):
        if told[name] is not UNSET:
            setattr(transaction, name, told[name])
