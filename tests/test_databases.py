"""The databases that tests get: their own, empty or migrated, and gone afterwards whoever is connected."""

import asyncio

import asyncmy
import asyncpg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests import databases
from tests.conftest import RequireDatabase
from tests.databases import Templates, create, drop, scratch, statements

_SCHEMA = (
    "CREATE TABLE version (version_num VARCHAR(10))",
    "INSERT INTO version VALUES ('0001')",
    "CREATE TABLE thing (id INTEGER PRIMARY KEY)",
)


async def migrate(url: str) -> None:
    if url.startswith("sqlite"):
        with create_engine(url).begin() as connection:
            for statement in _SCHEMA:
                connection.execute(text(statement))
    else:
        await statements(url, *_SCHEMA)


async def rows(url: str, query: str) -> list[tuple[object, ...]]:
    if not url.startswith("sqlite"):
        return await statements(url, query)
    engine = create_engine(url)
    with engine.begin() as connection:
        found = connection.execute(text(query))
        result = [tuple(row) for row in found] if found.returns_rows else []
    engine.dispose()
    return result


@pytest.mark.parametrize("kind", databases.KINDS)
async def test_each_copy_is_as_the_migration_left_it(
    kind: str, templates: Templates, database_server: RequireDatabase
) -> None:
    database_server(kind)
    for _ in range(3):
        async with templates.copy(kind, migrate) as url:
            assert await rows(url, "SELECT id FROM thing") == []
            assert await rows(url, "SELECT version_num FROM version") == [("0001",)]
            await rows(url, "INSERT INTO thing VALUES (7)")
            await rows(url, "DELETE FROM version")


@pytest.mark.parametrize("kind", databases.SERVERS)
async def test_scratch_databases_are_apart_and_go_away(kind: str, database_server: RequireDatabase) -> None:
    database_server(kind)
    async with scratch(kind) as one, scratch(kind) as other:
        await migrate(one)
        await migrate(other)
        assert one != other
    with pytest.raises((asyncpg.PostgresError, asyncmy.errors.MySQLError)):
        await statements(one, "SELECT 1")


@pytest.mark.parametrize("kind", databases.SERVERS)
def test_a_test_without_a_loop_gets_one_too(kind: str, database_server: RequireDatabase) -> None:
    database_server(kind)
    with databases.scratch_for_sync(kind) as url:
        assert asyncio.run(statements(url, "SELECT 1")) == [(1,)]


async def test_postgresql_drops_a_database_with_an_open_transaction(database_server: RequireDatabase) -> None:
    database_server("postgresql")
    url = await create("postgresql")
    hanging = await asyncpg.connect(url)
    await hanging.execute("BEGIN; CREATE TABLE thing (id INTEGER)")
    await drop(url)
    hanging.terminate()


async def test_mariadb_drops_a_database_with_an_open_transaction(database_server: RequireDatabase) -> None:
    database_server("mariadb")
    url = await create("mariadb")
    await migrate(url)
    parsed = make_url(url)
    hanging = await asyncmy.connect(
        host=parsed.host, port=databases.port_of(parsed), user=parsed.username, db=parsed.database
    )
    async with hanging.cursor() as cursor:
        await cursor.execute("INSERT INTO thing VALUES (1)")
    await drop(url)
    hanging.close()


def test_a_server_that_is_away_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARGEYARD_TEST_POSTGRES_URL", "postgresql://someone:secret@127.0.0.1:1/x")
    reason = databases.missing("postgresql")
    assert reason is not None
    assert "127.0.0.1:1" in reason
    assert "CHARGEYARD_TEST_POSTGRES_URL" in reason
    assert "secret" not in reason
