"""A database, as the rest of the storage sees it: `await database.read(query, …)`, `await database.write(work, …)`.

Work is a plain function over a SQLAlchemy `Connection`; it runs in one transaction, committed when it returns
and rolled back when it raises. How it runs is this module's secret. On SQLite it runs on a thread: one thread
and one connection write, a few read, so that a transaction costs one hop between threads instead of one for
each statement, and a cancelled caller never leaves half a transaction behind. Reads that wait at the same moment
share a hop and a transaction.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chargeyard.errors import ChargeyardError, Conflict, Poisoned, SettingsError, Unavailable

T = TypeVar("T")
P = ParamSpec("P")

READERS = 2
"""Reading threads. More would only wait for the interpreter lock."""

TOGETHER = 64
"""Reads of one transaction at most: the first of them waits for the last."""

Query = Callable[[Connection], Any]

_AWAY = frozenset((5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 23, 26))
"""SQLite result codes that tell of the database, not of the statement: BUSY, LOCKED, NOMEM, READONLY,
INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, AUTH, NOTADB (https://sqlite.org/rescode.html)."""

_TAKEN = frozenset((1555, 2067, 2579))
"""CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE, CONSTRAINT_ROWID."""


class Database:
    """The database at `url`: `sqlite:///file`, or the path of a SQLite file alone.

    `busy_timeout_s` is how long one attempt waits for somebody else's lock before it is `Unavailable`.
    Opens nothing by itself. Raises `SettingsError` for a URL that cannot be used.
    """

    def __init__(self, url: str, busy_timeout_s: float = 1.0) -> None:
        self.file = file_of(url)
        self._writer = _Lane("writer", 1, self.file, _for_writing(busy_timeout_s))
        self._reader = _Readers("reader", READERS, self.file, _for_reading(busy_timeout_s))

    async def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `query(connection, …)` returns, all of it read from one state of the database."""
        return await self._reader.run(lambda connection: query(connection, *args, **kwargs))

    async def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `work(connection, …)` returns, once everything it did is durable."""
        return await self._writer.run(lambda connection: work(connection, *args, **kwargs))

    async def aclose(self) -> None:
        """Finish what runs and close all connections; afterwards everything is `Unavailable`."""
        await self._reader.aclose()
        await self._writer.aclose()


def file_of(url: str) -> Path:
    """The file that `url` names."""
    if "://" not in url:
        url = f"sqlite:///{url}"
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        raise SettingsError("database.url: only sqlite:///path is supported by this version")
    if parsed.database in (None, "", ":memory:"):
        raise SettingsError("database.url: names no file")
    return Path(str(parsed.database))


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise SettingsError("database.url: not a database URL") from None


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

    async def run(self, work: Callable[[Connection], T]) -> T:
        if self._closed:
            raise Unavailable("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transact, work)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        try:
            with translated(), self._engine.begin() as connection:
                return work(connection)
        except Unavailable:
            # The next try starts from a fresh connection: the file may have been remounted or replaced.
            self._engine.dispose()
            raise

    async def aclose(self) -> None:
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


class _Readers(_Lane):
    """A lane that answers in one transaction all who wait when a thread is free."""

    def __init__(self, name: str, width: int, file: Path, prepare: Callable[[Engine], None]) -> None:
        super().__init__(name, width, file, prepare)
        self._width = width
        self._waiting: deque[tuple[Query, asyncio.Future[Any]]] = deque()
        self._serving: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[Connection], T]) -> T:
        if self._closed:
            raise Unavailable("the database is closed")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        # Where somebody waits already, a server is about to start or all of them are busy.
        if not self._waiting and len(self._serving) < self._width:
            self._serving.add(loop.create_task(self._serve()))
        self._waiting.append((work, answer))
        return await answer

    async def _serve(self) -> None:
        try:
            await self._answer_waiting()
        finally:
            # At once, not in a callback: whoever asks before that would count on a server that has gone.
            self._serving -= {asyncio.current_task()}

    async def _answer_waiting(self) -> None:
        loop = asyncio.get_running_loop()
        while batch := self._next_batch():
            queries = [query for query, _ in batch]
            results = await loop.run_in_executor(self._threads, self._results, queries)
            for (_, answer), (result, error) in zip(batch, results, strict=True):
                if answer.done():  # the caller was cancelled meanwhile
                    continue
                if error is None:
                    answer.set_result(result)
                else:
                    answer.set_exception(error)

    def _next_batch(self) -> list[tuple[Query, asyncio.Future[Any]]]:
        batch: list[tuple[Query, asyncio.Future[Any]]] = []
        while self._waiting and len(batch) < TOGETHER:
            waiting = self._waiting.popleft()
            if not waiting[1].done():
                batch.append(waiting)
        return batch

    def _results(self, queries: Sequence[Query]) -> list[tuple[Any, Exception | None]]:
        """What each query returns or raises.

        After `Unavailable`, which may have ended the transaction, the others get a fresh one, but only once: if
        the database is away indeed, each of them would wait as long in vain.
        """
        results: list[tuple[Any, Exception | None]] = []
        for _ in range(2):
            try:
                self._transact(lambda connection: _answer_each(connection, queries, results))
            except Exception as error:  # noqa: BLE001 - raised again where the query was asked
                results.append((None, error))
            if len(results) >= len(queries):
                return results[: len(queries)]
        return results + [(None, Unavailable("the database is away")) for _ in queries[len(results) :]]

    async def aclose(self) -> None:
        self._closed = True
        while self._serving:
            await asyncio.wait(self._serving)
        await super().aclose()


def _answer_each(
    connection: Connection, queries: Sequence[Query], results: list[tuple[Any, Exception | None]]
) -> None:
    """Append to `results` those of the queries that have none yet. Raises `Unavailable` for the first one that is."""
    for query in queries[len(results) :]:
        try:
            with translated():
                results.append((query(connection), None))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised again where the query was asked
            results.append((None, error))


def _for_writing(busy_timeout_s: float) -> Callable[[Engine], None]:
    """BEGIN IMMEDIATE: a transaction that upgrades from reading to writing could fail halfway with BUSY."""

    def prepare(engine: Engine) -> None:
        pragmas = (
            "journal_mode = WAL",
            "synchronous = FULL",
            "cache_size = -65536",
            "journal_size_limit = 67108864",
        )
        _prepare(engine, busy_timeout_s, pragmas, "BEGIN IMMEDIATE")

    return prepare


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


@contextmanager
def translated() -> Iterator[None]:
    """Errors of SQLAlchemy and the driver as `Unavailable`, `Conflict` or `Poisoned`, with no value in their text."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _translation(error) from None
    except SqliteError as error:  # raised by a PRAGMA while connecting
        raise _of_driver(error) from None
    except (ValueError, TypeError, OverflowError) as error:
        raise Poisoned(f"{type(error).__name__}: a value has no place in the database") from None


def _translation(error: SQLAlchemyError) -> ChargeyardError:
    if isinstance(error, PoolTimeout):
        return Unavailable("no connection is free")
    if isinstance(error, DBAPIError) and isinstance(error.orig, SqliteError):
        return _of_driver(error.orig)
    cause: Any = error.orig if isinstance(error, StatementError) else error
    return Poisoned(f"{type(cause).__name__}: a value has no place in the database")


def _of_driver(error: SqliteError) -> ChargeyardError:
    code: int = getattr(error, "sqlite_errorcode", 0) or 0
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    if code & 0xFF in _AWAY:
        return Unavailable(f"the database is away: {error} ({name})")
    if code in _TAKEN:
        return Conflict(f"already taken: {error}")
    return Poisoned(f"refused by the database ({name})")
