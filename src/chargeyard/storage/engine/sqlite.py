"""SQLite: one thread and one connection write, a few read.

A transaction costs one hop between threads instead of one for each statement, and runs to its end whatever
becomes of who asked for it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from chargeyard.errors import Unavailable
from chargeyard.storage.engine.database import Database, Snapshot
from chargeyard.storage.engine.faults import translated
from chargeyard.storage.engine.readers import Query, Readers, Result, answer_each

T = TypeVar("T")
P = ParamSpec("P")

READERS = 2
"""Reading threads. More would only wait for the interpreter lock."""


class SqliteDatabase(Database):
    """The SQLite database in `file`, made at the first write if there is none."""

    dialect_name = "sqlite"
    writers = 1
    file: Path

    def __init__(self, file: Path, busy_timeout_s: float) -> None:
        self.file = file
        self._busy_timeout_s = busy_timeout_s
        self._writer = _Lane("writer", 1, file, _for_writing(file, busy_timeout_s))
        self._reader = _Lane("reader", READERS, file, _for_reading(busy_timeout_s))
        self._readers = Readers(READERS, self._results)

    def __str__(self) -> str:
        return str(self.file)

    def _transact(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        return self._writer.run(self._writer.transact, work)

    def _transact_alone(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        return self._transact(work)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        lane = _Lane("snapshot", 1, self.file, _for_reading(self._busy_timeout_s))
        try:
            connection = await lane.run(lane.begin)
            try:
                yield _Snapshot(lane, connection)
            finally:
                await lane.run(connection.close)
        finally:
            await lane.aclose()

    async def aclose(self) -> None:
        await self._readers.aclose()
        await self._reader.aclose()
        await self._writer.aclose()

    async def _results(self, queries: Sequence[Query]) -> list[Result]:
        return await self._reader.run(self._answers, queries)

    def _answers(self, queries: Sequence[Query]) -> list[Result]:
        """What each query returns or raises.

        After `Unavailable`, which may have ended the transaction, the others get a fresh one, but only once: if
        the database is away indeed, each of them would wait as long in vain.
        """
        results: list[Result] = []
        for _ in range(2):
            try:
                self._reader.transact(lambda connection: answer_each(connection, queries, results))
            except Exception as error:  # noqa: BLE001 - raised again where the query was asked
                results.append((None, error))
            if len(results) >= len(queries):
                return results[: len(queries)]
        return results + [(None, Unavailable("the database is away")) for _ in queries[len(results) :]]


class _Lane:
    """Some threads with a connection each, all of one kind."""

    def __init__(self, name: str, width: int, file: Path, prepare: Callable[[Engine], None]) -> None:
        self._threads = ThreadPoolExecutor(width, f"database-{name}")
        self._engine = create_engine(
            URL.create("sqlite+pysqlite", database=str(file)),
            hide_parameters=True,
            pool_size=width,
            max_overflow=0,
            connect_args={"check_same_thread": False, "isolation_level": None},
        )
        self._closed = False
        prepare(self._engine)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` on one of the threads."""
        if self._closed:
            raise Unavailable("the database is closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction on this thread."""
        try:
            with translated(), self._engine.begin() as connection:
                return work(connection)
        except Unavailable:
            # The next try starts from a fresh connection: the file may have been remounted or replaced.
            self._engine.dispose()
            raise

    def begin(self) -> Connection:
        """A connection in a transaction that reads one state, that of now."""
        with translated():
            connection = self._engine.connect()
            connection.begin()
            # BEGIN alone does not choose it yet.
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master")
            return connection

    async def aclose(self) -> None:
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


class _Snapshot:
    """A transaction that stays open between reads."""

    def __init__(self, lane: _Lane, connection: Connection) -> None:
        self._lane = lane
        self._connection = connection

    async def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def asked() -> T:
            with translated():
                return query(self._connection, *args, **kwargs)

        return await self._lane.run(asked)


def _for_writing(file: Path, busy_timeout_s: float) -> Callable[[Engine], None]:
    """BEGIN IMMEDIATE: a transaction that upgrades from reading to writing could fail halfway with BUSY."""

    def prepare(engine: Engine) -> None:
        pragmas = (
            "journal_mode = WAL",
            "synchronous = FULL",
            "cache_size = -65536",
            "journal_size_limit = 67108864",
            # In pages, four times the default: a page of an index that many charge points write to comes back to the
            # file once and not once for every batch. A quarter of the price of meter values from 1 000 of them.
            "wal_autocheckpoint = 4000",
        )
        event.listen(engine, "do_connect", lambda *_: _make_private(file))
        _prepare(engine, busy_timeout_s, pragmas, "BEGIN IMMEDIATE")

    return prepare


def _make_private(file: Path) -> None:
    """Whoever makes the file makes it for its owner alone, wherever it lies; SQLite gives its helpers the same mode."""
    with suppress(OSError):  # it is there, or SQLite will say what is wrong
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _for_reading(busy_timeout_s: float) -> Callable[[Engine], None]:
    def prepare(engine: Engine) -> None:
        _prepare(engine, busy_timeout_s, ("query_only = ON",), "BEGIN")

    return prepare


def _prepare(engine: Engine, busy_timeout_s: float, pragmas: tuple[str, ...], begin: str) -> None:
    def connected(connection: SqliteConnection, _record: object) -> None:
        for pragma in (f"busy_timeout = {int(busy_timeout_s * 1000)}", "foreign_keys = ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
