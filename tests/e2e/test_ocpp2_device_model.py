"""Blocks B and N with the client of PyPI as charge point: commanded through REST, asserted on the wire and in REST."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.ocpp2 import VERSIONS, Answering, Client, client
from tests.e2e.pypi import PASSWORD
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, basic, items, register, told, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEARTBEAT = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
SECRET = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
HUSH = "sec-model-0123456"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _named(one: Payload, *more: str) -> Payload:
    return {name: one[name] for name in ("component", "variable", *more) if name in one}


def _set_variables(payload: Payload) -> Payload:
    words = {"Restart": "RebootRequired", "Fixed": "Rejected"}
    told = [
        {"attribute_status": words.get(one["variable"]["name"], "Accepted"), **_named(one, "attribute_type")}
        for one in payload["set_variable_data"]
    ]
    return {"set_variable_result": told}


def _get_variables(payload: Payload) -> Payload:
    told = [
        {"attribute_status": "Accepted", "attribute_value": "17", **_named(one, "attribute_type")}
        for one in payload["get_variable_data"]
    ]
    return {"get_variable_result": told}


def _set_monitors(payload: Payload) -> Payload:
    told = [
        {"status": "Accepted", "id": 70 + number, **_named(one, "type", "severity")}
        for number, one in enumerate(payload["set_monitoring_data"])
    ]
    return {"set_monitoring_result": told}


def _clear_monitors(payload: Payload) -> Payload:
    return {"clear_monitoring_result": [{"id": one, "status": "Accepted"} for one in payload["id"]]}


def _accepted(payload: Payload) -> Payload:
    return {"status": "Accepted"}


ANSWERS: dict[str, Answering] = {
    **dict.fromkeys(
        (
            *("GetBaseReport", "GetMonitoringReport", "GetReport", "Reset", "SetMonitoringBase"),
            *("SetMonitoringLevel", "SetNetworkProfile", "TriggerMessage"),
        ),
        _accepted,
    ),
    "ClearVariableMonitoring": _clear_monitors,
    "DataTransfer": lambda payload: {"status": "Accepted", "data": {"told": 1}},
    "GetVariables": _get_variables,
    "SetVariableMonitoring": _set_monitors,
    "SetVariables": _set_variables,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    folder = tmp_path_factory.mktemp("model")
    async with serving(folder, ocpp__follow_ups="false") as server:
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log
    kept = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert HUSH.encode() not in kept


@pytest.fixture(params=VERSIONS)
def word(request: pytest.FixtureRequest) -> str:
    """The subprotocol of the client."""
    return str(request.param)


@asynccontextmanager
async def connected(server: Server, word: str, name: str) -> AsyncIterator[tuple[Client, str]]:
    """A client that answers as above, and its identity."""
    identity = f"{name}-{word}"
    async with client(server, identity, word, ANSWERS) as charge_point:
        yield charge_point, f"/charge-point/{identity}"


async def _variables(server: Server, path: str) -> dict[str, Payload]:
    rows = await items(server, f"{path}/variable")
    return {f"{row['component']}.{row['variable']}[{row['attribute']}]": row for row in rows}


async def test_an_inventory_is_listed_in_parts(server: Server, word: str) -> None:
    async with connected(server, word, "LISTS") as (charge_point, path):
        answer = await told(server, "POST", f"{path}/read-inventory", json={"scope": "Full"})
        [[action, asked]] = charge_point.asked
        assert (action, asked["reportBase"]) == ("GetBaseReport", "FullInventory")
        assert (answer["outcome"], answer["result"]["requestId"]) == ("Accepted", asked["requestId"])
        for number, (data, value) in enumerate([(HEARTBEAT, "300"), (SECRET, HUSH)]):
            await charge_point.say(
                "NotifyReport",
                request_id=asked["requestId"],
                generated_at=_now(),
                seq_no=number,
                tbc=number == 0,
                report_data=[{**data, "variable_attribute": [{"value": value}]}],
            )
        listing = await told(server, "GET", f"{path}/listing/{asked['requestId']}")
        assert (listing["isWhole"], listing["isComplete"], listing["items"]) == (True, True, 2)
        known = await _variables(server, path)
        assert known["OCPPCommCtrlr.HeartbeatInterval[Actual]"]["value"] == "300"
        assert known["SecurityCtrlr.BasicAuthPassword[Actual]"]["value"] is None
        wish = {"criteria": ["Problem"], "components": [{"component": "EVSE", "connectorId": 1}]}
        assert (await told(server, "POST", f"{path}/read-report", json=wish))["outcome"] == "Accepted"
        assert charge_point.asked[-1][0] == "GetReport"


async def test_variables_are_written_and_read_in_messages_of_their_size(server: Server, word: str) -> None:
    async with connected(server, word, "SETS") as (charge_point, path):
        limits = {
            instance: {
                "component": {"name": "DeviceDataCtrlr"},
                "variable": {"name": "ItemsPerMessage", "instance": instance},
                "variable_attribute": [{"value": "2", "mutability": "ReadOnly"}],
            }
            for instance in ("GetVariables", "SetVariables")
        }
        await charge_point.say(
            "NotifyReport", request_id=1, generated_at=_now(), seq_no=0, report_data=list(limits.values())
        )
        names = ({"key": "HeartbeatInterval"}, {"key": "C.Restart"}, {"key": "C.Fixed"})
        given = [{**name, "value": str(number)} for number, name in enumerate(names)]
        secret = {"key": "AuthorizationKey", "value": HUSH}
        answer = await told(server, "POST", f"{path}/set-variables", json={"variables": [*given, secret]})
        assert [len(asked[1]["setVariableData"]) for asked in charge_point.asked] == [2, 2]
        assert answer["outcome"] == "Rejected"
        assert [(one["key"], one["status"], one["value"]) for one in answer["result"]["variables"]] == [
            ("OCPPCommCtrlr.HeartbeatInterval", "Accepted", "0"),
            ("C.Restart", "RebootRequired", "1"),
            ("C.Fixed", "Rejected", "2"),
            ("SecurityCtrlr.BasicAuthPassword", "Accepted", None),
        ]
        wish = {"variables": [{"key": "HeartbeatInterval"}, {"key": "C.Restart", "attribute": "Target"}]}
        assert (await told(server, "POST", f"{path}/get-variables", json=wish))["outcome"] == "Accepted"
        known = await _variables(server, path)
        heartbeat = known["OCPPCommCtrlr.HeartbeatInterval[Actual]"]
        assert (heartbeat["value"], heartbeat["writtenValue"]) == ("17", "0")
        assert (known["C.Restart[Actual]"]["at"], known["C.Restart[Actual]"]["writtenValue"]) == (None, "1")
        assert known["C.Restart[Target]"]["value"] == "17"
        assert "C.Fixed[Actual]" not in known
        assert known["SecurityCtrlr.BasicAuthPassword[Actual]"]["writtenValue"] is None
        assert HUSH not in str(await items(server, f"{path}/command"))


async def test_monitors_are_set_listed_and_removed(server: Server, word: str) -> None:
    async with connected(server, word, "WATCHES") as (charge_point, path):
        assert (await told(server, "POST", f"{path}/set-monitoring-base", json={"base": "All"}))["outcome"]
        assert (await told(server, "POST", f"{path}/set-monitoring-level", json={"severity": 5}))["outcome"]
        monitors = [
            {"key": "EVSE:1.Power", "type": kind, "value": 7000, "severity": 4}
            for kind in ("UpperThreshold", "Delta")
        ]
        answer = await told(server, "POST", f"{path}/set-monitors", json={"monitors": monitors})
        assert [one["monitor"]["id"] for one in answer["result"]["monitors"]] == [70, 71]
        kept = await items(server, f"{path}/installed/monitor")
        assert [(one["key"], one["source"], one["body"]["type"]) for one in kept] == [
            ("70", "ours", "UpperThreshold"),
            ("71", "ours", "Delta"),
        ]
        await told(server, "POST", f"{path}/clear-monitors", json={"ids": [70]})
        assert [one["key"] for one in await items(server, f"{path}/installed/monitor")] == ["71"]
        await told(server, "POST", f"{path}/read-monitors", json={})
        action, asked = charge_point.asked[-1]
        assert action == "GetMonitoringReport"
        more = {"event_notification_type": "CustomMonitor"} if word == "ocpp2.1" else {}
        monitor = {"id": 9, "transaction": False, "value": 1, "type": "Delta", "severity": 5, **more}
        await charge_point.say(
            "NotifyMonitoringReport",
            request_id=asked["requestId"],
            seq_no=0,
            generated_at=_now(),
            monitor=[{**POWER, "variable_monitoring": [monitor]}],
        )
        kept = await items(server, f"{path}/installed/monitor")
        assert [(one["key"], one["source"]) for one in kept] == [("9", "reported")]


async def test_what_monitors_notice_is_kept_and_true_now(server: Server, word: str) -> None:
    async with connected(server, word, "NOTICES") as (charge_point, path):

        def event(number: int, where: Payload, value: str, **fields: Any) -> Payload:
            return {
                "event_id": number,
                "timestamp": _now(),
                "trigger": "Delta",
                "actual_value": value,
                "event_notification_type": "HardWiredNotification",
            } | where | fields  # fmt: skip

        states = [
            {
                "component": {"name": "Connector", "evse": {"id": evse, "connector_id": 1}},
                "variable": {"name": "AvailabilityState"},
            }
            for evse in (1, 2)
        ]
        alarm = {"trigger": "Alerting", "variable_monitoring_id": 70}
        data = [
            event(1, states[0], "Available"),
            event(2, states[1], "Occupied"),
            event(3, POWER, "9000", **alarm),
        ]
        await charge_point.say("NotifyEvent", generated_at=_now(), seq_no=0, event_data=data)
        rows = (await told(server, "GET", f"{path}/connector"))["items"]
        assert [(one["connectorId"], one["status"]) for one in rows] == [(1, "Available"), (2, "Occupied")]
        [alert] = await items(server, f"{path}/installed/alert")
        assert (alert["connectorId"], alert["body"]["value"]) == (1, "9000")
        reported = await items(server, f"{path}/report", kind="DeviceEventHappened")
        assert [one["body"]["device_event"]["number"] for one in reported] == [3, 2, 1]
        assert (await _variables(server, path))["EVSE.Power[Actual]"]["value"] == "9000"
        over = event(4, POWER, "6000", **alarm, cleared=True)
        await charge_point.say("NotifyEvent", generated_at=_now(), seq_no=0, event_data=[over])
        assert await items(server, f"{path}/installed/alert") == []


async def test_restarts_reports_networks_and_vendors_words(server: Server, word: str) -> None:
    async with connected(server, word, "OBEYS") as (charge_point, path):
        network = {
            "csmsUrl": "wss://a.example", "interface": "Wired0", "messageTimeoutS": 30, "securityProfile": 2,
            "protocol": "OCPP20", "vpn": {"server": "s", "user": "u", "password": HUSH, "key": HUSH, "type": "IPSec"},
        }  # fmt: skip
        await told(server, "POST", f"{path}/reset", json={"connectorId": 2})
        await told(server, "POST", f"{path}/trigger", json={"topic": "TransactionEvent", "connectorId": 1})
        data = await told(server, "POST", f"{path}/transfer-data", json={"vendorId": "V", "data": [1]})
        await told(server, "POST", f"{path}/set-network-profile", json={"slot": 1, "profile": network})
        assert [action for action, _ in charge_point.asked] == [
            *("Reset", "TriggerMessage", "DataTransfer", "SetNetworkProfile"),
        ]
        assert charge_point.asked[0][1] == {"type": "OnIdle", "evseId": 2}
        assert data["result"]["data"] == {"told": 1}
        [kept] = await items(server, f"{path}/installed/network-profile")
        assert (kept["key"], kept["body"]["csmsUrl"]) == ("1", "wss://a.example")
        assert HUSH not in str(kept)
        resumed = await server.http.post(f"{path}/reset", json={"type": "Resume"})
        assert resumed.status_code == (200 if word == "ocpp2.1" else 422)


async def test_a_stream_is_opened_read_adjusted_and_closed(server: Server) -> None:
    await register(server, "STREAMS", password=PASSWORD)
    login = basic("STREAMS", PASSWORD)
    path = "/charge-point/STREAMS"
    async with wire(server, "STREAMS", subprotocols=["ocpp2.1"], additional_headers=login) as charge_point:
        station = {"model": "M", "vendorName": "V"}
        await charge_point.ask("BootNotification", chargingStation=station, reason="PowerUp")
        stream = {"id": 4, "variableMonitoringId": 3, "params": {"interval": 10, "values": 5}}
        assert (await charge_point.ask("OpenPeriodicEventStream", constantStreamData=stream)) == {
            "status": "Accepted"
        }
        assert (await charge_point.ask("OpenPeriodicEventStream", constantStreamData={"id": 5})) == {
            "status": "Rejected"
        }
        [kept] = await items(server, f"{path}/installed/event-stream")
        assert kept["body"] == {"monitorId": 3, "intervalS": 10, "values": 5}
        payload = {"id": 4, "pending": 0, "basetime": "2026-01-01T00:00:00Z", "data": [{"t": 90.5, "v": "7"}]}
        await charge_point.say(_sent(payload))
        await charge_point.alive()
        [report] = await items(server, f"{path}/report", kind="StreamReceived")
        assert report["body"]["values"] == [["2026-01-01T00:01:30.500000Z", "7"]]
        assert await charge_point.ask("ClosePeriodicEventStream", id=4) == {}
        assert await items(server, f"{path}/installed/event-stream") == []


def _sent(payload: Payload) -> str:
    return json.dumps([6, "s-1", "NotifyPeriodicEventStream", payload])
