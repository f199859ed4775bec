"""Tariffs, payment on a web page and battery swap over REST."""

from typing import Any

import httpx2
import msgspec
import pytest

from chargeyard.domain import outcomes
from chargeyard.domain.commands import (
    ChangeTransactionTariff,
    ClearTariffs,
    NotifyWebPaymentStarted,
    ReadTariffs,
    RequestBatterySwap,
    SetDefaultTariff,
)
from tests.api.test_transactions import start, stop
from tests.api.yard import Yard
from tests.contract import happenings as h

TARIFF: dict[str, Any] = {
    "tariffId": "T1",
    "currency": "EUR",
    "energy": {"prices": [{"priceKwh": 0.3}]},
    "validFrom": "2026-11-21T12:00:00Z",
}


@pytest.fixture
async def client(client: httpx2.AsyncClient, yard: Yard) -> httpx2.AsyncClient:
    await yard.connect("CP1", lambda command: outcomes.Accepted())
    return client


async def test_a_default_tariff_is_set_and_its_wording_stays(client: httpx2.AsyncClient, yard: Yard) -> None:
    path = "/charge-point/CP1/set-default-tariff"
    assert (await client.get("/tariff/T1")).status_code == 404
    answer = await client.post(path, json={"connectorId": 2, "tariff": TARIFF})
    assert answer.json()["outcome"] == "Accepted"
    (command,) = yard.asked
    assert isinstance(command, SetDefaultTariff)
    assert (command.evse, command.tariff.tariff_id, command.tariff.currency) == (2, "T1", "EUR")
    assert command.tariff.valid_from == TARIFF["validFrom"]
    assert msgspec.json.decode(command.tariff.elements) == {"energy": TARIFF["energy"]}
    assert (await client.get("/tariff/T1")).json() == TARIFF
    installed = (await client.get("/charge-point/CP1/installed/tariff")).json()["items"]
    assert [(one["key"], one["connectorId"], one["source"]) for one in installed] == [("T1", 2, "ours")]
    other = {**TARIFF, "energy": {"prices": [{"priceKwh": 0.4}]}}
    refused = await client.post(path, json={"tariff": other})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:chargeyard:problem:tariff-id-reused")
    assert (await client.post(path, json={"tariff": TARIFF})).status_code == 200


@pytest.mark.parametrize(
    "tariff",
    [{}, {"tariffId": "", "currency": "EUR"}, {"tariffId": "T", "currency": "Euro"}, {"tariffId": "T" * 61}],
)
async def test_a_tariff_needs_a_name_and_a_currency(client: httpx2.AsyncClient, tariff: Any) -> None:
    answer = await client.post("/charge-point/CP1/set-default-tariff", json={"tariff": tariff})
    assert answer.status_code == 400


async def test_tariffs_are_read_and_cleared(client: httpx2.AsyncClient, yard: Yard) -> None:
    await client.post("/charge-point/CP1/read-tariffs", json={})
    await client.post("/charge-point/CP1/clear-tariffs", json={"tariffIds": ["T1"], "connectorId": 0})
    await client.post("/charge-point/CP1/clear-tariffs", json={})
    assert yard.asked == [ReadTariffs(), ClearTariffs(tariff_ids=("T1",), evse=0), ClearTariffs()]


async def test_the_tariff_of_a_running_transaction_is_changed(client: httpx2.AsyncClient, yard: Yard) -> None:
    await start(yard, 1)
    assert (await client.post("/charge-transaction/tariff/1", json={"tariff": TARIFF})).status_code == 200
    (command,) = yard.asked
    assert isinstance(command, ChangeTransactionTariff)
    assert (command.transaction, command.wire_id, command.tariff.tariff_id) == (1, "1", "T1")
    await stop(yard, 1)
    assert (await client.post("/charge-transaction/tariff/1", json={"tariff": TARIFF})).status_code == 409


async def test_an_outlet_is_kept_for_whoever_pays_for_it(client: httpx2.AsyncClient, yard: Yard) -> None:
    path = "/charge-point/CP1/notify-web-payment-started"
    assert (await client.post(path, json={"connectorId": 2, "timeoutS": 60})).status_code == 200
    assert yard.asked == [NotifyWebPaymentStarted(evse=2, timeout_s=60)]
    assert (await client.post(path, json={"connectorId": 0, "timeoutS": 60})).status_code == 400


async def test_only_who_may_charge_gets_other_batteries(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.record(h.token_saved("CARD1", kind="ISO14443"), h.token_saved("CARD2", blocked=True))
    path = "/charge-point/CP1/request-battery-swap"
    assert (await client.post(path, json={"idTag": "card1"})).json()["outcome"] == "Accepted"
    (command,) = yard.asked
    assert isinstance(command, RequestBatterySwap)
    assert (command.id_token, command.token_kind) == ("CARD1", "ISO14443")
    assert command.request_id > 0
    for tag, status in (("CARD2", "Blocked"), ("CARD3", "Unknown")):
        refused = await client.post(path, json={"idTag": tag})
        assert (refused.status_code, refused.json()["tokenStatus"]) == (409, status)
    assert len(yard.asked) == 1
