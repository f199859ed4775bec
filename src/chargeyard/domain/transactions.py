"""Transactions: starts and stops that may come twice, late, out of order, or not at all.

A start is known again by its natural key, a stop by the transaction it names; both are acknowledged whatever
is odd about them, because a charge point that gets no answer repeats the message and holds back all others
(OCPP 1.6 §3.7.1, §4.8, §4.10). What cannot be matched is parked as an orphan, never dropped.
"""

from datetime import datetime, timedelta
from hashlib import blake2b

from msgspec.structs import replace

from chargeyard.domain import events, reports, reservations
from chargeyard.domain.answers import TransactionClosed, TransactionNumbered
from chargeyard.domain.authorization import Occasion, Status, Verdict, judge, key_of
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Context, Decision
from chargeyard.domain.readings import energy_of, first_register

LARGEST_NUMBER = 2**31 - 1
"""Transaction numbers above this one overflow charge points with 32-bit integers (OCPP 1.6 errata 3.54)."""

TWIN_WINDOW = timedelta(minutes=10)
"""A start that differs from an open one only by a timestamp this near is a retry that was stamped anew."""

LIVE_WINDOW = timedelta(minutes=15)
"""A start older than this is history from an offline queue: no limit of simultaneous transactions applies."""


def start_key(report: reports.TransactionStarted) -> str:
    """The natural key of a start: the same values mean the same transaction, whatever the message id.

    A clock that was never set says the same at every start (MicroOcpp#311): its text tells none from another.
    """
    stamp = report.said if report.said and report.is_dated else report.at.isoformat()
    return "s:" + _digest(
        report.evse,
        report.connector,
        key_of(report.id_token),
        stamp,
        report.meter_start_wh,
        report.reservation_id,
    )


def orphan_key(report: reports.TransactionStopped) -> str:
    """The natural key of a stop whose transaction nobody knows."""
    return "o:" + _digest(report.transaction, report.said or report.at.isoformat(), report.meter_stop_wh)


def may_be_ours(wire_number: int) -> bool:
    """Whether a charge point's transaction number can be one that we gave: positive and below 2³¹."""
    return 0 < wire_number <= LARGEST_NUMBER


# --- start ----------------------------------------------------------------------------------------------------


def decide_start(state: ChargePoint, report: reports.TransactionStarted, context: Context) -> Decision:
    """A new transaction, or the one that this start has begun before."""
    same = _same_start(state, report) or context.known
    if same is not None:
        return Decision((), TransactionNumbered(same.number, _verdict_again(state, same, report, context)))
    closed = ended_by(state, report)
    verdict = _verdict_at_start(state, report, context, closed)
    ends = tuple(
        inferred_stop(state, transaction, context, report.at, report.meter_start_wh) for transaction in closed
    )
    started = _started(state, report, context, verdict)
    used = reservations.use(state, started, context)
    return Decision((*ends, started, *used), TransactionNumbered(context.number, verdict))


def _same_start(state: ChargePoint, report: reports.TransactionStarted) -> Transaction | None:
    key = start_key(report)
    for transaction in state.transactions.values():
        if transaction.start_key == key or _is_twin(transaction, report):
            return transaction
    return None


def _is_twin(transaction: Transaction, report: reports.TransactionStarted) -> bool:
    """The same start with another timestamp: no energy has flowed, so nothing is lost by taking it for one."""
    return (
        transaction.is_open
        and (transaction.evse, transaction.connector) == (report.evse, report.connector)
        and key_of(transaction.id_token) == key_of(report.id_token)
        and transaction.meter_start_wh == report.meter_start_wh
        and transaction.last_energy_wh in (None, transaction.meter_start_wh)
        and abs(transaction.started_at - report.at) <= TWIN_WINDOW
    )


def ended_by(state: ChargePoint, report: reports.TransactionStarted) -> list[Transaction]:
    """An outlet carries one transaction: a later start there says that the earlier one is over."""
    there = (one for one in state.open_transactions() if report.evse and one.evse == report.evse)
    return [transaction for transaction in there if transaction.started_at <= report.at]


def _starting(state: ChargePoint, report: reports.TransactionStarted) -> Occasion:
    return Occasion(charge_point=state.id, evse=report.evse, starts=True)


def _verdict_at_start(
    state: ChargePoint, report: reports.TransactionStarted, context: Context, closed: list[Transaction]
) -> Verdict:
    key = key_of(report.id_token)
    running = context.running - sum(key_of(transaction.id_token) == key for transaction in closed)
    is_history = context.now - report.at > LIVE_WINDOW
    return judge(context.token, report.at, 0 if is_history else running, _starting(state, report))


def _verdict_again(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionStarted, context: Context
) -> Verdict:
    """What a repeated start is told: the token as it is now, but never ConcurrentTx with itself."""
    verdict = judge(context.token, report.at, occasion=_starting(state, report))
    if transaction.authorization is Status.CONCURRENT and verdict.accepted:
        return replace(verdict, status=Status.CONCURRENT)
    return verdict


def _started(
    state: ChargePoint, report: reports.TransactionStarted, context: Context, verdict: Verdict
) -> events.TransactionStarted:
    return events.TransactionStarted(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=context.number,
        wire_id=str(context.number),
        start_key=start_key(report),
        evse=report.evse,
        connector=report.connector,
        id_token=report.id_token,
        authorization=verdict.status,
        meter_start_wh=report.meter_start_wh,
        started_at=report.at,
        said=report.said,
        reservation_id=report.reservation_id,
    )


def inferred_stop(
    state: ChargePoint,
    transaction: Transaction,
    context: Context,
    next_at: datetime,
    next_start_wh: int | None,
) -> events.TransactionStopped:
    """The end of a transaction whose stop was lost, from the last evidence before the next start there."""
    last_wh = energy_of(transaction, context).last_wh if transaction.last_reading_at else None
    stop_wh = _register_before(transaction, last_wh, next_start_wh)
    energy = energy_of(_concluded(transaction, next_at, stop_wh), _up_to(context, transaction, stop_wh))
    return events.TransactionStopped(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        evse=transaction.evse,
        stopped_at=transaction.last_reading_at or next_at,
        meter_stop_wh=stop_wh,
        energy_wh=energy.energy_wh,
        quality="estimated",
        reason="Other",
        completeness="inferred",
        id_token=transaction.stop_id_token,
    )


def _register_before(transaction: Transaction, last_wh: int | None, next_start_wh: int | None) -> int | None:
    """The register when the lost stop happened: the last one read, bounded by where the next start began."""
    if next_start_wh is None or next_start_wh < (transaction.meter_start_wh or 0):
        return last_wh
    return next_start_wh if last_wh is None else min(last_wh, next_start_wh)


def _concluded(transaction: Transaction, next_at: datetime, stop_wh: int | None) -> Transaction:
    """The transaction with the end that is concluded, and no reading above it."""
    last_at, last_wh = transaction.last_reading_at, transaction.last_energy_wh
    is_above = last_wh is not None and stop_wh is not None and last_wh > stop_wh
    return replace(
        transaction,
        stopped_at=last_at or next_at,
        meter_stop_wh=stop_wh,
        completeness="inferred",
        last_reading_at=None if is_above else last_at,
        last_energy_wh=None if is_above else last_wh,
    )


def _up_to(context: Context, transaction: Transaction, stop_wh: int | None) -> Context:
    """The context without the readings of `transaction` that are above the register at its end."""
    readings = context.metered.get(transaction.number)
    if readings is None or stop_wh is None:
        return context
    below = tuple(one for one in readings if one.energy_wh is None or one.energy_wh <= stop_wh)
    return replace(context, metered={transaction.number: below})


# --- stop -----------------------------------------------------------------------------------------------------


def decide_stop(state: ChargePoint, report: reports.TransactionStopped, context: Context) -> Decision:
    """The end of a transaction: reported first, repeated, contradicting, or of one that nobody knows."""
    stopping = Occasion(charge_point=state.id)
    verdict = judge(context.token, report.at, occasion=stopping) if report.id_token else None
    transaction = stopped_transaction(state, report) or context.known
    if transaction is None:
        found = _orphan(state, report, context)
    elif is_to_end(transaction):
        found = _stop(state, transaction, report, context)
    else:
        found = _stop_again(state, transaction, report, context)
    return Decision(found, TransactionClosed(verdict))


def is_to_end(transaction: Transaction) -> bool:
    """Whether a stop is news: an end that was only concluded gives way to the one that is told."""
    return transaction.is_open or transaction.completeness == "inferred"


def stopped_transaction(state: ChargePoint, report: reports.TransactionStopped) -> Transaction | None:
    """The transaction in memory that `report` ends: the one it names, else the only one that fits the evidence."""
    if may_be_ours(report.transaction):
        named = state.transactions.get(report.transaction)
        return named and (_misnamed(state, named, report) or named)
    known = [transaction for transaction in state.transactions.values() if _ended_so(transaction, report)]
    fitting = [transaction for transaction in state.open_transactions() if _fits(transaction, report)]
    if known:
        return known[-1]
    return fitting[0] if len(fitting) == 1 else None


def _misnamed(
    state: ChargePoint, named: Transaction, report: reports.TransactionStopped
) -> Transaction | None:
    """What runs at the outlet of `named`, which ended before: some stop under the number of the transaction
    before (lbbrhzn/ocpp#1491, #1749), and energy must not be counted for both."""
    if named.is_open or _ended_so(named, report):
        return None
    running = (transaction for transaction in state.open_transactions() if transaction.evse == named.evse)
    return next((one for one in running if one.started_at < report.at and _fits(one, report)), None)


def _ended_so(transaction: Transaction, report: reports.TransactionStopped) -> bool:
    """Whether `report` tells the end of `transaction` that we know already."""
    if transaction.stopped_at is None or transaction.meter_stop_wh != report.meter_stop_wh:
        return False
    apart = abs(transaction.stopped_at - report.at)
    return not apart or (not report.is_dated and apart <= TWIN_WINDOW)


def _fits(transaction: Transaction, report: reports.TransactionStopped) -> bool:
    """Whether a stop without a usable number can belong here (OCPP 1.6 errata 3.18)."""
    return (
        transaction.started_at <= report.at
        and report.meter_stop_wh >= (transaction.meter_start_wh or 0)
        and (not report.id_token or key_of(report.id_token) == key_of(transaction.id_token))
    )


def _stop(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionStopped, context: Context
) -> tuple[events.Event, ...]:
    detailed = first_register(state, transaction, report.readings, context)
    ended = replace(
        transaction, stopped_at=report.at, meter_stop_wh=report.meter_stop_wh, completeness="reported"
    )
    energy = energy_of(ended, context, report.readings, report.is_dated)
    stop = events.TransactionStopped(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        evse=transaction.evse,
        stopped_at=report.at,
        meter_stop_wh=report.meter_stop_wh,
        energy_wh=energy.energy_wh,
        quality=energy.quality,
        reason=report.reason,
        id_token=report.id_token,
        said=report.said,
    )
    return (*detailed, *_readings(state, transaction, report, context), stop)


def _readings(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionStopped, context: Context
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


def _stop_again(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionStopped, context: Context
) -> tuple[events.Event, ...]:
    if _ended_so(transaction, report):
        return ()
    conflict = events.StopConflicted(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=transaction.number,
        stopped_at=report.at,
        meter_stop_wh=report.meter_stop_wh,
        reason=report.reason,
    )
    return (conflict,)


def _orphan(
    state: ChargePoint, report: reports.TransactionStopped, context: Context
) -> tuple[events.Event, ...]:
    """A record of a transaction that we only know the end of, with what the stop tells about its start."""
    began = min(report.readings, key=lambda reading: reading.at, default=None)
    start_wh = began.summary.energy_wh if began else None
    started = events.TransactionStarted(
        recorded_at=context.now,
        charge_point=state.id,
        transaction=context.number,
        wire_id=str(report.transaction),
        start_key=orphan_key(report),
        evse=0,
        connector=0,
        id_token=report.id_token,
        authorization=judge(context.token, report.at).status if report.id_token else Status.INVALID,
        meter_start_wh=start_wh,
        started_at=min(began.at, report.at) if began else report.at,
    )
    *readings, stop = _stop(state, opened(started), report, context)
    # Without a known start the register says nothing about the energy.
    nothing: dict[str, int] = {"energy_wh": 0} if start_wh is None else {}
    return (
        started,
        *readings,
        replace(stop, quality="suspect", completeness="orphan", **nothing),
    )


# --- evolution ------------------------------------------------------------------------------------------------


def opened(event: events.TransactionStarted) -> Transaction:
    """The transaction that an event has begun."""
    return Transaction(
        number=event.transaction,
        wire_id=event.wire_id,
        start_key=event.start_key,
        evse=event.evse,
        connector=event.connector,
        id_token=event.id_token,
        authorization=event.authorization,
        started_at=event.started_at,
        meter_start_wh=event.meter_start_wh,
        meter_start_at=event.meter_start_at,
    )


def evolve_start(state: ChargePoint, event: events.TransactionStarted) -> None:
    """The transaction is open from now on."""
    state.remember(opened(event))


def evolve_stop(state: ChargePoint, event: events.TransactionStopped) -> None:
    """The transaction is closed; it is kept for a while, for late samples and repeated stops."""
    transaction = state.transactions.get(event.transaction)
    if transaction is None:
        return
    transaction.stopped_at = event.stopped_at
    transaction.meter_stop_wh = event.meter_stop_wh
    transaction.reason = event.reason
    transaction.completeness = event.completeness
    transaction.stop_id_token = event.id_token or transaction.stop_id_token
    transaction.energy_wh, transaction.quality = event.energy_wh, event.quality
    state.remember(transaction)


def _digest(*parts: object) -> str:
    return blake2b("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
