"""What charge points tell of money and batteries and is kept as it was, with what else follows from it."""

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED, VatNumberJudged
from chargeyard.domain.battery_swap import lines
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context, Decision


def decide_settlement(state: ChargePoint, report: reports.PaymentSettled, context: Context) -> Decision:
    """Kept, with the transaction it was for where a session knows it. Receipts of our own we have none."""
    named = [one for one in state.transactions.values() if report.wire_id and one.wire_id == report.wire_id]
    settled = events.PaymentSettled(
        recorded_at=context.now,
        charge_point=state.id,
        payment=report.payment,
        status=report.status,
        amount=report.amount,
        at=report.at,
        wire_id=report.wire_id,
        transaction=max(named, key=lambda one: one.started_at).number if named else None,
        info=report.info,
        receipt_id=report.receipt_id,
        receipt_url=report.receipt_url,
        vat_number=report.vat_number,
    )
    return Decision((settled,), ACKNOWLEDGED)


def decide_vat_number(state: ChargePoint, report: reports.VatNumberAsked, context: Context) -> Decision:
    """Nobody is connected who could tell: not valid as far as we know, and no company (C18)."""
    asked = events.VatNumberAsked(
        recorded_at=context.now,
        charge_point=state.id,
        vat_number=report.vat_number,
        evse=report.evse,
        accepted=False,
    )
    return Decision((asked,), VatNumberJudged(report.vat_number, report.evse))


def decide_swap(state: ChargePoint, report: reports.BatteriesSwapped, context: Context) -> Decision:
    """Kept as history, and each battery in the book as what became of it last (S03, S04)."""
    fields = {name: getattr(report, name) for name in report.__struct_fields__}
    swapped = events.BatteriesSwapped(recorded_at=context.now, charge_point=state.id, **fields)
    booked = events.ItemsInstalled(
        recorded_at=context.now,
        charge_point=state.id,
        kind="Battery",
        items=lines(report.happened, report.request_id, report.id_token, report.batteries),
        source="reported",
    )
    return Decision((swapped, booked), ACKNOWLEDGED)
