"""Payment on the wire of 2.1: settlements, VAT numbers, payments on a web page."""

from msgspec import UNSET

from chargeyard.dialects.dialect import OUTLETS, Hearing, Script
from chargeyard.dialects.v21.amounts import amount_from
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged, VatNumberJudged
from chargeyard.ocpp.v21 import messages as m

LONGEST_VAT_NUMBER = 20
"""In an answer; what was asked may have been longer."""


def settlement_from(request: m.NotifySettlementRequest, hearing: Hearing) -> reports.PaymentSettled:
    """NotifySettlement."""
    return reports.PaymentSettled(
        payment=request.psp_ref,
        status=request.status,
        amount=amount_from(request.settlement_amount, hearing, "$.settlementAmount"),
        at=hearing.instant(request.settlement_time, "$.settlementTime"),
        wire_id=request.transaction_id or "",
        info=request.status_info or "",
        receipt_id=request.receipt_id or "",
        receipt_url=request.receipt_url or "",
        vat_number=request.vat_number or "",
    )


def settlement_answer(answer: Acknowledged) -> m.NotifySettlementResponse:
    """NotifySettlementResponse: no receipt, since nobody here writes any (C21.FR.03)."""
    return m.NotifySettlementResponse()


def vat_number_from(request: m.VatNumberValidationRequest, hearing: Hearing) -> reports.VatNumberAsked:
    """VatNumberValidation."""
    evse = hearing.whole(request.evse_id, OUTLETS, None, "$.evseId")
    return reports.VatNumberAsked(vat_number=request.vat_number, evse=evse)


def vat_number_answer(answer: VatNumberJudged) -> m.VatNumberValidationResponse:
    """VatNumberValidationResponse; the number and the EVSE are repeated (C18.FR.10)."""
    return m.VatNumberValidationResponse(
        vat_number=answer.vat_number[:LONGEST_VAT_NUMBER],
        status="Accepted" if answer.accepted else "Rejected",
        evse_id=UNSET if answer.evse is None else answer.evse,
    )


def web_payment_script(command: commands.NotifyWebPaymentStarted) -> Script:
    """NotifyWebPaymentStarted."""
    request = m.NotifyWebPaymentStartedRequest(evse_id=command.evse, timeout=command.timeout_s)
    return settled((yield request))
