"""The journal on database servers: connections break at the worst moment, writers meet, and all is stored once."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from chargeyard.errors import Fenced
from chargeyard.services.ports import Fence
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.engine.server import VANISHED_AFTER_S, ServerDatabase
from chargeyard.storage.journal import SqlJournal
from tests.conftest import RequireDatabase
from tests.contract.conftest import migrated
from tests.contract.happenings import changed, connected, data_transferred, registered, status
from tests.databases import SERVERS, Templates, port_of, statements, text_of
from tests.e2e.cable import Cable, cable


@pytest.fixture(params=SERVERS)
async def url(
    request: pytest.FixtureRequest, templates: Templates, database_server: RequireDatabase
) -> AsyncIterator[str]:
    database_server(request.param)
    async with templates.copy(request.param, migrated) as url:
        yield url


@asynccontextmanager
async def writing(url: str) -> AsyncIterator[tuple[SqlJournal, ServerDatabase]]:
    """A journal with a database of its own, as another process has."""
    database = connect(url)
    assert isinstance(database, ServerDatabase)
    journal = SqlJournal(database)
    try:
        yield journal, database
    finally:
        await journal.aclose()
        await database.aclose()


@asynccontextmanager
async def behind_a_cable(url: str) -> AsyncIterator[tuple[SqlJournal, ServerDatabase, Cable]]:
    parsed = make_url(url)
    async with cable(str(parsed.host), port_of(parsed)) as broken:
        mended = text_of(parsed.set(host="127.0.0.1", port=broken.port))
        async with writing(mended) as (journal, database):
            yield journal, database, broken


@asynccontextmanager
async def somebody_else(url: str, statement: str) -> AsyncIterator[None]:
    """Another transaction has done `statement` and not ended; it is taken back at the end."""
    other = connect(url)
    assert isinstance(other, ServerDatabase)
    try:
        async with other._writing.connect() as connection:
            await connection.execute(text(statement))
            yield
            with suppress(DBAPIError):  # somebody may have killed it
                await connection.rollback()
    finally:
        await other.aclose()


def at_commit(database: ServerDatabase, act: Callable[[], object]) -> None:
    """Once, when the next COMMIT is about to be sent."""
    actions = [act]

    def committing(_connection: object) -> None:
        if actions:
            actions.pop()()

    event.listen(database._writing.sync_engine, "commit", committing)


async def count(url: str, table: str) -> int:
    [(number,)] = await statements(url, f"SELECT count(*) FROM {table}")
    return int(number)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return when `condition` holds; the servers do not announce it."""
    async with asyncio.timeout(30):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.15)  # InnoDB looks anew only when nobody has asked for a tenth of a second


async def disconnect_all(url: str) -> None:
    """End every connection to the database but our own, whatever it is doing."""
    name = make_url(url).database
    if make_url(url).get_backend_name() == "postgresql":
        await statements(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{name}' AND pid <> pg_backend_pid()",
        )
        return
    listing = f"SELECT id FROM information_schema.processlist WHERE db = '{name}' AND id <> connection_id()"
    for (number,) in await statements(url, listing):
        with suppress(Exception):  # it may have gone by itself
            await statements(url, f"KILL CONNECTION {number}")


async def is_waiting_for_a_lock(url: str) -> bool:
    if make_url(url).get_backend_name() == "postgresql":
        name = make_url(url).database
        looked = (
            f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND wait_event_type = 'Lock'"
        )
    else:
        looked = "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
    return bool((await statements(url, looked))[0][0])


# --- the answer to a COMMIT


async def test_a_batch_whose_commit_was_not_answered_is_stored_once(url: str) -> None:
    """Reports have no natural key: written again, they would be there twice."""
    async with behind_a_cable(url) as (journal, database, broken):
        await journal.commit([data_transferred("first")])
        at_commit(database, broken.swallow_answers)
        late = [asyncio.create_task(journal.commit([data_transferred(f"late {n}")])) for n in range(3)]

        async def arrived() -> bool:
            return await count(url, "kept_report") == 4

        await until(arrived)
        assert not any(task.done() for task in late)
        broken.reset()
        await broken.mend()
        await asyncio.gather(*late)
        await journal.commit([data_transferred("last")])
        assert await count(url, "kept_report") == 5
        assert journal.tally["retried"] >= 1


async def test_a_batch_whose_commit_never_arrived_is_stored_by_the_next_try(url: str) -> None:
    async with behind_a_cable(url) as (journal, database, broken):
        await journal.commit([data_transferred("first")])
        at_commit(database, broken.stall)
        late = asyncio.create_task(journal.commit([data_transferred("late")]))
        await asyncio.sleep(0.2)
        assert await count(url, "kept_report") == 1
        broken.reset()
        await broken.mend()
        await late
        assert await count(url, "kept_report") == 2


async def test_the_first_batch_of_all_is_known_again_too(url: str) -> None:
    async with behind_a_cable(url) as (journal, database, broken):
        await database.write(lambda connection: None)
        at_commit(database, broken.swallow_answers)
        late = asyncio.create_task(journal.commit([data_transferred("late")]))

        async def arrived() -> bool:
            return await count(url, "kept_report") == 1

        await until(arrived)
        broken.reset()
        await broken.mend()
        await late
        assert await count(url, "kept_report") == 1


async def test_what_each_was_told_survives_the_lost_answer(url: str) -> None:
    """Fenced off in the try that was stored is fenced off, and not acknowledged by the next one."""
    async with behind_a_cable(url) as (journal, database, broken):
        await journal.commit([registered("CP1"), registered("CP2")])
        await journal.commit([connected(2)], Fence("CP1", 2))
        at_commit(database, broken.swallow_answers)
        # In one lane, so that they share the batch.
        both = [
            asyncio.create_task(journal.commit([status("late"), data_transferred("late")], Fence("CP1", 1))),
            asyncio.create_task(journal.commit([data_transferred("kept")])),
        ]

        async def arrived() -> bool:
            return await count(url, "kept_report") == 1

        await until(arrived)
        broken.reset()
        await broken.mend()
        results = await asyncio.gather(*both, return_exceptions=True)
        assert [type(result) for result in results] == [Fenced, type(None)]
        assert await count(url, "kept_report") == 1


_DAWDLE = "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END'"
_DAWDLING = """CREATE CONSTRAINT TRIGGER dawdling AFTER INSERT ON kept_report DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION dawdle()"""


@pytest.fixture
async def dawdling(templates: Templates, database_server: RequireDatabase) -> AsyncIterator[str]:
    """A database that takes its time over a COMMIT; only PostgreSQL can be made to."""
    database_server("postgresql")
    async with templates.copy("postgresql", migrated) as url:
        await statements(url, _DAWDLE, _DAWDLING)
        yield url


async def test_a_server_that_is_still_committing_is_waited_for(dawdling: str) -> None:
    """The connection breaks while the server works on the COMMIT: the next try must not overtake it."""
    url = dawdling
    async with behind_a_cable(url) as (journal, _database, broken):
        await journal.commit([registered("CP1")])
        late = asyncio.create_task(journal.commit([data_transferred("late")]))

        async def dawdles() -> bool:
            rows = await statements(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            return bool(rows[0][0])

        await until(dawdles)
        broken.reset()
        await late
        assert await count(url, "kept_report") == 1


# --- connections that are killed


async def test_a_connection_killed_in_the_middle_of_a_batch_costs_nothing(url: str) -> None:
    async with writing(url) as (journal, _database):
        await journal.commit([registered("CP1")])
        async with somebody_else(url, "UPDATE charge_point SET name = 'held' WHERE id = 'CP1'"):
            late = asyncio.create_task(journal.commit([data_transferred("late"), changed("CP1", name="new")]))
            await until(lambda: is_waiting_for_a_lock(url))
            with suppress(Exception):
                await disconnect_all(url)
        await late
        assert await count(url, "kept_report") == 1
        assert await statements(url, "SELECT name FROM charge_point") == [("new",)]


async def test_killed_again_and_again_under_load_each_is_stored_once(url: str) -> None:
    names = [f"CP{n}" for n in range(8)]
    async with writing(url) as (journal, _database):
        await journal.commit([registered(name) for name in names])

        async def report(name: str) -> None:
            for number in range(40):
                await journal.commit(
                    [data_transferred(f"{name}/{number}", charge_point=name)], Fence(name, 0)
                )

        async def kill() -> None:
            while True:
                await asyncio.sleep(0.05)
                await disconnect_all(url)

        killing = asyncio.create_task(kill())
        reporting = [asyncio.create_task(report(name)) for name in names]
        await asyncio.sleep(2)
        killing.cancel()
        await asyncio.gather(*reporting)
        await asyncio.wait([killing])
        told = [body for (body,) in await statements(url, "SELECT body FROM kept_report ORDER BY id")]
        assert len(told) == len(set(told)) == 8 * 40


# --- writers that meet


async def test_writers_that_lock_each_other_out_are_both_stored_and_nobody_is_alarmed(url: str) -> None:
    names = ["CP1", "CP2", "CP3"]
    async with writing(url) as (one, _), writing(url) as (other, _):
        await one.commit([registered(name) for name in names])
        with capture_logs() as logs:
            await asyncio.gather(
                *(one.commit([changed(name, name=f"a{n}") for name in names]) for n in range(40)),
                *(other.commit([changed(name, name=f"b{n}") for name in reversed(names)]) for n in range(40)),
            )
        assert [entry["event"] for entry in logs] == []
        last = {name for (name,) in await statements(url, "SELECT name FROM charge_point")}
        assert last <= {"a39", "b39"}


async def test_a_claim_elsewhere_waits_for_the_batch_that_has_looked_at_its_fence(url: str) -> None:
    """Or the older session would write after the newer one was open."""
    async with writing(url) as (older, _), writing(url) as (newer, _):
        await older.commit([registered("CP1")])
        await older.commit([connected(1)], Fence("CP1", 1))
        await older.commit([status("first")], Fence("CP1", 1))
        order: list[str] = []
        async with somebody_else(url, "UPDATE connector SET status = 'held'"):
            written = asyncio.create_task(older.commit([status("late")], Fence("CP1", 1)))
            written.add_done_callback(lambda _: order.append("written"))
            await until(lambda: is_waiting_for_a_lock(url))
            claimed = asyncio.create_task(newer.commit([connected(2)], Fence("CP1", 2)))
            claimed.add_done_callback(lambda _: order.append("claimed"))
            done, _ = await asyncio.wait([claimed], timeout=0.4)
            assert not done
        await asyncio.gather(written, claimed)
        assert order == ["written", "claimed"]
        with pytest.raises(Fenced):
            await older.commit([status("too late")], Fence("CP1", 1))
        assert await statements(url, "SELECT status FROM connector") == [("late",)]


# --- marks


async def marks(url: str) -> list[tuple[Any, ...]]:
    return await statements(url, "SELECT journal, lane, batch FROM journal_mark ORDER BY journal, lane")


async def test_each_journal_has_marks_of_its_own_one_for_each_lane_and_takes_them_along(url: str) -> None:
    async with writing(url) as (one, _):
        async with writing(url) as (other, _):
            await one.commit([registered(f"CP{n}") for n in range(20)])
            for _round in range(3):
                await asyncio.gather(*(one.commit([status("S", charge_point=f"CP{n}")]) for n in range(20)))
            await other.commit([status("S")])
            rows = await marks(url)
            lanes = {
                key: [lane for _, lane, _ in group]
                for key, group in itertools.groupby(rows, lambda row: row[0])
            }
            assert sorted(map(len, lanes.values())) == [1, 3]
            assert len(rows) == 4
        assert {journal for journal, _, _ in await marks(url)} < set(lanes)
    assert await marks(url) == []


async def test_the_marks_of_a_journal_that_died_are_removed_some_day(url: str) -> None:
    def at(ago: timedelta) -> str:
        return (datetime.now(UTC) - ago).strftime("%Y-%m-%d %H:%M:%S")

    for key, ago in (("dead", timedelta(days=31)), ("idle", timedelta(days=3))):
        await statements(
            url, f"INSERT INTO journal_mark (journal, lane, batch, at) VALUES ('{key}', 0, 5, '{at(ago)}')"
        )
    async with writing(url) as (journal, _):
        await journal.commit([status("S")])
        keys = {key for key, _, _ in await marks(url)}
        assert "idle" in keys
        assert "dead" not in keys
    assert await marks(url) == [("idle", 0, 5)]


async def test_a_mark_that_somebody_has_deleted_is_written_anew(url: str) -> None:
    async with writing(url) as (journal, _):
        await journal.commit([data_transferred("one")])
        await statements(url, "DELETE FROM journal_mark")
        await journal.commit([data_transferred("two")])
        assert await count(url, "kept_report") == 2


async def test_where_a_commit_is_always_answered_there_are_no_marks(templates: Templates) -> None:
    async with templates.copy("sqlite", migrated) as url:
        database: Database = connect(url)
        journal = SqlJournal(database)
        await journal.commit([registered("CP1")])
        rows = await database.read(
            lambda connection: connection.execute(text("SELECT * FROM journal_mark")).all()
        )
        assert rows == []
        await journal.aclose()
        await database.aclose()


async def test_a_transaction_whose_client_has_vanished_does_not_lock_for_ever(url: str) -> None:
    async with writing(url) as (_, database):
        if make_url(url).get_backend_name() == "postgresql":
            shown = "SELECT current_setting('idle_in_transaction_session_timeout')"
            expected: object = f"{VANISHED_AFTER_S}s"
        else:
            shown, expected = "SELECT @@idle_write_transaction_timeout", VANISHED_AFTER_S
        assert await database.write(lambda connection: connection.execute(text(shown)).scalar()) == expected
