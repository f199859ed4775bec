"""What goes on under the id of a transaction that has ended: the same one after all, or another one."""

from msgspec.structs import replace

from chargeyard.domain import events, reports
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Context

RESUMED = "TxResumed"
"""The trigger by which a transaction goes on after the charge point was without power."""


def resumes(state: ChargePoint, known: Transaction, report: reports.TransactionReported) -> bool:
    """Whether `report` says that a transaction goes on whose end we had only concluded (2.1 E17)."""
    if known.completeness != "inferred" or report.trigger != RESUMED or report.phase != "Updated":
        return False
    there = (one for one in state.transactions.values() if one.evse == known.evse)
    return not any(one.started_at > report.at for one in there if one.number != known.number)


def reopening(state: ChargePoint, known: Transaction, context: Context) -> events.TransactionReopened:
    """It goes on: what was concluded is taken back."""
    return events.TransactionReopened(
        recorded_at=context.now, charge_point=state.id, transaction=known.number
    )


def evolve_reopening(state: ChargePoint, event: events.TransactionReopened) -> None:
    """It goes on as if no end had been concluded."""
    transaction = state.transactions.get(event.transaction)
    if transaction is not None:
        state.transactions[event.transaction] = reopened(transaction)


def reopened(transaction: Transaction) -> Transaction:
    """`transaction` without the end that was concluded."""
    nothing = {"stopped_at": None, "meter_stop_wh": None, "energy_wh": 0, "quality": "ok"}
    return replace(transaction, reason="", completeness="", **nothing)


def reuse_found(state: ChargePoint, known: Transaction, context: Context) -> events.FindingRecorded:
    """An id must be unique for the life of a charge point (E01.FR.08): the operator shall know of it."""
    return events.FindingRecorded(
        recorded_at=context.now,
        charge_point=state.id,
        action="TransactionEvent",
        rule="transaction_id_reused",
        path="$.transactionInfo.transactionId",
        detail=f"was transaction {known.number}; taken for another one",
    )
