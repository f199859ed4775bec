"""Tariffs, payment and battery swap with a charge point of 2.1 that others wrote; one of 2.0.1 knows none of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e import ocpp2
from tests.e2e.ocpp2 import Answering
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = {"id_token": "TAG-1", "type": "ISO14443"}
AT = "2026-11-21T12:00:00Z"
TARIFF: Payload = {
    "tariffId": "DAY-1",
    "currency": "EUR",
    "energy": {"prices": [{"priceKwh": 0.39, "conditions": {"startTimeOfDay": "08:00"}}]},
    "idleTime": {"prices": [{"priceMinute": 0.1}]},
}
ANSWERS: dict[str, Answering] = {
    "SetDefaultTariff": lambda asked: {"status": "Accepted"},
    "GetTariffs": lambda asked: {
        "status": "Accepted",
        "tariff_assignments": [{"tariff_id": "DAY-1", "tariff_kind": "DefaultTariff", "evse_ids": [1, 2]}],
    },
    "ClearTariffs": lambda asked: {
        "clear_tariffs_result": [{"tariff_id": one, "status": "Accepted"} for one in asked["tariff_ids"]]
    },
    "ChangeTransactionTariff": lambda asked: {"status": "TxNotFound"},
    "NotifyWebPaymentStarted": lambda asked: {},
    "RequestBatterySwap": lambda asked: {"status": "Accepted"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("tariffs2")) as server:
        await told(server, "POST", "/id-token", json={"idToken": "TAG-1", "kind": "ISO14443"})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


async def _command(server: Server, path: str, **body: Any) -> Payload:
    return await told(server, "POST", path, json=body)


async def test_a_tariff_is_set_read_and_cleared(server: Server) -> None:
    at = "/charge-point/TARIFFS"
    async with ocpp2.client(server, "TARIFFS", "ocpp2.1", ANSWERS) as charge_point:
        set_ = await _command(server, f"{at}/set-default-tariff", connectorId=1, tariff=TARIFF)
        assert set_["outcome"] == "Accepted"
        assert charge_point.payloads("SetDefaultTariff") == [{"evseId": 1, "tariff": TARIFF}]
        assert await told(server, "GET", "/tariff/DAY-1") == TARIFF
        [installed] = await items(server, f"{at}/installed/tariff")
        assert (installed["key"], installed["connectorId"], installed["source"]) == ("DAY-1", 1, "ours")
        listed = await _command(server, f"{at}/read-tariffs")
        assert (
            listed["result"]["tariffs"][0] | {"tariffId": "DAY-1", "evses": [1, 2]}
            == (listed["result"]["tariffs"][0])
        )
        other = {**TARIFF, "currency": "CHF"}
        reused = await server.http.post(f"{at}/set-default-tariff", json={"tariff": other})
        assert reused.status_code == 409
        cleared = await _command(server, f"{at}/clear-tariffs", tariffIds=["DAY-1"])
        assert cleared["result"]["tariffs"] == [{"tariffId": "DAY-1", "status": "Accepted"}]
        assert await items(server, f"{at}/installed/tariff") == []


async def test_the_tariff_of_a_transaction_is_changed_or_why_not(server: Server) -> None:
    async with ocpp2.client(server, "CHANGES", "ocpp2.1", ANSWERS) as charge_point:
        await charge_point.say(
            "TransactionEvent",
            event_type="Started",
            timestamp=AT,
            trigger_reason="CablePluggedIn",
            seq_no=0,
            transaction_info={"transaction_id": "tx-1"},
        )
        [running] = await items(server, "/charge-transaction", cpId="CHANGES")
        path = f"/charge-transaction/tariff/{running['id']}"
        changed = await _command(server, path, tariff={**TARIFF, "tariffId": "NIGHT-1"})
        assert (changed["outcome"], changed["status"]) == ("Rejected", "TxNotFound")
        assert charge_point.payloads("ChangeTransactionTariff")[0]["transactionId"] == "tx-1"


async def test_payments_are_kept_and_answered_honestly(server: Server) -> None:
    async with ocpp2.client(server, "PAYS", "ocpp2.1", ANSWERS) as charge_point:
        await _command(server, "/charge-point/PAYS/notify-web-payment-started", connectorId=2, timeoutS=60)
        assert charge_point.payloads("NotifyWebPaymentStarted") == [{"evseId": 2, "timeout": 60}]
        checked = await charge_point.say("VatNumberValidation", vat_number="DE1", evse_id=2)
        assert (checked.vat_number, checked.evse_id, checked.status) == ("DE1", 2, "Rejected")
        settled = await charge_point.say(
            "NotifySettlement",
            psp_ref="psp-1",
            status="Settled",
            settlement_amount=12.3,
            settlement_time=AT,
        )
        assert (settled.receipt_id, settled.receipt_url) == (None, None)
        [kept] = await items(server, "/charge-point/PAYS/report", kind="PaymentSettled")
        assert (kept["body"]["payment"], kept["body"]["amount"]) == ("psp-1", "12.3")
        [asked] = await items(server, "/charge-point/PAYS/report", kind="VatNumberAsked")
        assert (asked["body"]["vat_number"], asked["body"]["accepted"]) == ("DE1", False)


async def test_batteries_are_swapped_and_found_again(server: Server) -> None:
    async with ocpp2.client(server, "SWAPS", "ocpp2.1", ANSWERS) as charge_point:
        await _command(server, "/charge-point/SWAPS/request-battery-swap", idTag="TAG-1")
        [asked] = charge_point.payloads("RequestBatterySwap")
        assert asked["idToken"] == {"idToken": "TAG-1", "type": "ISO14443"}
        for event, slot, serial in (("BatteryIn", 1, "OLD"), ("BatteryOut", 2, "NEW")):
            await charge_point.say(
                "BatterySwap",
                event_type=event,
                request_id=asked["requestId"],
                id_token=TOKEN,
                battery_data=[{"evseId": slot, "serialNumber": serial, "soC": 42.5, "soH": 90}],
            )
        found = await items(server, "/charge-point/SWAPS/installed/battery")
        assert [(one["key"], one["body"]["happened"], one["body"]["battery"]["slot"]) for one in found] == [
            ("NEW", "BatteryOut", 2),
            ("OLD", "BatteryIn", 1),
        ]
        history = await items(server, "/charge-point/SWAPS/report", kind="BatteriesSwapped")
        assert [one["body"]["request_id"] for one in history] == [asked["requestId"]] * 2
        refused = await server.http.post("/charge-point/SWAPS/request-battery-swap", json={"idTag": "NOBODY"})
        assert refused.status_code == 409


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("set-default-tariff", {"tariff": TARIFF}),
        ("read-tariffs", {}),
        ("clear-tariffs", {}),
        ("notify-web-payment-started", {"connectorId": 1, "timeoutS": 60}),
        ("request-battery-swap", {"idTag": "TAG-1"}),
    ],
)
async def test_the_version_before_knows_none_of_it(server: Server, path: str, body: Payload) -> None:
    identity = f"OLD-{path}"
    async with ocpp2.client(server, identity, "ocpp2.0.1", {}) as charge_point:
        answer = await _command(server, f"/charge-point/{identity}/{path}", **body)
        assert answer["outcome"] == "Unsupported"
        assert charge_point.asked == []
