"""One address and one model for all versions: who looks cannot tell them apart, and a charge point may change."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from tests.dialects.v201.wire import REQUESTS
from tests.e2e.server import Server, serving
from tests.e2e.simulated import VERSIONS, simulated
from tests.e2e.wire import ANSWERED_WITHIN_S, AT, BOOT, Payload, Wire, items, register, told, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOTS = {"ocpp1.6": BOOT, "ocpp2.0.1": REQUESTS["BootNotification"], "ocpp2.1": REQUESTS["BootNotification"]}
STARTED: Payload = {
    "eventType": "Started",
    "timestamp": AT,
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "tx-of-its-own"},
    "evse": {"id": 2, "connectorId": 1},
    "idToken": {"idToken": "TAG-1", "type": "ISO14443"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    directory = tmp_path_factory.mktemp("versions")
    async with serving(directory, ocpp__unknown_charge_points="accept", ocpp__follow_ups="false") as server:
        await told(server, "POST", "/id-token", json={"idToken": "TAG-1", "maxTransactions": None})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


@asynccontextmanager
async def speaking(server: Server, identity: str, subprotocol: str) -> AsyncIterator[Wire]:
    """The charge point, connected and accepted in that version."""
    async with wire(server, identity, subprotocols=[subprotocol]) as charge_point:
        assert charge_point.socket.subprotocol == subprotocol
        answer = await charge_point.ask("BootNotification", **BOOTS[subprotocol])
        assert answer["status"] == "Accepted"
        yield charge_point


async def test_a_charge_point_may_come_back_with_another_version(server: Server) -> None:
    """Its transactions and connectors stay, and each can still be commanded as far as the version now goes."""
    await register(server, "CHANGES")
    async with speaking(server, "CHANGES", "ocpp1.6") as charge_point:
        start = {"connectorId": 1, "idTag": "TAG-1", "meterStart": 1000, "timestamp": AT}
        number = (await charge_point.ask("StartTransaction", **start))["transactionId"]
        await charge_point.ask("StatusNotification", connectorId=1, errorCode="NoError", status="Charging")
    async with speaking(server, "CHANGES", "ocpp2.0.1") as charge_point:
        await charge_point.ask("TransactionEvent", **STARTED)
        record = await told(server, "GET", "/charge-point/CHANGES")
        assert record["protocol"] == "ocpp2.0.1"
        assert [one["status"] for one in record["connectors"]] == ["Charging"]
    async with speaking(server, "CHANGES", "ocpp2.1") as charge_point:
        more = {"eventType": "Updated", "seqNo": 1, "triggerReason": "ChargingStateChanged"}
        await charge_point.ask("TransactionEvent", **{**STARTED, **more})
    async with speaking(server, "CHANGES", "ocpp1.6") as charge_point:
        assert (await told(server, "GET", "/charge-point/CHANGES"))["protocol"] == "ocpp1.6"
        theirs, ours = await items(server, "/charge-transaction", cpId="CHANGES", running=True)
        if theirs["id"] == number:
            theirs, ours = ours, theirs
        refused = await server.http.post(f"/charge-transaction/stop/{theirs['id']}")
        assert refused.status_code == 422
        assert "another version" in refused.json()["detail"]
        stop = {"transactionId": number, "meterStop": 3000, "timestamp": "2026-01-01T13:00:00Z"}
        assert await charge_point.ask("StopTransaction", **stop) == {}
    assert (ours["id"], theirs["ocppId"], theirs["eventCount"]) == (number, "tx-of-its-own", 2)
    ended = await told(server, "GET", f"/charge-transaction/{number}")
    assert (ended["running"], ended["energyWh"]) == (False, 2000)


NOT_COMPARED = {
    *(
        "quality",
        "cpId",
        "id",
        "ocppId",
        "startedAt",
        "stoppedAt",
        "lastReadingAt",
        "lastEventAt",
        "remoteStartId",
    ),
    *(
        "chargingState",
        "eventCount",
        "isWhole",
        "energyWh",
        "meterStartWh",
        "meterStopWh",
        "powerW",
        "socPercent",
    ),
    *(
        "protocol",
        "remote",
        "registeredAt",
        "connectedAt",
        "lastSeenAt",
        "bootedAt",
        "serialNumber",
        "transactionId",
    ),
    *(
        "meterType",
        "meterSerialNumber",
        "model",
        "reportedStatus",
        "statusAt",
        "errorCode",
        "evseConnectorId",
    ),
}
"""What is of one charge point, of one moment (a meter that runs sixty times too fast is judged as it comes), or tells
the version to whoever asks."""


def comparable(value: Any) -> Any:
    """A row without `NOT_COMPARED`; the names stay."""
    if isinstance(value, dict):
        return {name: name in NOT_COMPARED or comparable(member) for name, member in value.items()}
    return [comparable(item) for item in value] if isinstance(value, list) else value


async def test_whoever_looks_cannot_tell_the_versions_apart(server: Server) -> None:
    """Before, while and after a car charges: the same members, the same words."""
    seen: dict[str, list[Any]] = {}
    for version in VERSIONS:
        identity = f"ALIKE-{version}"
        async with simulated(server, identity, version) as charge_point:
            rows = [await shown(server, identity, "Available", "Available")]
            charge_point.plug_in()
            charge_point.present("TAG-1")
            await charge_point.until(charge_point.is_charging)
            rows.append(await shown(server, identity, "Charging", "Available"))
            charge_point.present("TAG-1")
            charge_point.unplug()
            await charge_point.until(lambda: not charge_point.is_charging() and not charge_point.undelivered)
            rows.append(await shown(server, identity, "Available", "Available"))
            seen[version] = rows
    for moment, looks in enumerate(zip(*seen.values(), strict=True)):
        for version, look in zip(seen, looks, strict=True):
            assert dict(_leaves(look)) == dict(_leaves(looks[0])), f"{version} at moment {moment}"


def _leaves(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Each value with its place."""
    if isinstance(value, dict | list):
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(member, f"{path}.{name}")
    else:
        yield path, value


async def shown(server: Server, identity: str, *states: str) -> Any:
    """What REST shows of a charge point and its transactions once its outlets are in these states, as far as it can
    be compared."""
    async with asyncio.timeout(ANSWERED_WITHIN_S):
        while True:
            charge_point = await told(server, "GET", f"/charge-point/{identity}")
            # The charge point as a whole has a status of its own in one version only.
            charge_point["connectors"] = [one for one in charge_point["connectors"] if one["connectorId"]]
            if [one["status"] for one in charge_point["connectors"]] == [*states]:
                return comparable([charge_point, await items(server, "/charge-transaction", cpId=identity)])
            await asyncio.sleep(0.05)
