"""What is left of meter values, as readers get it."""

from datetime import timedelta
from decimal import Decimal

import httpx2

from chargeyard.domain.authorization import Status
from chargeyard.domain.events import MeterValuesTaken, TransactionStarted, TransactionStopped
from chargeyard.domain.metering import Sample, reading
from chargeyard.maintenance.growth import Ages, Growth
from chargeyard.storage.roll_ups import SqlRollUps
from tests.api.yard import START, Yard


async def charge(yard: Yard) -> None:
    await yard.register("CP1")
    await yard.record(
        TransactionStarted(
            recorded_at=START,
            charge_point="CP1",
            transaction=1,
            wire_id="1",
            start_key="s",
            evse=2,
            connector=1,
            id_token="Tag",
            authorization=Status.ACCEPTED,
            started_at=START,
            meter_start_wh=0,
        ),
        MeterValuesTaken(
            recorded_at=START,
            charge_point="CP1",
            evse=2,
            transaction=1,
            readings=tuple(
                reading(START + timedelta(minutes=minute), (Sample(value=Decimal(100 * minute)),))
                for minute in (0, 10, 20, 30)
            ),
        ),
        TransactionStopped(
            recorded_at=START,
            charge_point="CP1",
            transaction=1,
            evse=2,
            stopped_at=START + timedelta(minutes=30),
            meter_stop_wh=3000,
            energy_wh=3000,
            quality="ok",
            reason="Local",
        ),
    )


async def test_a_transaction_is_told_in_short_when_its_readings_have_gone(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await charge(yard)
    before = (await client.get("/charge-transaction/1")).json()
    assert (before["rollUp"], before["isReduced"]) == (None, False)
    yard.clock.jump(days=31)
    await Growth(SqlRollUps(yard.database), None, Ages(keep=30), yard.clock).once()
    after = (await client.get("/charge-transaction/1")).json()
    assert after["isReduced"]
    assert after["rollUp"]["readings"] == 4
    assert (after["rollUp"]["lastRegisterWh"], after["rollUp"]["energyWh"]) == (3000, 3000)
    assert {**after, "rollUp": None, "isReduced": False} == before
    assert (await client.get("/charge-transaction/1/meter-value")).json()["items"] == []
    rows = (await client.get("/charge-transaction/1/interval")).json()["items"]
    assert [(row["startsAt"], row["energyWh"], row["readings"]) for row in rows] == [
        ("2026-11-20T12:00:00Z", 1500, 2),
        ("2026-11-20T12:15:00Z", 1500, 1),
        ("2026-11-20T12:30:00Z", 0, 1),
    ]
    assert (rows[0]["cpId"], rows[0]["connectorId"], rows[0]["transactionId"]) == ("CP1", 2, 1)


async def test_the_energy_of_a_charge_point_comes_in_parts(client: httpx2.AsyncClient, yard: Yard) -> None:
    await charge(yard)
    yard.clock.jump(days=2)
    await Growth(SqlRollUps(yard.database), None, Ages(), yard.clock).once()
    query = "connectorId=2&since=2026-11-20T12:15:00&limit=1"
    first = await client.get(f"/charge-point/CP1/interval?{query}")
    assert [row["startsAt"] for row in first.json()["items"]] == ["2026-11-20T12:15:00Z"]
    second = await client.get(f"/charge-point/CP1/interval{first.links['next']['url']}")
    assert [row["startsAt"] for row in second.json()["items"]] == ["2026-11-20T12:30:00Z"]
    assert second.json()["nextCursor"] is None
    empty = await client.get("/charge-point/CP1/interval?connectorId=1&until=2026-11-20T12:15:00Z")
    assert empty.json()["items"] == []
    assert (await client.get("/charge-point/CP2/interval")).status_code == 404
    assert (await client.get("/charge-point/CP1/interval?cursor=x")).status_code == 400
