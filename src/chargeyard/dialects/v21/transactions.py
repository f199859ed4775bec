"""Transactions on the wire of 2.1: what TransactionEvent tells there of costs, limits and tariffs."""

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from chargeyard.dialects.dialect import Hearing, Script
from chargeyard.dialects.v21.amounts import amount_from, limits_from, limits_on_wire, number
from chargeyard.dialects.v201 import transactions
from chargeyard.dialects.v201.authorization import id_token_info
from chargeyard.domain import commands, reports
from chargeyard.domain.accounts import TariffInUse, ToldCost, ToldLimits
from chargeyard.domain.answers import Acknowledged, TransactionHeard
from chargeyard.domain.outcomes import Scheduled
from chargeyard.domain.secrets import masked
from chargeyard.ocpp.v21 import messages as m


def event_from(
    request: m.TransactionEventRequest, hearing: Hearing
) -> reports.TransactionReported | reports.Reported:
    """TransactionEvent: all that 2.0.1 tells, and what 2.1 adds."""
    report = transactions.event_from(request, hearing)  # type: ignore[arg-type]
    told = request.transaction_info
    if isinstance(report, reports.Reported):
        return report
    if told.transaction_limit is UNSET and told.tariff_id is UNSET and request.cost_details is UNSET:
        return report
    limits = told.transaction_limit
    return replace(
        report,
        told_cost=cost_from(request.cost_details, report.sequence, hearing),
        told_limits=None
        if isinstance(limits, UnsetType)
        else ToldLimits(limits=limits_from(limits, hearing), sequence=report.sequence),
        tariff=TariffInUse(tariff_id=told.tariff_id, sequence=report.sequence) if told.tariff_id else None,
    )


def cost_from(told: m.CostDetailsType | UnsetType, sequence: int, hearing: Hearing) -> ToldCost | None:
    """CostDetailsType: the total, and the rest as it was told."""
    if isinstance(told, UnsetType):
        return None
    total, path = told.total_cost.total, "$.costDetails.totalCost.total"
    has_failed = told.failure_to_calculate is True
    return ToldCost(
        currency=told.total_cost.currency,
        excl_tax=amount_from(total.excl_tax, hearing, f"{path}.exclTax"),
        incl_tax=amount_from(total.incl_tax, hearing, f"{path}.inclTax"),
        sequence=sequence,
        failure=(told.failure_reason or "no reason told") if has_failed else "",
        details=msgspec.Raw(masked(msgspec.json.encode(told))),
    )


def event_answer(answer: TransactionHeard | Acknowledged) -> m.TransactionEventResponse:
    """TransactionEventResponse: a verdict wherever the event had a token, a cost that is known, limits once."""
    if isinstance(answer, Acknowledged):
        return m.TransactionEventResponse()
    return m.TransactionEventResponse(
        id_token_info=id_token_info(answer.verdict) if answer.verdict is not None else UNSET,  # type: ignore[arg-type]
        total_cost=number(answer.total_cost),
        transaction_limit=limits_on_wire(answer.limits) if answer.limits is not None else UNSET,
    )


def limit_script(command: commands.LimitTransaction) -> Script:
    """Nothing is sent: limits are told in the answer to the transaction's next event (E16)."""
    yield from ()
    return Scheduled()
