"""What events of a transaction tell of its account, and what is told in return.

An event that happened without us is history: it is booked, and nothing live is answered to it (2.0.1 E11.FR.07).
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from chargeyard.domain import events, outcomes, reports
from chargeyard.domain.accounts import Cost, Limits, Queue, WishedLimits, changed, later
from chargeyard.domain.answers import TransactionHeard
from chargeyard.domain.authorization import Verdict
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.commands import GetTransactionStatus, LimitTransaction, UpdateCost
from chargeyard.domain.decision import Scene
from chargeyard.domain.outcomes import Outcome
from chargeyard.domain.results import TransactionStatusTold


def heard(
    transaction: Transaction, report: reports.TransactionReported, verdict: Verdict | None
) -> TransactionHeard:
    """The answer to an event: besides the verdict the cost where it is known, and limits that wait to be told."""
    return TransactionHeard(verdict, cost_to_tell(transaction, report), limits_to_tell(transaction, report))


def cost_to_tell(transaction: Transaction, report: reports.TransactionReported) -> Decimal | None:
    """The running cost while it runs (I02.FR.01), at the end only the final one (I03.FR.02)."""
    cost = transaction.account.cost
    if cost is None:
        return None
    is_wanted = cost.is_final if report.phase == "Ended" else not report.is_offline
    return cost.amount if is_wanted else None


def limits_to_tell(transaction: Transaction, report: reports.TransactionReported) -> Limits | None:
    """What an operator wants and the charge point has not been told: once, and of what goes on (2.1 E16)."""
    wished = transaction.account.wished_limits
    if wished is None or wished.told_at is not None or report.is_offline:
        return None
    return wished.limits if report.phase != "Ended" and transaction.is_open else None


def account_for(
    state: ChargePoint, transaction: Transaction, report: reports.TransactionReported, now: datetime
) -> tuple[events.TransactionAccounted, ...]:
    """What is known now: what the event tells, and that limits are being told in the answer."""
    account = transaction.account
    told = later(account, report.told_cost, report.told_limits, report.tariff)
    if account.wished_limits is not None and limits_to_tell(transaction, report) is not None:
        told["wished_limits"] = replace(account.wished_limits, told_at=now)
    return (_accounted(state.id, transaction.number, now, **told),) if told else ()


def evolve_account(state: ChargePoint, event: events.TransactionAccounted) -> None:
    """The account in memory follows, whoever has changed it."""
    transaction = state.transactions.get(event.transaction)
    if transaction is not None:
        transaction.account = changed(transaction.account, event)


# --- what follows from commands -------------------------------------------------------------------------------


def status_told(
    command: GetTransactionStatus, outcome: Outcome, scene: Scene
) -> tuple[events.TransactionAccounted, ...]:
    """What the charge point answered is kept with the transaction."""
    result = getattr(outcome, "result", None)
    if not command.transaction or not isinstance(result, TransactionStatusTold):
        return ()
    queue = Queue(is_ongoing=result.is_ongoing, has_messages=result.has_messages, at=scene.now)
    return (_accounted(scene.charge_point, command.transaction, scene.now, queue=queue),)


def limits_wished(
    command: LimitTransaction, outcome: Outcome, scene: Scene
) -> tuple[events.TransactionAccounted, ...]:
    """The limits wait for the next event of the transaction, in whose answer they are told."""
    if not isinstance(outcome, outcomes.Scheduled):
        return ()
    wished = WishedLimits(limits=command.limits)
    return (_accounted(scene.charge_point, command.transaction, scene.now, wished_limits=wished),)


def cost_updated(
    command: UpdateCost, outcome: Outcome, scene: Scene
) -> tuple[events.TransactionAccounted, ...]:
    """What the driver has been shown is what it costs so far."""
    if not isinstance(outcome, outcomes.Accepted):
        return ()
    cost = Cost(amount=command.amount, currency=command.currency, at=scene.now)
    return (_accounted(scene.charge_point, command.transaction, scene.now, cost=cost),)


def _accounted(
    charge_point: str, transaction: int, now: datetime, **told: Any
) -> events.TransactionAccounted:
    return events.TransactionAccounted(
        recorded_at=now, charge_point=charge_point, transaction=transaction, **told
    )
