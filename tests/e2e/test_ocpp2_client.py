"""Charge points of 2.0.1 and 2.1 that others wrote charge a car here, and do what REST tells them to.

The PyPI package `ocpp` checks every message of ours against the published schemas.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import ocpp.v21
import ocpp.v21.call
import ocpp.v21.call_result
import ocpp.v201
import ocpp.v201.call
import ocpp.v201.call_result
import pytest
import pytest_asyncio
from ocpp.routing import on
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chargeyard.ocpp.v21 import CATALOGUE as CATALOGUE_21
from chargeyard.ocpp.v201 import CATALOGUE as CATALOGUE_201
from tests.e2e.pypi import PASSWORD, Recorded
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, basic, items, register, told, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS: dict[str, ModuleType] = {"ocpp2.0.1": ocpp.v201, "ocpp2.1": ocpp.v21}
TOKEN = {"id_token": "TAG-1", "type": "ISO14443"}

ANSWERS: dict[str, Callable[[ModuleType], Any]] = {
    "ChangeAvailability": lambda v: v.call_result.ChangeAvailability("Accepted"),
    "GetBaseReport": lambda v: v.call_result.GetBaseReport("Accepted"),
    "GetVariables": lambda v: v.call_result.GetVariables(
        [
            {
                "attribute_status": "Accepted",
                "attribute_value": "300",
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": "HeartbeatInterval"},
            }
        ]
    ),
    "RequestStartTransaction": lambda v: v.call_result.RequestStartTransaction("Accepted"),
    "RequestStopTransaction": lambda v: v.call_result.RequestStopTransaction("Accepted"),
    "Reset": lambda v: v.call_result.Reset("Accepted"),
    "SetVariables": lambda v: v.call_result.SetVariables(
        [
            {
                "attribute_status": "RebootRequired",
                "component": {"name": "SampledDataCtrlr"},
                "variable": {"name": "TxUpdatedInterval"},
            }
        ]
    ),
    "UnlockConnector": lambda v: v.call_result.UnlockConnector("Unlocked"),
}


def _handler(action: str, version: ModuleType) -> Any:
    def answer(self: Any, **payload: Any) -> Any:
        return ANSWERS[action](version)

    answer.__name__ = f"on_{action}"  # by which the package finds it
    return on(action)(answer)


def _on_trigger(version: ModuleType) -> Any:
    def answer(self: Any, **payload: Any) -> Any:
        """It has two EVSEs."""
        known = payload.get("evse", {}).get("id", 0) <= 2
        return version.call_result.TriggerMessage("Accepted" if known else "Rejected")

    answer.__name__ = "on_TriggerMessage"
    return on("TriggerMessage")(answer)


class Client:
    """One connected client; `say` sends a call by its name and gives the answer."""

    def __init__(self, charge_point: Any, version: ModuleType, recorded: Recorded) -> None:
        self._charge_point = charge_point
        self._version = version
        self.wire = recorded

    async def say(self, action: str, **payload: Any) -> Any:
        message = getattr(self._version.call, action)(**payload)
        return await self._charge_point.call(message, suppress=False)

    async def boot(self) -> Any:
        station = {"model": "M", "vendor_name": "V"}
        return await self.say("BootNotification", charging_station=station, reason="PowerUp")

    @property
    def asked(self) -> list[Any]:
        """Action and payload of the calls it heard."""
        return [frame[2:] for frame in self.wire.heard if frame[0] == 2]


@asynccontextmanager
async def client(server: Server, identity: str, word: str) -> AsyncIterator[Client]:
    """A client of that version that listens and has booted."""
    version = VERSIONS[word]
    offer: Any = [word]
    handlers = {f"on_{action}": _handler(action, version) for action in ANSWERS}
    kind: Any = type(
        "Answering", (version.ChargePoint,), {**handlers, "on_TriggerMessage": _on_trigger(version)}
    )
    async with connect(
        f"{server.ws_url}/{identity}",
        subprotocols=offer,
        additional_headers=basic(identity, PASSWORD),
        proxy=None,
    ) as socket:
        recorded = Recorded(socket)
        charge_point = kind(identity, recorded)
        listening = asyncio.create_task(charge_point.start())
        connected = Client(charge_point, version, recorded)
        booted = await connected.boot()
        assert (booted.status, booted.interval) == ("Accepted", 300)
        yield connected
    with pytest.raises(ConnectionClosed):
        await listening


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("clients2")) as server:
        await told(server, "POST", "/id-token", json={"idToken": "TAG-1", "maxTransactions": None})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


@pytest.fixture(params=VERSIONS)
def word(request: pytest.FixtureRequest) -> str:
    """The subprotocol of the client."""
    return str(request.param)


@pytest_asyncio.fixture(loop_scope="module")
async def obedient(server: Server, word: str) -> AsyncIterator[tuple[Client, str]]:
    """A client and the identity it has."""
    identity = f"OBEDIENT-{word}"
    if (await server.http.get(f"/charge-point/{identity}")).status_code == 404:
        await register(server, identity, password=PASSWORD)
    async with client(server, identity, word) as connected:
        yield connected, identity


def _reading(at: str, wh: float, context: str = "Sample.Periodic") -> list[Payload]:
    samples = [
        {"value": wh / 1000, "context": context, "unit_of_measure": {"unit": "Wh", "multiplier": 3}},
        {"value": 6000, "context": context, "measurand": "Power.Active.Import"},
    ]
    return [{"timestamp": at, "sampled_value": samples}]


async def test_the_client_of_pypi_charges_a_car(server: Server, word: str) -> None:
    identity = f"PYPI-{word}"
    await register(server, identity, password=PASSWORD)
    begin = datetime.now(UTC).replace(microsecond=0)

    def after(minutes: int) -> str:
        return (begin + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")

    async with client(server, identity, word) as charge_point:

        async def event(kind: str, number: int, trigger: str, **rest: Any) -> Any:
            return await charge_point.say(
                "TransactionEvent",
                event_type=kind,
                timestamp=after(number),
                trigger_reason=trigger,
                seq_no=number,
                **rest,
            )

        await charge_point.say(
            "StatusNotification",
            timestamp=after(0),
            connector_status="Occupied",
            evse_id=1,
            connector_id=1,
        )
        assert (await charge_point.say("Authorize", id_token=TOKEN)).id_token_info == {"status": "Accepted"}
        started = await event(
            "Started",
            0,
            "Authorized",
            transaction_info={"transaction_id": "tx-1", "charging_state": "Charging"},
            evse={"id": 1, "connector_id": 1},
            id_token=TOKEN,
            meter_value=_reading(after(0), 12_000, "Transaction.Begin"),
        )
        assert started.id_token_info == {"status": "Accepted"}
        for minute in (1, 2, 3):
            updated = await event(
                "Updated",
                minute,
                "MeterValuePeriodic",
                transaction_info={"transaction_id": "tx-1"},
                meter_value=_reading(after(minute), 12_000 + 100 * minute),
            )
            assert updated.id_token_info is None
        [running] = await items(server, "/charge-transaction", cpId=identity)
        assert (running["running"], running["energyWh"], running["powerW"]) == (True, 300, 6000)
        ended = await event(
            "Ended",
            4,
            "EVDeparted",
            transaction_info={"transaction_id": "tx-1", "stopped_reason": "EVDisconnected"},
            meter_value=_reading(after(4), 12_345.5, "Transaction.End"),
        )
        assert ended.id_token_info is None
        await charge_point.say("Heartbeat")
    transaction = await told(server, "GET", f"/charge-transaction/{running['id']}")
    assert transaction | {
        "running": False, "cpId": identity, "connectorId": 1, "idTag": "TAG-1", "energyWh": 346,
        "meterStartWh": 12_000, "quality": "ok", "completeness": "reported", "reason": "EVDisconnected",
        "ocppId": "tx-1",
    } == transaction  # fmt: skip
    assert datetime.fromisoformat(transaction["stoppedAt"]) - begin == timedelta(minutes=4)
    assert await items(server, f"/charge-point/{identity}/finding") == []


SEEDED: dict[str, tuple[str, Payload, str]] = {
    # path and query: (action, its payload, outcome)
    "hard-reset": ("Reset", {"type": "Immediate"}, "Accepted"),
    "soft-reset": ("Reset", {"type": "OnIdle"}, "Accepted"),
    "connector-unlock?connectorId=2": ("UnlockConnector", {"evseId": 2, "connectorId": 1}, "Accepted"),
    "status-notification?connectorId=2": (
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}},
        "Accepted",
    ),
    "boot-notification": ("TriggerMessage", {"requestedMessage": "BootNotification"}, "Accepted"),
    "heartbeat": ("TriggerMessage", {"requestedMessage": "Heartbeat"}, "Accepted"),
    "meter-values?connectorId=1": (
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "evse": {"id": 1}},
        "Accepted",
    ),
    "change-configurations?key=MeterValueSampleInterval&value=60": (
        "SetVariables",
        {
            "setVariableData": [
                {
                    "attributeValue": "60",
                    "component": {"name": "SampledDataCtrlr"},
                    "variable": {"name": "TxUpdatedInterval"},
                }
            ]
        },
        "Scheduled",
    ),
    "change-availability?type=Inoperative": (
        "ChangeAvailability",
        {"operationalStatus": "Inoperative"},
        "Accepted",
    ),
}


@pytest.mark.parametrize("path", SEEDED)
async def test_the_paths_that_scripts_rely_on(
    server: Server, obedient: tuple[Client, str], path: str
) -> None:
    charge_point, identity = obedient
    action, payload, outcome = SEEDED[path]
    envelope = await told(server, "POST", f"/charge-point/{identity}/{path}")
    assert charge_point.asked == [[action, payload]]
    assert envelope["outcome"] == outcome


async def test_the_state_of_all_outlets_is_asked_one_by_one(
    server: Server, obedient: tuple[Client, str]
) -> None:
    charge_point, identity = obedient
    envelope = await told(server, "POST", f"/charge-point/{identity}/status-notification")
    assert envelope["outcome"] == "Accepted"
    assert [asked[1]["evse"]["id"] for asked in charge_point.asked] == [1, 2, 3]


async def test_the_configuration_is_read(server: Server, obedient: tuple[Client, str]) -> None:
    charge_point, identity = obedient
    path = f"/charge-point/{identity}/configuration"
    envelope = await told(server, "GET", f"{path}?key=HeartbeatInterval")
    assert envelope["outcome"] == "Accepted"
    assert envelope["answer"]["getVariableResult"][0]["attributeValue"] == "300"
    assert (await told(server, "GET", path))["outcome"] == "Accepted"
    assert [asked[0] for asked in charge_point.asked] == ["GetVariables", "GetBaseReport"]
    unknown = await server.http.get(f"{path}?key=Colour")
    assert unknown.status_code == 422


async def test_a_transaction_is_started_and_stopped_from_rest(
    server: Server, obedient: tuple[Client, str]
) -> None:
    charge_point, identity = obedient
    wish = {"cpId": identity, "connectorId": 1, "idTag": "TAG-1"}
    assert (await told(server, "POST", "/charge-transaction/start", json=wish))["outcome"] == "Accepted"
    [[action, asked]] = charge_point.asked
    assert action == "RequestStartTransaction"
    assert (asked["idToken"], asked["evseId"]) == ({"idToken": "TAG-1", "type": "Central"}, 1)
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    await charge_point.say(
        "TransactionEvent",
        event_type="Started",
        timestamp=at,
        trigger_reason="RemoteStart",
        seq_no=0,
        transaction_info={"transaction_id": "remote-1", "remote_start_id": asked["remoteStartId"]},
        evse={"id": 1},
        id_token={"id_token": "TAG-1", "type": "Central"},
    )
    [running] = await items(server, "/charge-transaction", cpId=identity, running="true")
    stop = f"/charge-transaction/stop/{running['id']}"
    assert (await told(server, "POST", stop))["outcome"] == "Accepted"
    assert charge_point.asked[-1] == ["RequestStopTransaction", {"transactionId": "remote-1"}]
    await charge_point.say(
        "TransactionEvent",
        event_type="Ended",
        timestamp=at,
        trigger_reason="RemoteStop",
        seq_no=1,
        transaction_info={"transaction_id": "remote-1", "stopped_reason": "Remote"},
    )
    assert (await server.http.post(stop)).status_code == 409


async def test_the_same_charge_point_comes_back_with_another_version(server: Server) -> None:
    identity = "TURNCOAT"
    await register(server, identity, password=PASSWORD)
    for word in VERSIONS:
        async with client(server, identity, word) as charge_point:
            assert (await told(server, "POST", f"/charge-point/{identity}/soft-reset"))[
                "outcome"
            ] == "Accepted"
            assert charge_point.asked == [["Reset", {"type": "OnIdle"}]]
    async with wire(server, identity, additional_headers=basic(identity, PASSWORD)) as old:
        assert (await old.boot())["status"] == "Accepted"
        reset = asyncio.create_task(server.http.post(f"/charge-point/{identity}/soft-reset"))
        assert (await old.answer(status="Accepted"))[2:] == ["Reset", {"type": "Soft"}]
        assert (await reset).status_code == 200


async def test_every_message_of_both_versions_is_documented(server: Server) -> None:
    paths: Payload = (await told(server, "GET", "/openapi.json"))["paths"]
    named = {path.rpartition("/")[2] for path in paths if "/command/" in path}
    for word in VERSIONS:
        catalogue = {"ocpp2.0.1": CATALOGUE_201, "ocpp2.1": CATALOGUE_21}[word]
        documented = {name for name in named if _knows(paths, name, word)}
        assert documented == {action.name for action in catalogue.to_charge_point()}


def _knows(paths: Payload, name: str, word: str) -> bool:
    described = paths[f"/charge-point/{{cpId}}/command/{name}"].get("post", {}).get("description", "")
    return word in described.removesuffix(".").replace("Known to ", "").split(", ")


async def test_what_2_1_only_sends_is_kept_and_not_answered(server: Server) -> None:
    await register(server, "STREAMING", password=PASSWORD)
    login = basic("STREAMING", PASSWORD)
    async with wire(server, "STREAMING", subprotocols=["ocpp2.1"], additional_headers=login) as charge_point:
        station = {"model": "M", "vendorName": "V"}
        assert (await charge_point.ask("BootNotification", chargingStation=station, reason="PowerUp"))[
            "status"
        ]
        stream = {"id": 1, "pending": 0, "basetime": "2026-01-01T00:00:00Z", "data": [{"t": 1, "v": "2"}]}
        for payload in (stream, {"id": "broken"}, {}):
            await charge_point.say(json.dumps([6, "s-1", "NotifyPeriodicEventStream", payload]))
        await charge_point.say('[6,"s-2","NoSuchThing",{}]')
        await charge_point.say('[7,"s-3","NoSuchThing",{}]')
        # The next thing heard is the answer to this.
        await charge_point.alive()
    async with wire(server, "STREAMING", subprotocols=["ocpp2.0.1"], additional_headers=login) as old:
        await old.say(json.dumps([6, "s-4", "NotifyPeriodicEventStream", stream]))
        assert (await old.hear())[:3] == [4, "s-4", "MessageTypeNotSupported"]
        await old.say("{")
        assert (await old.hear())[:3] == [4, "-1", "RpcFrameworkError"]


async def test_an_answer_of_no_use_is_disputed_in_2_1(server: Server) -> None:
    await register(server, "UNCLEAR", password=PASSWORD)
    login = basic("UNCLEAR", PASSWORD)
    async with wire(server, "UNCLEAR", subprotocols=["ocpp2.1"], additional_headers=login) as charge_point:
        station = {"model": "M", "vendorName": "V"}
        await charge_point.ask("BootNotification", chargingStation=station, reason="PowerUp")
        reset = asyncio.create_task(server.http.post("/charge-point/UNCLEAR/hard-reset"))
        call = await charge_point.answer(status=[])
        assert (await charge_point.hear())[:3] == [5, call[1], "TypeConstraintViolation"]
        assert (await reset).status_code == 502
        await charge_point.say(json.dumps([5, "x", "FormatViolation", "", {}]))
        await charge_point.alive()
    findings = await items(server, "/charge-point/UNCLEAR/finding")
    assert "answer_disputed" in {finding["rule"] for finding in findings}
