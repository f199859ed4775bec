"""The journal on a database that is locked, full, read-only or refuses a value: nobody is told a lie."""

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from chargeyard.errors import Poisoned, Unavailable
from chargeyard.services.ports import ChargePointFilter, Paging, TransactionFilter
from chargeyard.storage.engine.sqlite import SqliteDatabase
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.store import SqlStore
from tests.contract.happenings import NOON, booted, data_transferred, registered, started, stopped


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Somebody else holds the write lock."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_while_another_writes_nothing_is_acknowledged_and_then_all_of_it(
    database: SqliteDatabase, journal: SqlJournal, store: SqlStore
) -> None:
    with capture_logs() as logs, locked(database.file):
        tasks = [asyncio.create_task(journal.commit([registered(f"CP{n}")])) for n in range(30)]
        done, _ = await asyncio.wait(tasks, timeout=0.5)
        assert not done
        assert journal.waiting == 30
        assert (await store.list_charge_points(ChargePointFilter(), Paging())).items == []
        assert [entry["log_level"] for entry in logs] == ["warning"]
    with capture_logs() as logs:
        await asyncio.gather(*tasks)
    assert len((await store.list_charge_points(ChargePointFilter(), Paging())).items) == 30
    assert journal.waiting == 0
    assert [entry["event"] for entry in logs] == ["database back: waiting commits are written"]


async def test_who_is_cancelled_while_the_database_is_away_is_stored_all_the_same(
    database: SqliteDatabase, journal: SqlJournal, store: SqlStore
) -> None:
    with locked(database.file):
        task = asyncio.create_task(journal.commit([registered("CP1")]))
        await asyncio.wait([task], timeout=0.1)
        task.cancel()
    await journal.commit([registered("CP2")])
    assert await store.load("CP1") is not None


async def test_closing_while_the_database_is_away_refuses_what_waits(
    database: SqliteDatabase, store: SqlStore
) -> None:
    journal = SqlJournal(database)
    with locked(database.file):
        tasks = [asyncio.create_task(journal.commit([registered(f"CP{n}")])) for n in range(3)]
        await asyncio.wait(tasks, timeout=0.1)
        await journal.aclose()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    assert await store.load("CP1") is None


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file of this process may grow beyond `room` bytes; SQLite meets it like a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_holds_everybody_back_until_there_is_room(
    journal: SqlJournal, store: SqlStore
) -> None:
    with full_disk(room=1_000_000):
        big = asyncio.create_task(journal.commit([data_transferred("x" * 2_000_000), registered("CP1")]))
        await asyncio.wait([big], timeout=0.2)
        small = asyncio.create_task(journal.commit([registered("CP2")]))
        done, _ = await asyncio.wait([big, small], timeout=0.3)
        assert not done
        while_full = journal.is_away
        assert await store.load("CP1") is None
    await asyncio.gather(big, small)
    assert (while_full, journal.is_away) == (True, False)
    assert await store.load("CP1") is not None
    assert await store.load("CP2") is not None


POISON = {
    "a lone surrogate": registered("CP\ud800"),
    "a number beyond 64 bits": started(99, meter_start_wh=2**70),
    "an instant without a zone": booted("CP1", recorded_at=NOON.replace(tzinfo=None)),
}


@pytest.mark.parametrize("name", POISON)
async def test_poison_harms_only_who_brought_it(journal: SqlJournal, store: SqlStore, name: str) -> None:
    good = [journal.commit([started(n), stopped(n)]) for n in range(20)]
    bad = journal.commit([started(50), POISON[name]])
    results = await asyncio.gather(*good[:10], bad, *good[10:], return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 10 + [Poisoned] + [type(None)] * 10
    page = await store.list_transactions(TransactionFilter(), Paging(100))
    assert {one.id for one in page.items} == set(range(20))


async def test_a_refusal_names_the_event_and_no_value(journal: SqlJournal) -> None:
    with pytest.raises(Poisoned) as refusal:
        await journal.commit([started(1, id_token="secret-tag", meter_start_wh=2**70)])
    assert "TransactionStarted" in str(refusal.value)
    assert "secret-tag" not in str(refusal.value)
    assert str(2**70) not in str(refusal.value)


async def test_a_batch_is_bounded(database: SqliteDatabase, store: SqlStore) -> None:
    journal = SqlJournal(database, max_batch=7)
    commits = [journal.commit([registered(f"CP{n}-{k}") for k in range(n % 12 + 1)]) for n in range(40)]
    await asyncio.gather(*commits)
    await journal.aclose()
    found = await store.list_charge_points(ChargePointFilter(), Paging(1000))
    assert len(found.items) == sum(n % 12 + 1 for n in range(40))
