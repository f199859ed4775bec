"""TransactionEvent as 2.1 has it: costs, limits and tariffs come and go without a digit lost."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chargeyard.dialects.v21.transactions import event_answer
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.accounts import Limits, TariffInUse, ToldCost, ToldLimits
from chargeyard.domain.answers import TransactionHeard
from chargeyard.domain.authorization import Status, Verdict
from tests.dialects.v201.wire import BOTH, OF_21, OF_201, REQUESTS

WHOLE = REQUESTS["TransactionEvent"]
COST: dict[str, Any] = {
    "totalCost": {
        "currency": "EUR",
        "typeOfCost": "NormalCost",
        "total": {"exclTax": 10.1, "inclTax": 12.02},
    },
    "totalUsage": {"energy": 20.5, "chargingTime": 3600, "idleTime": 0},
}
LIMITS = {"maxCost": 20.05, "maxEnergy": 5000, "maxTime": 7200, "maxSoC": 80}


def _hear(info: dict[str, Any] | None = None, **changed: Any) -> reports.TransactionReported:
    payload = {**WHOLE, **changed, "transactionInfo": {"transactionId": "tx-1", **(info or {})}}
    report = OF_21.hear("TransactionEvent", payload).report
    assert isinstance(report, reports.TransactionReported)
    return report


def test_costs_limits_and_the_tariff_are_heard() -> None:
    report = _hear({"transactionLimit": LIMITS, "tariffId": "T1"}, seqNo=4, costDetails=COST)
    assert report.told_limits == ToldLimits(
        limits=Limits(
            max_cost=Decimal("20.05"), max_energy_wh=Decimal(5000), max_time_s=7200, max_soc_percent=80
        ),
        sequence=4,
    )
    assert report.tariff == TariffInUse(tariff_id="T1", sequence=4)
    cost = report.told_cost
    assert isinstance(cost, ToldCost)
    assert (cost.currency, cost.excl_tax, cost.incl_tax) == ("EUR", Decimal("10.1"), Decimal("12.02"))
    assert (cost.sequence, cost.failure) == (4, "")
    assert json.loads(bytes(cost.details)) == COST


def test_what_is_not_told_says_nothing() -> None:
    report = _hear()
    assert (report.told_cost, report.told_limits, report.tariff) == (None, None, None)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"failureToCalculate": True}, "no reason told"),
        ({"failureToCalculate": True, "failureReason": "no clock"}, "no clock"),
        ({"failureToCalculate": False, "failureReason": "no clock"}, ""),
    ],
)
def test_a_failure_to_calculate_is_heard(told: dict[str, Any], why: str) -> None:
    cost = _hear(costDetails={**COST, **told}).told_cost
    assert cost is not None
    assert cost.failure == why


@pytest.mark.parametrize(
    "changed",
    [
        {"costDetails": {**COST, "totalCost": {"currency": "EUR"}}},
        {"costDetails": "12 €"},
        {"costDetails": {**COST, "totalCost": {**COST["totalCost"], "total": {"exclTax": 1e300}}}},
        {"transactionInfo": {"transactionId": "tx-1", "transactionLimit": {"maxSoC": 900}}},
        {"transactionInfo": {"transactionId": "tx-1", "transactionLimit": 7}},
        {"transactionInfo": {"transactionId": "tx-1", "tariffId": 7}},
    ],
    ids=str,
)
def test_nonsense_about_money_loses_no_event(changed: dict[str, Any]) -> None:
    answer = OF_21.answer("TransactionEvent", {**WHOLE, **changed})
    assert answer["idTokenInfo"]["status"] == "Accepted"


def test_the_next_answer_tells_cost_and_limits() -> None:
    limits = Limits(max_cost=Decimal("9.90"), max_soc_percent=80)
    answer = TransactionHeard(Verdict(Status.ACCEPTED), Decimal("3.10"), limits)
    told = OF_21.check("TransactionEventResponse", msgspec.json.encode(event_answer(answer)))
    assert told == {
        "idTokenInfo": {"status": "Accepted"},
        "totalCost": 3.1,
        "transactionLimit": {"maxCost": 9.9, "maxSoC": 80},
    }
    free = msgspec.json.encode(event_answer(TransactionHeard(None, Decimal(0))))
    assert OF_21.check("TransactionEventResponse", free) == {"totalCost": 0.0}


def test_limits_wait_for_the_next_event() -> None:
    command = commands.LimitTransaction(transaction=7, limits=Limits(max_time_s=60))
    found = []
    for version in BOTH:
        with pytest.raises(StopIteration) as end:
            next(version.dialect.phrase(command))
        found.append((version, type(end.value.value)))
    assert found == [(OF_201, outcomes.Unsupported), (OF_21, outcomes.Scheduled)]
