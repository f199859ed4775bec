"""URLs, transactions, and what the driver's errors become."""

import asyncio
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from chargeyard.errors import Conflict, Poisoned, SettingsError, Unavailable
from chargeyard.storage import migrate
from chargeyard.storage.engine import connect, read_address, translated
from chargeyard.storage.engine.readers import TOGETHER
from chargeyard.storage.engine.sqlite import READERS, SqliteDatabase
from chargeyard.storage.tables import node
from tests.contract.happenings import NOON


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///here.sqlite", "here.sqlite"),
        ("sqlite:////var/there.sqlite", "/var/there.sqlite"),
        ("sqlite+aiosqlite:////var/there.sqlite", "/var/there.sqlite"),
        ("/var/there.sqlite", "/var/there.sqlite"),
        ("./a folder/100%.sqlite", "a folder/100%.sqlite"),
        ("what?.sqlite", "what?.sqlite"),
    ],
)
def test_a_url_names_a_file(url: str, file: str) -> None:
    assert read_address(url).file == Path(file)


@pytest.mark.parametrize(
    "url",
    [
        "oracle://u:secret@host/x",
        "postgresql://u:secret@host",
        "mariadb://u:secret@host:none/x",
        "sqlite://",
        "sqlite:///:memory:",
        "://secret",
        "",
    ],
)
def test_a_url_of_no_use_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        read_address(url)
    assert "secret" not in str(refusal.value)


def _add(connection: Connection, *names: str) -> None:
    connection.execute(insert(node), [{"name": name, "started_at": NOON} for name in names])


def _names(connection: Connection) -> list[str]:
    return list(connection.execute(select(node.c.name).order_by(node.c.name)).scalars())


def _echo(connection: Connection, number: int) -> int:
    return number


async def test_work_that_fails_leaves_nothing(database: SqliteDatabase) -> None:
    def work(connection: Connection) -> None:
        _add(connection, "a")
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await database.write(work)
    assert await database.read(_names) == []


async def test_a_cancelled_caller_leaves_a_whole_transaction(database: SqliteDatabase) -> None:
    begun = threading.Event()

    def work(connection: Connection) -> None:
        _add(connection, "a")
        begun.set()
        _add(connection, "b")

    task = asyncio.create_task(database.write(work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await database.write(_add, "c")
    assert await database.read(_names) == ["a", "b", "c"]


async def test_writers_are_one_after_the_other(database: SqliteDatabase) -> None:
    await asyncio.gather(*(database.write(_add, str(n)) for n in range(20)))
    assert len(await database.read(_names)) == 20


async def test_readers_do_not_write(database: SqliteDatabase) -> None:
    with pytest.raises(Unavailable):
        await database.read(_add, "a")


async def test_reads_that_wait_together_see_one_state_and_fail_alone(database: SqliteDatabase) -> None:
    """They share a transaction; what one of them does wrong is told to that one alone."""
    await database.write(_add, "a")

    def fail(connection: Connection) -> None:
        raise KeyError("ours")

    def refused(connection: Connection) -> None:
        connection.execute(text("SELECT nonsense"))

    queries = [_names, fail, _names, refused, _names, _add, _names]
    asked = [database.read(query, *(["b"] if query is _add else [])) for query in queries]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [results[n] for n in (0, 2, 4, 6)] == [["a"]] * 4
    assert [type(results[n]) for n in (1, 3, 5)] == [KeyError, Poisoned, Unavailable]


async def test_more_readers_than_one_transaction_takes_are_all_answered(database: SqliteDatabase) -> None:
    asked = (database.read(_echo, n) for n in range(3 * TOGETHER + 1))
    assert await asyncio.gather(*asked) == list(range(3 * TOGETHER + 1))


async def test_who_asks_again_at_once_is_answered_again(database: SqliteDatabase) -> None:
    """All threads become free in one turn of the loop, and the first to be answered asks before anything else."""
    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow(connection: Connection) -> None:
        begun.release()
        go_on.wait(10)

    async def ask_twice() -> int:
        await database.read(slow)
        return await database.read(_echo, 1)

    asking = []
    for _ in range(READERS):
        asking.append(asyncio.create_task(ask_twice()))
        await asyncio.to_thread(begun.acquire)
    go_on.set()
    time.sleep(0.1)  # noqa: ASYNC251 - the loop must not see one thread end before the other
    async with asyncio.timeout(10):
        assert await asyncio.gather(*asking) == [1] * READERS


async def test_a_cancelled_reader_takes_nobody_along(database: SqliteDatabase) -> None:
    await database.write(_add, "a")
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> list[str]:
        begun.set()
        go_on.wait(10)
        return _names(connection)

    readers = [asyncio.create_task(database.read(query)) for query in (slow, slow, _names)]
    await asyncio.to_thread(begun.wait)
    readers[0].cancel()
    go_on.set()
    results = await asyncio.gather(*readers, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [["a"], ["a"]]


async def test_closing_answers_those_who_wait(tmp_path: Path) -> None:
    database = connect(str(tmp_path / "x.sqlite"))
    readers = [asyncio.create_task(database.read(_echo, 1)) for _ in range(2 * TOGETHER)]
    await asyncio.sleep(0)
    await database.aclose()
    assert await asyncio.gather(*readers) == [1] * (2 * TOGETHER)


async def test_what_is_taken_is_a_conflict_without_its_value(database: SqliteDatabase) -> None:
    await database.write(_add, "secret")
    with pytest.raises(Conflict) as conflict:
        await database.write(_add, "secret")
    assert "node.name" in str(conflict.value)
    assert "secret" not in str(conflict.value)


async def test_what_has_no_place_is_poisoned(database: SqliteDatabase) -> None:
    with pytest.raises(Poisoned):
        await database.write(
            lambda connection: connection.execute(text("INSERT INTO node (name) VALUES ('x')"))
        )
    with pytest.raises(Poisoned):
        await database.write(_add, "\udc00")


async def test_a_full_database_is_away(database: SqliteDatabase) -> None:
    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        _add(connection, "x" * 1_000_000)

    with pytest.raises(Unavailable, match="SQLITE_FULL"):
        await database.write(fill)
    await database.write(_add, "x" * 1_000_000)


async def test_a_full_database_is_away_although_clearing_up_fails_too(database: SqliteDatabase) -> None:
    """As in an upgrade: SQLite has undone everything already, and what shall be undone is not there."""

    def halfway(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE crowded (text TEXT)")
        connection.exec_driver_sql("PRAGMA max_page_count = 200")
        try:
            connection.exec_driver_sql("INSERT INTO crowded VALUES (zeroblob(10000000))")
        finally:
            connection.exec_driver_sql("DROP TABLE not_there_any_more")

    with pytest.raises(Unavailable, match="its disk is full"):
        await database.write(halfway)


async def test_a_locked_database_is_away(database: SqliteDatabase) -> None:
    other = sqlite3.connect(database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="SQLITE_BUSY"):
        await database.write(_add, "a")
    assert await database.read(_names) == []
    other.close()
    await database.write(_add, "a")


async def test_a_missing_folder_is_away(tmp_path: Path) -> None:
    database = connect(str(tmp_path / "none" / "x.sqlite"))
    with pytest.raises(Unavailable, match="SQLITE_CANTOPEN"):
        await database.write(_add, "a")
    await database.aclose()


async def test_a_file_that_is_no_database_is_away(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear reader, " * 1000)
    database = connect(str(file))
    with pytest.raises(Unavailable, match="SQLITE_NOTADB"):
        await database.write(_add, "a")
    await database.aclose()
    assert file.read_text().startswith("Dear reader, ")


def test_a_read_only_file_is_away(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    reader = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with pytest.raises(Unavailable, match="SQLITE_READONLY"), translated():
        reader.execute("INSERT INTO t VALUES (1)")
    reader.close()


async def test_a_closed_database_is_away(tmp_path: Path) -> None:
    database = connect(str(tmp_path / "x.sqlite"))
    await database.aclose()
    with pytest.raises(Unavailable):
        await database.read(_names)
    with pytest.raises(Unavailable):
        await database.write(_add, "a")


async def test_a_commit_is_synced_to_disk(database: SqliteDatabase) -> None:
    def settings(connection: Connection) -> tuple[str, int]:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        return mode, connection.exec_driver_sql("PRAGMA synchronous").scalar_one()

    assert await database.write(settings) == ("wal", 2)


async def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Wherever it lies: it holds digests of secrets, and the message log."""
    database = connect(str(tmp_path / "x.sqlite"))
    await migrate.upgrade(database)
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    await database.aclose()
    assert modes.keys() == {"x.sqlite", "x.sqlite-wal", "x.sqlite-shm"}
    assert set(modes.values()) == {0o600}
