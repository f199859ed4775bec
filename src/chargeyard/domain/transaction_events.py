"""Transactions that the charge point numbers itself and tells event by event (OCPP 2.0.1 E01–E13).

Events may come late, twice, out of order, or never; each is kept, and each may add what was not known yet.
The first one that comes opens the transaction, whichever it is; Ended closes it, and later ones still add
readings. A transaction may have no id token, no EVSE and no energy (parking only): nothing is required.
"""

from datetime import timedelta
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from chargeyard.domain import events, reports, reservations
from chargeyard.domain.accounting import account_for, heard
from chargeyard.domain.authorization import Occasion, Status, Verdict, is_key_code, key_of
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.continuity import RESUMED, reopened, reopening, resumes, reuse_found
from chargeyard.domain.decision import Context, Decision
from chargeyard.domain.event_energy import event_energy, with_first_register
from chargeyard.domain.metering import Reading
from chargeyard.domain.presented_tokens import checked, verdict_on
from chargeyard.domain.readings import has_lost_detail
from chargeyard.domain.secrets import masked
from chargeyard.domain.transactions import LIVE_WINDOW, inferred_stop, opened

REUSED_AFTER = timedelta(hours=1)
"""A start this long after the end of the same transaction id is another transaction: the charge point has
forgotten what it counted (a factory reset). Less may be a clock that was set meanwhile."""


def decide_event(state: ChargePoint, report: reports.TransactionReported, context: Context) -> Decision:
    """Keep the event, with what it opens, adds or ends."""
    found: list[events.Event] = []
    known = reported_transaction(state, report) or context.known
    if known is not None and is_reused(known, report):
        found.append(reuse_found(state, known, context))
        known = None
    verdict = _verdict(state, known, report, context)
    if known is not None and resumes(state, known, report):
        found.append(reopening(state, known, context))
        known = reopened(known)
    found += _ends_before(state, known, report, context)
    if known is None:
        started = _started(state, report, context, verdict)
        transaction = _with_what_is_told(opened(started), report, verdict)
        found += (started, *reservations.use(state, started, context))
        if transaction.stop_id_token and report.phase != "Ended":
            found += _details(state, opened(started), transaction, report, context)
    else:
        transaction = with_first_register(_with_what_is_told(known, report, verdict), report, context)
        found += _details(state, known, transaction, report, context)
        found += _use(state, transaction, report, context)
    found.append(_advanced(state, transaction, report, context))
    found += _readings(state, transaction, report, context)
    found += _end(state, transaction, report, context)
    if verdict is not None and is_key_code(report.token_kind):
        # Codes are counted wherever they are tried (C04.FR.06).
        found += checked(state, context, report.id_token or "", report.token_kind, verdict)
    found += account_for(state, transaction, report, context.now)
    return Decision(tuple(found), heard(transaction, report, verdict))


def reported_transaction(state: ChargePoint, report: reports.TransactionReported) -> Transaction | None:
    """The transaction in memory that `report` is about: of several under one id the one that runs, else the last.

    The start is no measure of that alone: a late event may have moved it before that of an earlier one.
    """
    named = (one for one in state.transactions.values() if one.wire_id == report.wire_id)
    return max(named, key=lambda one: (one.is_open, one.started_at), default=None)


def _use(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionReported, context: Context
) -> tuple[events.Event, ...]:
    """What a running transaction uses up, once it is told which reservation it is of, or who charges."""
    told = events.TransactionDetailed(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        evse=transaction.evse,
        id_token=transaction.id_token if _names_payer(report) else "",
        started_at=report.at,
        reservation_id=UNSET if report.reservation_id is None else report.reservation_id,
    )
    return reservations.use(state, told, context) if context.held else ()


def start_key(report: reports.TransactionReported) -> str:
    """The natural key of a transaction that the charge point numbers."""
    return f"e:{report.wire_id}"


def is_told_by_events(transaction: Transaction) -> bool:
    """Whether the charge point numbers `transaction` and tells it event by event."""
    return transaction.start_key.startswith("e:")


def is_reused(transaction: Transaction, report: reports.TransactionReported) -> bool:
    """Whether `report` begins another transaction under an id that was used before."""
    return (
        report.phase == "Started"
        and transaction.stopped_at is not None
        and report.at - transaction.stopped_at > REUSED_AFTER
    )


def begins_to_count(known: Transaction | None, report: reports.TransactionReported) -> bool:
    """Whether a token gets a transaction by `report`, so that its limit of simultaneous ones applies.

    That may be long after the start, where plugging in starts it. What ends, or happened without us, is history.
    """
    if report.is_offline or not _names_payer(report):
        return False
    return known is None or is_reused(known, report) or (known.is_open and not known.id_token)


def measures_energy(known: Transaction, report: reports.TransactionReported) -> bool:
    """Whether `report` is of a transaction that ends or has ended, and whose registers tell its energy."""
    has_register = known.meter_start_wh is not None or bool(_registers(report))
    ends = report.phase == "Ended" or not known.is_open
    return has_register and ends and not is_reused(known, report)


def _verdict(
    state: ChargePoint, known: Transaction | None, report: reports.TransactionReported, context: Context
) -> Verdict | None:
    """Every token is judged every time (E01.FR.11), but never against its own transaction."""
    if report.id_token is None:
        return None
    counts = begins_to_count(known, report) and context.now - report.at <= LIVE_WINDOW
    occasion = _occasion(state, known, report)
    verdict = verdict_on(state, context, occasion, report.at, context.running if counts else 0)
    if verdict.accepted and known is not None and _was_one_too_many(known, report.id_token):
        return replace(verdict, status=Status.CONCURRENT)
    return verdict


def _occasion(state: ChargePoint, known: Transaction | None, report: reports.TransactionReported) -> Occasion:
    """Where the token was presented; it starts something unless the transaction is somebody else's already."""
    others = (
        known is not None and bool(known.id_token) and key_of(known.id_token) != key_of(report.id_token or "")
    )
    return Occasion(
        kind=report.token_kind,
        charge_point=state.id,
        evse=report.evse or (known.evse if known is not None else 0),
        starts=_names_payer(report) and not others,
    )


def _was_one_too_many(known: Transaction, id_token: str) -> bool:
    """A repeated event is told what it was told before, whatever has ended meanwhile."""
    return known.authorization is Status.CONCURRENT and key_of(known.id_token) == key_of(id_token)


def _names_payer(report: reports.TransactionReported) -> bool:
    """Whether the token is of whoever charges: the one that stops may be another one (a group, a master pass)."""
    return bool(report.id_token) and report.phase != "Ended" and report.trigger != "StopAuthorized"


def _stop_token(report: reports.TransactionReported) -> str:
    """Whoever stopped it: kept for audit, the one that started it pays."""
    return "" if _names_payer(report) else report.id_token or ""


def _started(
    state: ChargePoint, report: reports.TransactionReported, context: Context, verdict: Verdict | None
) -> events.TransactionStarted:
    key = start_key(report)
    if context.known is not None or reported_transaction(state, report) is not None:
        key = f"{key}@{report.at.isoformat()}"
    names_payer = _names_payer(report)
    first = next(iter(_registers(report)), None)
    return events.TransactionStarted(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=context.number,
        wire_id=report.wire_id,
        start_key=key,
        evse=report.evse or 0,
        connector=report.connector or 0,
        id_token=report.id_token or "" if names_payer else "",
        authorization=verdict.status if verdict and names_payer else Status.ACCEPTED,
        meter_start_wh=first.summary.energy_wh if first else None,
        meter_start_at=first.at if first else None,
        started_at=report.at,
        said=report.said,
        reservation_id=report.reservation_id,
        remote_start_id=report.remote_start_id,
    )


def _ends_before(
    state: ChargePoint, known: Transaction | None, report: reports.TransactionReported, context: Context
) -> tuple[events.TransactionStopped, ...]:
    """The ends of those that `report` says are over."""
    return tuple(
        inferred_stop(state, one, context, report.at, None) for one in ended_by_event(state, known, report)
    )


def ended_by_event(
    state: ChargePoint, known: Transaction | None, report: reports.TransactionReported
) -> list[Transaction]:
    """An EVSE carries one transaction: what goes on there says that every earlier one is over."""
    is_news = report.phase == "Started" or known is None or not known.evse or report.trigger == RESUMED
    evse = report.evse or (known.evse if known else 0)
    if report.phase == "Ended" or not evse or not is_news:
        return []
    there = (one for one in state.open_transactions() if one.evse == evse)
    return [one for one in there if one.started_at < report.at and one.wire_id != report.wire_id]


def _with_what_is_told(
    transaction: Transaction, report: reports.TransactionReported, verdict: Verdict | None
) -> Transaction:
    """The transaction as it is with what this event tells that was not known, or better: an earlier start, an
    EVSE, the first token, an earlier or a later register."""
    named = _names_payer(report) and not transaction.id_token
    told = replace(
        transaction,
        evse=transaction.evse or report.evse or 0,
        connector=transaction.connector or report.connector or 0,
        id_token=report.id_token if named and report.id_token else transaction.id_token,
        authorization=verdict.status if named and verdict else transaction.authorization,
        started_at=min(transaction.started_at, report.at),
        stop_id_token=transaction.stop_id_token or _stop_token(report),
    )
    for reading in _registers(report):
        began_at = told.meter_start_at or told.started_at
        if told.meter_start_wh is None or reading.at < began_at:
            told.meter_start_wh, told.meter_start_at = reading.summary.energy_wh, reading.at
        if told.last_reading_at is None or reading.at >= told.last_reading_at:
            told.last_energy_wh, told.last_reading_at = reading.summary.energy_wh, reading.at
    return told


def _details(
    state: ChargePoint,
    before: Transaction,
    after: Transaction,
    report: reports.TransactionReported,
    context: Context,
) -> tuple[events.Event, ...]:
    """What is now known of a transaction, if anything is; of one that has ended also its energy."""
    told: dict[str, Any] = {
        name: getattr(after, name) for name in _LEARNT if getattr(before, name) != getattr(after, name)
    }
    for name in ("reservation_id", "remote_start_id"):
        if getattr(report, name) is not None:
            told[name] = getattr(report, name)
    ends_anew = report.phase == "Ended" and before.completeness != "reported"
    if not before.is_open and not ends_anew:
        told |= _corrections(before, after, report, context)
    if not told:
        return ()
    detailed = events.TransactionDetailed(
        recorded_at=context.now, charge_point=state.id, transaction=before.number, **told
    )
    return (detailed,)


_LEARNT = (
    *("evse", "connector", "id_token", "authorization"),
    *("started_at", "meter_start_wh", "meter_start_at", "stop_id_token"),
)
"""The fields of a transaction in memory that an event may tell."""


def _corrections(
    before: Transaction, after: Transaction, report: reports.TransactionReported, context: Context
) -> dict[str, Any]:
    """What `report`, which comes after the end, changes in the energy."""
    if has_lost_detail(after, context):
        return {}
    energy = event_energy(after, report, context)
    if (energy.energy_wh, energy.quality) == (before.energy_wh, before.quality):
        return {}
    told: dict[str, Any] = {"energy_wh": energy.energy_wh, "quality": energy.quality}
    if before.completeness == "inferred" and energy.last_wh is not None:
        told["meter_stop_wh"] = energy.last_wh
    return told


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
        evse=transaction.evse,
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
    last = next(reversed(_registers(report)), None)
    register = last.summary.energy_wh if last else None
    ended = replace(
        transaction,
        completeness="reported",
        stopped_at=max(report.at, last.at) if last else report.at,
        meter_stop_wh=register,
    )
    energy = event_energy(ended, report, context)
    stopped = events.TransactionStopped(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        evse=transaction.evse,
        stopped_at=report.at,
        meter_stop_wh=register,
        energy_wh=energy.energy_wh,
        quality=energy.quality,
        reason=report.reason or "Local",
        id_token=transaction.stop_id_token,
        said=report.said,
    )
    return (stopped,)


def _registers(report: reports.TransactionReported) -> list[Reading]:
    """The readings that tell the energy register, in the order of time."""
    told = (one for one in report.readings if one.summary.energy_wh is not None)
    return sorted(told, key=lambda reading: reading.at)


def evolve_details(state: ChargePoint, event: events.TransactionDetailed) -> None:
    """The transaction in memory learns what was told."""
    transaction = state.transactions.get(event.transaction)
    if transaction is None:
        return
    for name in (*_LEARNT, "meter_stop_wh", "energy_wh", "quality"):
        told = getattr(event, name)
        if told is not UNSET:
            setattr(transaction, name, told)
