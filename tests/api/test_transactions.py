"""Transactions and their meter values over REST."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from chargeyard.domain.authorization import Status
from chargeyard.domain.events import (
    MeterValuesTaken,
    TransactionAdvanced,
    TransactionStarted,
    TransactionStopped,
)
from chargeyard.domain.metering import Reading, Sample, summarise
from tests.api.yard import START, Yard


async def start(yard: Yard, number: int, id_token: str = "TAG", charge_point: str = "CP1") -> None:
    await yard.record(
        TransactionStarted(
            recorded_at=yard.clock(),
            charge_point=charge_point,
            transaction=number,
            wire_id=str(number),
            start_key=str(number),
            evse=2,
            connector=1,
            id_token=id_token,
            authorization=Status.ACCEPTED,
            meter_start_wh=1000,
            started_at=START + timedelta(hours=number),
        )
    )


async def stop(yard: Yard, number: int) -> None:
    await yard.record(
        TransactionStopped(
            recorded_at=yard.clock(),
            charge_point="CP1",
            transaction=number,
            evse=2,
            stopped_at=START + timedelta(hours=number, minutes=30),
            meter_stop_wh=6500,
            energy_wh=5500,
            quality="ok",
            reason="EVDisconnected",
        )
    )


async def test_a_transaction_has_the_names_that_scripts_know(client: httpx2.AsyncClient, yard: Yard) -> None:
    await start(yard, 1)
    running = (await client.get("/charge-transaction/1")).json()
    assert (running["running"], running["stoppedAt"], running["completeness"]) == (True, None, "")
    await stop(yard, 1)
    row = (await client.get("/charge-transaction/1")).json()
    expected = {
        "id": 1,
        "cpId": "CP1",
        "connectorId": 2,
        "evseConnectorId": 1,
        "idTag": "TAG",
        "startedAt": "2026-11-20T13:00:00Z",
        "stoppedAt": "2026-11-20T13:30:00Z",
        "meterStartWh": 1000,
        "meterStopWh": 6500,
        "energyWh": 5500,
        "reason": "EVDisconnected",
        "running": False,
        "completeness": "reported",
        "ocppId": "1",
    }
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [4, 3, 2, 1]),
        ("running=true", [4, 3, 2]),
        ("running=false", [1]),
        ("cpId=CP2", [4]),
        ("idTag=other", [3]),
        ("since=2026-11-20T14:00:00Z&until=2026-11-20T15:00:00Z", [2]),
        ("since=2026-11-20T15:00:00%2B01:00&until=2026-11-20T15:00:00", [2]),
        ("limit=1", [4]),
    ],
)
async def test_filters(client: httpx2.AsyncClient, yard: Yard, query: str, ids: list[int]) -> None:
    await start(yard, 1)
    await stop(yard, 1)
    await start(yard, 2)
    await start(yard, 3, id_token="other")
    await start(yard, 4, charge_point="CP2")
    rows = (await client.get(f"/charge-transaction?{query}")).json()["items"]
    assert [row["id"] for row in rows] == ids


@pytest.mark.parametrize("number", ["5", "0", "-1", "x", "9" * 30, "1.5", "%00"])
@pytest.mark.parametrize(
    ("method", "before", "after"),
    [("GET", "", ""), ("GET", "", "/meter-value"), ("GET", "", "/event"), ("POST", "stop/", "")],
)
async def test_what_is_no_transaction_is_a_404(
    client: httpx2.AsyncClient, number: str, method: str, before: str, after: str
) -> None:
    answer = await client.request(method, f"/charge-transaction/{before}{number}{after}")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:chargeyard:problem:not-found")


async def advance(yard: Yard, number: int, sequence: int, **fields: Any) -> None:
    await yard.record(
        TransactionAdvanced(
            recorded_at=yard.clock(),
            charge_point="CP1",
            transaction=number,
            sequence=sequence,
            phase="Updated",
            trigger="ChargingStateChanged",
            at=START + timedelta(minutes=sequence),
            **fields,
        )
    )


async def test_events(client: httpx2.AsyncClient, yard: Yard) -> None:
    await start(yard, 1)
    await advance(yard, 1, 4, charging_state="Charging", payload='{"seqNo":4,"costs":[1.10]}')
    await advance(yard, 1, 1, charging_state="EVConnected", payload='{"seqNo":1}')
    first = (await client.get("/charge-transaction/1/event?limit=1")).json()
    assert [row["sequence"] for row in first["items"]] == [1]
    second = (await client.get(f"/charge-transaction/1/event?cursor={first['nextCursor']}")).json()
    (row,) = second["items"]
    expected = {
        "cpId": "CP1",
        "transactionId": 1,
        "sequence": 4,
        "phase": "Updated",
        "trigger": "ChargingStateChanged",
        "chargingState": "Charging",
        "isOffline": False,
        "at": "2026-11-20T12:04:00Z",
        "payload": {"seqNo": 4, "costs": [1.1]},
    }
    assert {name: row[name] for name in expected} == expected
    assert second["nextCursor"] is None


async def test_a_transaction_tells_its_charging_state_and_what_is_missing(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await start(yard, 1)
    names = ("chargingState", "eventCount", "eventGaps")
    row = (await client.get("/charge-transaction/1")).json()
    assert [row[name] for name in names] == ["", 0, 0]
    await advance(yard, 1, 4, charging_state="Charging")
    await advance(yard, 1, 1, charging_state="EVConnected")
    row = (await client.get("/charge-transaction/1")).json()
    assert [row[name] for name in names] == ["Charging", 2, 2]
    assert (await client.get("/charge-transaction")).json()["items"] == [row]


async def test_meter_values(client: httpx2.AsyncClient, yard: Yard) -> None:
    await start(yard, 1)
    samples = (
        Sample(value=Decimal("1500.5")),
        Sample(value=Decimal(7000), measurand="Power.Active.Import", unit="W"),
    )
    readings = tuple(
        Reading(at=START + timedelta(minutes=minute), samples=samples, summary=summarise(samples))
        for minute in range(3)
    )
    await yard.record(
        MeterValuesTaken(
            recorded_at=yard.clock(), charge_point="CP1", evse=2, readings=readings, transaction=1
        )
    )
    first = (await client.get("/charge-transaction/1/meter-value?limit=2")).json()
    assert len(first["items"]) == 2
    assert first["nextCursor"]
    row = first["items"][0]
    assert (row["cpId"], row["connectorId"], row["transactionId"]) == ("CP1", 2, 1)
    assert (row["energyWh"], row["powerW"]) == (1500, 7000)
    assert len(row["samples"]) == 2


@pytest.mark.parametrize(
    "body",
    [{}, {"cpId": "CP1"}, {"cpId": "CP1", "idTag": ""}, {"cpId": "CP1", "idTag": "T", "connectorId": -1}, []],
)
async def test_a_start_that_is_not_one(client: httpx2.AsyncClient, body: object) -> None:
    answer = await client.post("/charge-transaction/start", json=body)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:chargeyard:problem:invalid-request")
