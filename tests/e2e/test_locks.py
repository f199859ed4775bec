"""Somebody else writes to the database server too, and locks what we want: a report, a backup, an administrator.

SQLite's one lock: `test_database_away.py`.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import asyncmy
import asyncpg
import pytest

from tests import databases
from tests.conftest import RequireDatabase
from tests.databases import connected, scratch
from tests.e2e.promises import broken_promises
from tests.e2e.server import serving
from tests.e2e.witnesses import a_crowd, introduce, living, promises, under_load

SEED = 20260105
CHARGE_POINTS = 10
HELD_S = 2.5
"""Longer than the server waits for a lock in one attempt, so that attempts fail and are made again."""

TABLES = ("charging_transaction", "meter_value", "transaction_event")
LOCK_ALL = {
    "postgresql": f"BEGIN; LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE",
    "mariadb": "LOCK TABLES " + ", ".join(f"{table} WRITE" for table in TABLES),
}
UNLOCK = {"postgresql": "COMMIT", "mariadb": "UNLOCK TABLES"}


@pytest.fixture(params=databases.SERVERS)
async def url(request: pytest.FixtureRequest, database_server: RequireDatabase) -> AsyncIterator[str]:
    """Of an empty database."""
    database_server(request.param)
    async with scratch(request.param) as url:
        yield url


async def locked(url: str, seconds: float) -> None:
    """Nobody else reads or writes the large tables for so long."""
    kind = url.partition(":")[0]
    async with connected(url) as execute:
        for statement in LOCK_ALL[kind].split("; "):
            await execute(statement)
        await asyncio.sleep(seconds)
        await execute(UNLOCK[kind])


async def quarrel(url: str, ends: asyncio.Event) -> int:
    """Lock rows and gaps in an order of its own and change them, until it `ends`; how often it was the victim."""
    order = random.Random(SEED)
    victim = 0
    async with connected(url) as execute:
        while not ends.is_set():
            try:
                await execute("BEGIN")
                for table in order.sample(TABLES, 3):
                    await execute(f"SELECT count(*) FROM (SELECT id FROM {table} FOR UPDATE) AS held")
                    await execute(f"UPDATE {table} SET charge_point = charge_point")
                await execute("COMMIT")
            except (asyncpg.PostgresError, asyncmy.errors.MySQLError):
                victim += 1
                await execute("ROLLBACK")
            await asyncio.sleep(0.02)
    return victim


@pytest.mark.timeout(600)
async def test_tables_that_are_locked_and_rows_that_are_fought_for(tmp_path: Path, url: str) -> None:
    witnesses = a_crowd(CHARGE_POINTS, SEED)
    async with serving(tmp_path, ocpp__unknown_charge_points="accept", database__url=url) as server:
        await introduce(server)
        peace = asyncio.Event()
        async with living(server, witnesses):
            await under_load(witnesses)
            await locked(url, HELD_S)
            await under_load(witnesses)
            async with asyncio.TaskGroup() as others:
                for _ in range(2):
                    others.create_task(quarrel(url, peace))
                wanted = promises(witnesses) + 10 * CHARGE_POINTS
                while promises(witnesses) < wanted:  # noqa: ASYNC110 - none of them knows
                    await asyncio.sleep(0.01)
                peace.set()
        assert await server.terminate() == 0
        assert await broken_promises(url, witnesses) == []
        assert "Traceback" not in server.log
    assert sum(witness.retries for witness in witnesses) == 0
