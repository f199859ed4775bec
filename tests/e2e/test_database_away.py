"""Another process locks the database while charge points are connected: nobody is told what is not stored."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.server import Server, serving
from tests.e2e.wire import ANSWERED_WITHIN_S, AT, Wire, booted, items, told, wire

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN EXCLUSIVE")
connection.execute("UPDATE charging_transaction SET reason = reason")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""
LOCKED_FOR_S = 2.0
"""Longer than the server waits for a lock in one attempt, so that attempts fail and are made again."""


@asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Another process has the file for itself."""
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD, str(database)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert (await holder.stdout.readline()).strip() == b"held"
    try:
        yield
    finally:
        holder.stdin.close()
        assert await holder.wait() == 0


def rows(database: Path, table: str) -> int:
    """How many rows there are, as another process sees them."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def message(action: str, **payload: Any) -> str:
    return json.dumps([2, action, action, payload])


async def silent(charge_points: list[Wire], seconds: float) -> None:
    """Nobody hears anything for so long."""
    hearing = [asyncio.create_task(charge_point.hear()) for charge_point in charge_points]
    done, waiting = await asyncio.wait(hearing, timeout=seconds)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert [task.result() for task in done] == []


async def test_nothing_is_acknowledged_until_the_lock_is_gone_and_then_everything_is(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, asyncio.timeout(100):
        await told(server, "POST", "/id-token", json={"idToken": "TAG", "maxTransactions": None})
        async with (
            booted(server, "STARTING") as starting,
            booted(server, "METERING") as metering,
            booted(server, "STOPPING") as stopping,
            booted(server, "IDLE") as idle,
        ):
            start = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": AT}
            measured = (await metering.ask("StartTransaction", **start))["transactionId"]
            ended = (await stopping.ask("StartTransaction", **start))["transactionId"]
            assert (await server.http.get("/readyz")).status_code == 200
            async with locked(server.database):
                await starting.say(message("StartTransaction", **start))
                value = {"timestamp": AT, "sampledValue": [{"value": "1200"}]}
                await metering.say(
                    message("MeterValues", connectorId=1, transactionId=measured, meterValue=[value])
                )
                await stopping.say(
                    message("StopTransaction", transactionId=ended, meterStop=1300, timestamp=AT)
                )
                await silent([starting, metering, stopping], LOCKED_FOR_S)
                await assert_alive_but_not_ready(server, idle)
                assert (
                    rows(server.database, "charging_transaction"),
                    rows(server.database, "meter_value"),
                ) == (2, 0)
            begun = await starting.hear()
            assert begun[:2] == [3, "StartTransaction"]
            assert await metering.hear() == [3, "MeterValues", {}]
            assert (await stopping.hear())[:2] == [3, "StopTransaction"]
            for charge_point in (starting, metering, stopping, idle):
                await charge_point.alive()
            ready = await told(server, "GET", "/readyz")
            assert (ready["status"], ready["journalWaiting"]) == ("ok", 0)
        await assert_stored(server, begun[2]["transactionId"], measured, ended)


async def assert_alive_but_not_ready(server: Server, idle: Wire) -> None:
    """Who has nothing to store is served, who asks whether we can store hears no."""
    await idle.alive()
    ready = await server.http.get("/readyz", timeout=ANSWERED_WITHIN_S)
    assert (ready.status_code, ready.json()["type"]) == (503, "urn:chargeyard:problem:unavailable")
    assert int(ready.headers["Retry-After"]) > 0
    assert (await server.http.get("/healthz")).status_code == 200


async def assert_stored(server: Server, begun: int, measured: int, ended: int) -> None:
    transactions = {row["id"]: row for row in await items(server, "/charge-transaction")}
    assert transactions.keys() == {begun, measured, ended}
    assert (transactions[begun]["cpId"], transactions[begun]["running"]) == ("STARTING", True)
    assert (transactions[measured]["running"], transactions[measured]["energyWh"]) == (True, 200)
    assert (transactions[ended]["running"], transactions[ended]["energyWh"]) == (False, 300)
    assert [
        row["energyWh"] for row in await items(server, f"/charge-transaction/{measured}/meter-value")
    ] == [1200]


async def test_a_charge_point_that_loses_patience_and_repeats_is_not_counted_twice(tmp_path: Path) -> None:
    """It hangs up, comes again while the database is still away, and sends the same start anew."""
    async with serving(tmp_path) as server, asyncio.timeout(100):
        await told(server, "POST", "/id-token", json={"idToken": "TAG", "maxTransactions": None})
        start = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": AT}
        async with booted(server, "HASTY"):
            pass
        async with AsyncExitStack() as lock:
            await lock.enter_async_context(locked(server.database))
            for _ in range(2):
                async with wire(server, "HASTY") as charge_point:
                    await charge_point.say(message("StartTransaction", **start))
                    await silent([charge_point], 0.5)
            async with wire(server, "HASTY") as charge_point:
                await charge_point.say(message("StartTransaction", **start))
                await silent([charge_point], 0.5)
                await lock.aclose()
                answer = await charge_point.hear()
                again = await charge_point.ask("StartTransaction", **start)
                assert answer[2] == again
        [transaction] = await items(server, "/charge-transaction")
        assert (transaction["id"], transaction["running"]) == (again["transactionId"], True)


async def test_a_server_that_ends_while_the_database_is_away_has_promised_nothing(tmp_path: Path) -> None:
    """SIGTERM does not hang, and after the restart the repeated start is the first one."""
    async with serving(tmp_path, ocpp__drain_timeout_s=1) as server, asyncio.timeout(100):
        await told(server, "POST", "/id-token", json={"idToken": "TAG", "maxTransactions": None})
        start = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": AT}
        async with booted(server, "LEFT") as charge_point:
            async with locked(server.database):
                await charge_point.say(message("StartTransaction", **start))
                await silent([charge_point], 0.5)
                assert await server.terminate() == 0
            with pytest.raises(ConnectionClosed):
                await charge_point.hear()
        assert rows(server.database, "charging_transaction") == 0
        await server.start()
        async with wire(server, "LEFT") as charge_point:
            number = (await charge_point.ask("StartTransaction", **start))["transactionId"]
        assert [row["id"] for row in await items(server, "/charge-transaction")] == [number]
