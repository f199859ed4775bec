"""What a transaction costs, its limits, and the question whether all of it was told, over REST."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest

from chargeyard.domain import outcomes
from chargeyard.domain.accounts import Limits, TariffInUse, ToldCost, ToldLimits, WishedLimits
from chargeyard.domain.commands import GetTransactionStatus, LimitTransaction, UpdateCost
from chargeyard.domain.events import TransactionAccounted
from chargeyard.domain.results import TransactionStatusTold
from tests.api.test_transactions import start, stop
from tests.api.yard import Yard
from tests.contract import happenings as h

EUR = {"amount": "3.20", "currency": "EUR"}


async def _account(client: httpx2.AsyncClient) -> Any:
    return (await client.get("/charge-transaction/1")).json()["account"]


async def test_a_cost_is_said_and_told(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    await start(yard, 1)
    assert await _account(client) == dict.fromkeys(
        ("cost", "toldCost", "limits", "wishedLimits", "tariffId", "queue")
    )
    said = await client.put("/charge-transaction/1/cost", json={**EUR, "isFinal": True})
    assert said.status_code == 200
    cost = (await _account(client))["cost"]
    assert cost == said.json()
    assert (cost["amount"], cost["currency"], cost["isFinal"]) == ("3.20", "EUR", True)
    assert isinstance(yard.published[-1], TransactionAccounted), "the session has to hear of it"


@pytest.mark.parametrize("amount", ["NaN", "-1", "1e13", "Infinity", "0.00001", "x", None])
async def test_a_sum_that_nobody_can_owe_is_refused(
    client: httpx2.AsyncClient, yard: Yard, amount: Any
) -> None:
    await start(yard, 1)
    for method, path in (
        ("PUT", "/charge-transaction/1/cost"),
        ("POST", "/charge-transaction/cost-update/1"),
    ):
        answer = await client.request(method, path, json={"amount": amount, "currency": "EUR"})
        assert answer.status_code == 400
    assert (
        await client.put("/charge-transaction/1/cost", json={"amount": 1, "currency": "€"})
    ).status_code == 400


async def test_a_running_cost_is_shown_to_the_driver(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", lambda command: outcomes.Accepted())
    await start(yard, 1)
    answer = await client.post("/charge-transaction/cost-update/1", json=EUR)
    assert answer.json()["outcome"] == "Accepted"
    assert yard.asked == [UpdateCost(transaction=1, wire_id="1", amount=Decimal("3.20"), currency="EUR")]
    assert (await _account(client))["cost"]["amount"] == "3.20"
    await stop(yard, 1)
    for path in ("cost-update", "limit"):
        body = EUR if path == "cost-update" else {"maxTimeS": 60}
        assert (await client.post(f"/charge-transaction/{path}/1", json=body)).status_code == 409


async def test_limits_are_asked_for_if_the_charge_point_knows_them(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await yard.connect("CP1", lambda command: outcomes.Scheduled())
    await start(yard, 1)
    wanted = {"maxCost": "20.00", "maxEnergyWh": 5000}
    assert (await client.post("/charge-transaction/limit/1", json=wanted)).json()["outcome"] == "Scheduled"
    limits = Limits(max_cost=Decimal("20.00"), max_energy_wh=Decimal(5000))
    assert yard.asked == [LimitTransaction(transaction=1, limits=limits)]
    assert (await _account(client))["wishedLimits"] == {
        "maxCost": "20.00",
        "maxEnergyWh": "5000",
        "maxTimeS": None,
        "maxSocPercent": None,
        "toldAt": None,
    }
    supported = h.variable("SupportedLimits", "MaxEnergy, maxtime", component="TxCtrlr")
    await yard.record(h.variables(supported))
    refused = await client.post("/charge-transaction/limit/1", json=wanted)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "the charge point does not support MaxCost",
    )
    assert (await client.post("/charge-transaction/limit/1", json={"maxTimeS": 60})).status_code == 200


async def test_a_charge_point_is_asked_whether_all_was_told(client: httpx2.AsyncClient, yard: Yard) -> None:
    told = TransactionStatusTold(is_ongoing=True, has_messages=False)
    await yard.connect("CP1", lambda command: outcomes.Accepted(result=told))
    await start(yard, 1)
    answer = (await client.post("/charge-transaction/status/1")).json()
    assert answer["result"] == {"result": "TransactionStatusTold", "isOngoing": True, "hasMessages": False}
    queue = (await _account(client))["queue"]
    assert (queue["isOngoing"], queue["hasMessages"]) == (True, False)
    assert (await client.post("/charge-point/CP1/transaction-status")).json()["outcome"] == "Accepted"
    assert yard.asked == [GetTransactionStatus(transaction=1, wire_id="1"), GetTransactionStatus()]


async def test_what_the_charge_point_told_is_shown(client: httpx2.AsyncClient, yard: Yard) -> None:
    await start(yard, 1)
    cost = ToldCost(currency="EUR", incl_tax=Decimal("4.10"), doubts=("odd",))
    limits = Limits(max_time_s=60)
    await yard.record(
        h.accounted(
            1,
            told_cost=cost,
            told_limits=ToldLimits(limits=limits, sequence=1),
            wished_limits=WishedLimits(limits=limits, told_at=h.NOON),
            tariff=TariffInUse(tariff_id="T1", sequence=1),
        )
    )
    account = await _account(client)
    assert (account["toldCost"]["inclTax"], account["toldCost"]["doubts"]) == ("4.10", ["odd"])
    assert (account["limits"]["maxTimeS"], account["tariffId"]) == (60, "T1")
    assert account["wishedLimits"]["toldAt"] == "2026-11-21T12:00:00Z"
    row = (await client.get("/charge-transaction/1")).json()
    assert (row["isWhole"], row["lastEventAt"], row["remoteStartId"]) == (False, None, None)
