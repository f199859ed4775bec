"""PostgreSQL and MariaDB behind `Database`: transactions, lost connections, locks, and what errors become."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.util import await_only

from chargeyard.errors import Conflict, Contended, Poisoned, Unavailable
from chargeyard.storage import migrate
from chargeyard.storage.engine import Database, connect, server
from chargeyard.storage.engine.readers import TOGETHER
from chargeyard.storage.tables import node
from tests.conftest import RequireDatabase
from tests.contract.conftest import migrated
from tests.contract.happenings import NOON
from tests.databases import SERVERS, Templates, statements

KILL_ALL = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mariadb": "SELECT GROUP_CONCAT(CONCAT('KILL ', id) SEPARATOR ';') FROM information_schema.processlist"
    " WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}


@pytest.fixture(params=SERVERS)
async def url(
    request: pytest.FixtureRequest, templates: Templates, database_server: RequireDatabase
) -> AsyncIterator[str]:
    """A migrated database."""
    database_server(request.param)
    async with templates.copy(request.param, migrated) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = connect(url)
    yield database
    await database.aclose()


async def cut_all(url: str) -> None:
    """End every connection to the database, as a restart of the server would."""
    kind = url.partition(":")[0]
    rows = await statements(url, KILL_ALL[kind])
    for killing in (rows[0][0] or "").split(";") if kind == "mariadb" else ():
        await statements(url, killing)


def _add(connection: Connection, *names: str) -> None:
    connection.execute(insert(node), [{"name": name, "started_at": NOON} for name in names])


def _names(connection: Connection) -> list[str]:
    return list(connection.execute(select(node.c.name).order_by(node.c.name)).scalars())


async def test_the_migrations_make_what_the_tables_declare(database: Database) -> None:
    assert await migrate.drift(database) == []
    assert not await migrate.upgrade(database)


async def test_drift_is_told(templates: Templates, database_server: RequireDatabase) -> None:
    database_server("postgresql")
    async with templates.copy("postgresql", migrated) as url:
        await statements(url, "ALTER TABLE node ADD COLUMN odd text", "DROP INDEX ix_message_at")
        database = connect(url)
        told = await migrate.drift(database)
        await database.aclose()
    assert len(told) == 2
    assert any("odd" in line for line in told)
    assert any("ix_message_at" in line for line in told)


async def test_work_that_fails_leaves_nothing(database: Database) -> None:
    def work(connection: Connection) -> None:
        _add(connection, "a")
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await database.write(work)
    assert await database.read(_names) == []


async def test_a_cancelled_caller_leaves_a_whole_transaction(database: Database) -> None:
    def work(connection: Connection) -> None:
        _add(connection, "a")
        _add(connection, "b")

    task = asyncio.create_task(database.write(work))
    await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.write(_add, "c")
    await database.aclose()  # what was cancelled has ended, one way or the other
    again = connect(str_of(database))
    try:
        assert await again.read(_names) in (["a", "b", "c"], ["c"])
    finally:
        await again.aclose()


def str_of(database: Database) -> str:
    """The URL of `database`, secrets included."""
    return database._address.url.render_as_string(hide_password=False)  # type: ignore[attr-defined]


async def test_readers_do_not_write(database: Database) -> None:
    with pytest.raises((Unavailable, Poisoned)):
        await database.read(_add, "a")
    assert await database.read(_names) == []


async def test_reads_that_wait_together_fail_alone(database: Database) -> None:
    await database.write(_add, "a")

    def fail(connection: Connection) -> None:
        raise KeyError("ours")

    def refused(connection: Connection) -> None:
        connection.execute(text("SELECT nonsense"))

    queries = [_names, fail, _names, refused, _names]
    results = await asyncio.gather(*map(database.read, queries), return_exceptions=True)
    assert [results[n] for n in (0, 2, 4)] == [["a"]] * 3
    assert [type(results[n]) for n in (1, 3)] == [KeyError, Poisoned]


async def test_more_readers_than_one_transaction_takes_are_all_answered(database: Database) -> None:
    def echo(connection: Connection, number: int) -> int:
        return number

    asked = (database.read(echo, n) for n in range(5 * TOGETHER + 1))
    assert await asyncio.gather(*asked) == list(range(5 * TOGETHER + 1))


async def test_a_connection_that_died_in_the_pool_is_not_noticed(database: Database, url: str) -> None:
    """Everything may be tried again that has not come to its commit."""
    await database.write(_add, "a")
    assert await database.read(_names) == ["a"]
    await cut_all(url)
    await database.write(_add, "b")
    assert await database.read(_names) == ["a", "b"]


async def test_a_connection_that_dies_at_work_leaves_nothing_behind(database: Database, url: str) -> None:
    """The work is done again, once."""
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(len(attempts))
        _add(connection, "a")
        connection.execute(text("SELECT pg_sleep(0.3)" if "postgresql" in url else "SELECT SLEEP(0.3)"))
        _add(connection, "b")

    task = asyncio.create_task(database.write(work))
    await asyncio.sleep(0.15)
    await cut_all(url)
    await task
    assert attempts == [0, 1]
    assert await database.read(_names) == ["a", "b"]


async def test_a_deadlock_is_not_noticed(database: Database) -> None:
    """Two writers that take two rows crosswise: one is undone by the server, and done again here."""
    await database.write(_add, "a", "b")
    meeting = asyncio.Barrier(2)
    attempts: list[str] = []

    def take(connection: Connection, name: str) -> None:
        connection.execute(select(node.c.name).where(node.c.name == name).with_for_update())

    async def crosswise(first: str, second: str) -> None:
        def work(connection: Connection) -> None:
            attempts.append(first)
            take(connection, first)
            if attempts.count(first) == 1:
                await_only(asyncio.wait_for(meeting.wait(), 5))
            take(connection, second)

        await database.write(work)

    await asyncio.gather(crosswise("a", "b"), crosswise("b", "a"))
    assert len(attempts) >= 3


async def test_a_lock_that_is_held_is_contended(database: Database, url: str) -> None:
    other = connect(url)
    held, let_go = asyncio.Event(), asyncio.Event()

    def hold(connection: Connection) -> None:
        connection.execute(text("UPDATE node SET started_at = started_at"))
        held.set()
        await_only(let_go.wait())

    await database.write(_add, "a")
    holding = asyncio.create_task(other.write(hold))
    await held.wait()
    impatient = connect(url, busy_timeout_s=0.02)

    def change(connection: Connection) -> None:
        connection.execute(text("UPDATE node SET started_at = started_at WHERE name = 'a'"))

    try:
        with pytest.raises(Contended):
            await impatient.write(change)
    finally:
        let_go.set()
        await holding
        await impatient.write(change)
        await impatient.aclose()
        await other.aclose()


async def test_what_is_taken_is_a_conflict_without_its_value(database: Database) -> None:
    await database.write(_add, "secret")
    with pytest.raises(Conflict) as conflict:
        await database.write(_add, "secret")
    assert "secret" not in str(conflict.value)


@pytest.mark.parametrize("name", ["x" * 300, "\udc00"])
async def test_what_has_no_place_is_poisoned_without_its_value(database: Database, name: str) -> None:
    with pytest.raises(Poisoned) as poisoned:
        await database.write(_add, name)
    assert "xx" not in str(poisoned.value)


async def test_texts_come_back_as_they_went(database: Database) -> None:
    """Quotation marks, backslashes, percent signs, blanks at the end: nothing means anything."""
    names = ["'", '"', "\\", "\\'", "%s", "%%", "a", "a ", "A", "ä", "🚗", "--", ";"]
    await database.write(_add, *names)
    assert sorted(await database.read(_names)) == sorted(names)


async def test_a_closed_database_is_away(database: Database) -> None:
    await database.aclose()
    with pytest.raises(Unavailable):
        await database.read(_names)
    with pytest.raises(Unavailable):
        await database.write(_add, "a")


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("hangs_up", [False, True])
async def test_who_hangs_up_at_once_or_never_speaks_is_away(
    kind: str, hangs_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a proxy whose server is down does, or a port of something else; the driver must not be surprised."""
    monkeypatch.setattr(server, "CONNECTS_WITHIN_S", 0.5)
    talking: list[asyncio.StreamWriter] = []

    def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.append(writer)
        if hangs_up:
            writer.transport.abort()

    listening = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    database = connect(f"{kind}://u@127.0.0.1:{port}/x")
    try:
        async with asyncio.timeout(20):
            with pytest.raises(Unavailable):
                await database.read(_names)
    finally:
        await database.aclose()
        for writer in talking:
            writer.close()
        listening.close()
