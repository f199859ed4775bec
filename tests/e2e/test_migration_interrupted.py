"""An upgrade of the schema that is cut short, by `kill -9` or by a lost connection, and many at once.

Whatever stands there afterwards, the next upgrade or start makes the schema whole, and what was stored is there still.
"""

import asyncio
import random
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from chargeyard.storage import migrate
from chargeyard.storage.engine import connect
from tests import databases
from tests.conftest import RequireDatabase
from tests.databases import scratch, statements
from tests.e2e.conftest import Settings
from tests.e2e.server import Server, environment, serving
from tests.e2e.wire import told

SEED = 20260104
KILLED_AFTER_TABLES = (2, 7)

_TABLES_MADE = {
    # Tables made in a transaction are seen by nobody yet, but their locks are.
    "postgresql": "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE datname = '{name}' AND locktype = 'relation' AND mode = 'AccessExclusiveLock'",
    "mariadb": "SELECT count(*) FROM information_schema.tables WHERE table_schema = '{name}'",
}


@asynccontextmanager
async def db(command: str, directory: Path, settings: Settings) -> AsyncIterator[Process]:
    """`chargeyard db …`, started; gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chargeyard", "db", command, "--data-dir", str(directory / "data")),
        stdout=PIPE,
        stderr=STDOUT,
        env=environment(**settings),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def run_db(command: str, directory: Path, settings: Settings) -> str:
    """What `chargeyard db …` says."""
    async with db(command, directory, settings) as process:
        return await words_of(process)


async def words_of(process: Process, code: int = 0) -> str:
    """What it said; fails unless it ends with `code`."""
    async with asyncio.timeout(60):
        said = (await process.communicate())[0].decode()
    assert process.returncode == code, said
    assert "Traceback" not in said
    return said


async def begin_with_the_first_schema(directory: Path, settings: Settings) -> None:
    """And with something in it."""
    (directory / "data").mkdir()
    database = connect(settings.get("database__url") or str(directory / "data" / "chargeyard.db"))
    await database.alone(migrate._run_alembic, "0001")
    await database.write(
        lambda connection: connection.exec_driver_sql("INSERT INTO sequence (name, next) VALUES ('kept', 7)")
    )
    await database.aclose()


async def kill_halfway(directory: Path, settings: Settings, tables: int) -> int | None:
    """Kill an upgrade once it has made so many tables, as far as that can be seen; the code it ended with."""
    url = settings.get("database__url")
    before = await tables_made(url) if url else 0
    async with db("upgrade", directory, settings) as process:
        if url:
            await until_made(url, before + tables, process)
        else:
            log = directory / "data" / "chargeyard.db-wal"
            while process.returncode is None and not log.exists():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.01)
            await asyncio.sleep(random.Random(tables).uniform(0, 0.3))
    return process.returncode


async def until_made(url: str, tables: int, process: Process) -> None:
    """Return once there are so many tables, or `process` has ended."""
    async with databases.connected(databases.server_url(kind_of(url))) as execute:
        while process.returncode is None and (await execute(counting_tables(url)))[0][0] < tables:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def tables_made(url: str) -> int:
    [(count,)] = await statements(databases.server_url(kind_of(url)), counting_tables(url))
    return count


def counting_tables(url: str) -> str:
    return _TABLES_MADE[kind_of(url)].format(name=make_url(url).database)


def kind_of(url: str) -> str:
    return make_url(url).get_backend_name()


async def test_an_upgrade_that_is_killed_again_and_again(tmp_path: Path, wherever: Settings) -> None:
    await begin_with_the_first_schema(tmp_path, wherever)
    codes = [await kill_halfway(tmp_path, wherever, tables) for tables in KILLED_AFTER_TABLES]
    assert codes[0] == -signal.SIGKILL
    async with serving(tmp_path, **wherever) as server:
        assert (await told(server, "GET", "/readyz"))["status"] == "ok"
        database = connect(server.database_url)
        assert (
            await database.read(
                lambda connection: connection.exec_driver_sql(
                    "SELECT next FROM sequence WHERE name = 'kept'"
                ).scalar()
            )
            == 7
        )
        await database.aclose()
    assert "as it should be" in await run_db("check", tmp_path, wherever)


@pytest.mark.parametrize("kind", databases.SERVERS)
async def test_an_upgrade_that_loses_its_connection(
    tmp_path: Path, kind: str, database_server: RequireDatabase
) -> None:
    """It says so in one line, and the next one goes on."""
    database_server(kind)
    async with scratch(kind) as url:
        settings = {"database__url": url}
        async with db("upgrade", tmp_path, settings) as process:
            await until_made(url, 5, process)
            await databases.disconnect_all(url)
            assert "database" in await words_of(process, code=1)
        assert "brought up to date" in await run_db("upgrade", tmp_path, settings)
        assert "as it should be" in await run_db("check", tmp_path, settings)


@pytest.mark.parametrize("kind", databases.SERVERS)
async def test_servers_and_upgrades_that_start_at_once(
    tmp_path: Path, kind: str, database_server: RequireDatabase
) -> None:
    """The schema is made once; one server serves, and the other one says why it does not."""
    database_server(kind)
    async with scratch(kind) as url:
        settings = {"database__url": url}
        servers = [Server(tmp_path / name, settings) for name in "ab"]
        for server in servers:
            server.data_dir.mkdir(parents=True)
        upgrades = [run_db("upgrade", tmp_path, settings) for _ in range(2)]
        starts = [server.start() for server in servers]
        try:
            *said, one, other = await asyncio.gather(*upgrades, *starts, return_exceptions=True)
        finally:
            for server in servers:
                await server.aclose()
        refused = [str(start) for start in (one, other) if start is not None]
        assert len(refused) == 1
        assert "another server is running" in refused[0]
        assert "Traceback" not in refused[0]
        assert sum("brought up to date" in str(words) for words in said) <= 1
        assert "as it should be" in await run_db("check", tmp_path, settings)
