"""What a charge point has said."""

import httpx2

from chargeyard.domain.events import FindingRecorded, SecurityEventRecorded
from chargeyard.services.ports import Frame
from chargeyard.storage.message_sink import SqlMessageSink
from tests.api.yard import START, Yard


async def test_messages(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    await SqlMessageSink(yard.database).write([Frame("CP1", START, "in", '[2,"1","Heartbeat",{}]')])
    (row,) = (await client.get("/charge-point/CP1/message")).json()["items"]
    assert (row["cpId"], row["direction"], row["text"]) == ("CP1", "in", '[2,"1","Heartbeat",{}]')
    assert row["at"] == "2026-11-20T12:00:00Z"


async def test_findings(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    told = {"action": "StatusNotification", "rule": "unknown-field", "path": "$.x", "detail": "extra"}
    await yard.record(FindingRecorded(recorded_at=yard.clock(), charge_point="CP1", **told))
    (row,) = (await client.get("/charge-point/CP1/finding")).json()["items"]
    assert {name: row[name] for name in told} == told


async def test_reports(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    await yard.record(
        SecurityEventRecorded(recorded_at=yard.clock(), charge_point="CP1", kind="InvalidFirmware", at=START)
    )
    (row,) = (await client.get("/charge-point/CP1/report?kind=SecurityEventRecorded")).json()["items"]
    assert (row["kind"], row["body"]["kind"]) == ("SecurityEventRecorded", "InvalidFirmware")
    assert (await client.get("/charge-point/CP1/report?kind=DataTransferred")).json()["items"] == []
