"""PostgreSQL, MariaDB and MySQL: through an asyncio driver, with two pools, one that writes and one that reads.

Every transaction runs in a task of its own: whoever asked for it may be cancelled, it runs to its end.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from ssl import SSLError
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from chargeyard.errors import Contended, Unavailable
from chargeyard.storage.engine.address import Address
from chargeyard.storage.engine.database import Database, Snapshot
from chargeyard.storage.engine.faults import translated
from chargeyard.storage.engine.readers import Query, Readers, Result, answer_each

T = TypeVar("T")
P = ParamSpec("P")

WRITERS = 2
"""While one batch waits for its fsync, the next is sent. More gained nothing (performance.md, 4)."""

READERS = 4

ATTEMPTS = 8
"""Of a write that meets somebody else's lock, before its caller is told."""

FIRST_PAUSE_S = 0.005
CONNECTS_WITHIN_S = 5.0
VANISHED_AFTER_S = 20
"""A transaction that has done nothing for so long has lost its client: it ends, and with it its locks."""

ANSWERS_WITHIN_S = 60.0
"""A statement, or a transaction of the many short ones here, that takes longer has lost its server."""


class ServerDatabase(Database):
    """The database at `address`; `lock_timeout_s` is how long a statement waits for somebody else's lock."""

    writers = WRITERS
    file = None

    def __init__(self, address: Address, lock_timeout_s: float) -> None:
        self._address = address
        self.dialect_name = address.url.get_backend_name()
        spelling = _SPELLINGS[self.dialect_name]
        # One more than the journal uses, for the message log and what operators do.
        self._writing = _engine(address, WRITERS + 1, "READ COMMITTED", spelling.writing(lock_timeout_s))
        self._reading = _engine(address, READERS, "REPEATABLE READ", spelling.reading())
        self._readers = Readers(READERS, self._results)
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    def __str__(self) -> str:
        return str(self._address)

    def _transact(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        if self._is_closed:
            raise Unavailable("the database is closed")
        return self._to_the_end(self._write(work))

    async def _transact_alone(self, work: Callable[[Connection], T]) -> T:
        async with self.lonely() as engine:
            return await self._to_the_end(_Transaction(None).run(engine, work))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Its first read chooses the state."""
        session = _SPELLINGS[self.dialect_name].reading()
        engine = _engine(self._address, 0, "REPEATABLE READ", session)
        try:
            with translated():
                connection = await engine.connect()
            try:
                yield _Snapshot(connection)
            finally:
                await connection.close()
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def lonely(self) -> AsyncIterator[AsyncEngine]:
        engine = _engine(self._address, 0, "READ COMMITTED", _SPELLINGS[self.dialect_name].lonely())
        try:
            yield engine
        finally:
            await engine.dispose()

    async def _to_the_end(self, transaction: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(transaction)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        for attempt in range(ATTEMPTS):
            transaction = _Transaction(ANSWERS_WITHIN_S)
            try:
                return await transaction.run(self._writing, work)
            except Contended:
                if attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
            except Unavailable:
                # A connection may have died in the pool, unnoticed; the next one is fresh.
                if attempt or transaction.is_committing:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _results(self, queries: Sequence[Query]) -> list[Result]:
        """What each query returns or raises; one that finds its connection dead is asked again, once."""
        results: list[Result] = []
        failures = 0
        while len(results) < len(queries):
            try:
                await _Transaction(ANSWERS_WITHIN_S).run(
                    self._reading, lambda connection: answer_each(connection, queries, results)
                )
            except Unavailable as error:
                failures += 1
                if failures == 2:
                    missing = len(queries) - len(results)
                    return results + [(None, Unavailable(str(error))) for _ in range(missing)]
            except Exception as error:  # noqa: BLE001 - raised again where the query was asked
                results.append((None, error))
        return results[: len(queries)]

    async def aclose(self) -> None:
        self._is_closed = True
        await self._readers.aclose()
        while self._running:
            await asyncio.wait(self._running)
        await self._writing.dispose()
        await self._reading.dispose()


class _Snapshot:
    """A transaction that stays open between reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with translated():
            return await self._connection.run_sync(lambda connection: query(connection, *args, **kwargs))


class _Transaction:
    """One attempt at a transaction. `is_committing`: it may have been committed, whatever was raised."""

    def __init__(self, within_s: float | None) -> None:
        self.is_committing = False
        self._within_s = within_s

    async def run(self, engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
        """What `work` returns, after the commit. Raises `Unavailable` if it takes too long: a connection may break
        without a sign, and asyncmy would wait for ever."""
        with translated():
            async with asyncio.timeout(self._within_s), engine.connect() as connection:
                return await self._commit(connection, work)

    async def _commit(self, connection: AsyncConnection, work: Callable[[Connection], T]) -> T:
        result = await connection.run_sync(work)
        self.is_committing = True
        await connection.commit()
        return result


def _engine(address: Address, size: int, isolation: str, session: "Session") -> AsyncEngine:
    """An engine with `size` connections; 0: each is opened when it is wanted and closed when it is given back."""
    pool: dict[str, Any] = {"pool_size": size, "max_overflow": 0, "pool_timeout": 30.0}
    engine = create_async_engine(
        address.url,
        hide_parameters=True,
        enable_from_linting=False,  # it does not see a join by the number that a subquery finds
        **(pool if size else {"poolclass": NullPool}),
        pool_reset_on_return=None,  # every transaction is ended here: one round trip less
        isolation_level=isolation,
        connect_args={**session.connect, **({} if address.tls is None else {"ssl": address.tls})},
    )

    def connected(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for statement in session.statements:
            cursor.execute(statement)
        cursor.close()

    if session.statements:
        event.listen(engine.sync_engine, "connect", connected)
    return engine


async def _connect_mysql(*args: Any, **options: Any) -> Any:
    """A connection of asyncmy, which would wait for ever for a greeting, is surprised by who hangs up at once, and
    says of who cannot be trusted that nobody answers."""
    import asyncmy

    try:
        async with asyncio.timeout(CONNECTS_WITHIN_S):
            return await asyncmy.connect(*args, **options)
    except RuntimeError as error:
        raise ConnectionResetError(f"hung up while we connected: {error}") from None
    except asyncmy.errors.OperationalError as error:
        if isinstance(error.__cause__, SSLError):
            raise error.__cause__ from None
        raise


class Session:
    """How a connection is opened: arguments of the driver, and statements that are run on it first."""

    def __init__(self, connect: Mapping[str, Any], *statements: str) -> None:
        self.connect = connect
        self.statements = statements


class _Postgres:
    """Parameters of a PostgreSQL connection."""

    @staticmethod
    def _session(answers_within_s: float | None = ANSWERS_WITHIN_S, **parameters: str) -> Session:
        return Session(
            {
                "timeout": CONNECTS_WITHIN_S,
                "command_timeout": answers_within_s,
                "server_settings": {"application_name": "chargeyard", "jit": "off", **parameters},
            }
        )

    def lonely(self) -> Session:
        return self._session(answers_within_s=None)

    def writing(self, lock_timeout_s: float) -> Session:
        # Whatever the server's default: a commit that has returned is on its disk.
        return self._session(
            lock_timeout=f"{int(lock_timeout_s * 1000)}ms",
            synchronous_commit="on",
            # What writes finds its rows by keys. A table that has not been counted yet is thought to be short, and was
            # read whole for each batch: with 20 000 charge points half of what a message cost the server.
            enable_seqscan="off",
            idle_in_transaction_session_timeout=f"{VANISHED_AFTER_S}s",
            # A machine that dies in the middle of a message leaves nothing idle: only the silence of its TCP tells.
            tcp_keepalives_idle="10",
            tcp_keepalives_interval="5",
            tcp_keepalives_count="3",
        )

    def reading(self) -> Session:
        return self._session(default_transaction_read_only="on")


class _Mysql:
    """Variables of a MariaDB or MySQL connection."""

    @staticmethod
    def _session(*statements: str) -> Session:
        return Session(
            {"async_creator_fn": _connect_mysql, "charset": "utf8mb4", "autocommit": False},
            # Strict: what does not fit is refused, and never cut. Without backslashes a text is spelled by doubling
            # its apostrophes, which takes no time; JSON with a backslash before each quotation mark was more than
            # half of the price of a message (journal 72 to 20 µs, message log 51 to 16).
            "SET SESSION sql_mode ="
            " 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_BACKSLASH_ESCAPES', time_zone = '+00:00'",
            *statements,
        )

    def lonely(self) -> Session:
        return self._session()

    def writing(self, lock_timeout_s: float) -> Session:
        return self._session(
            f"SET SESSION innodb_lock_wait_timeout = {max(1, round(lock_timeout_s))}"
            # MySQL reads the rest as a comment.
            f" /*M!100300 , idle_write_transaction_timeout = {VANISHED_AFTER_S} */"
        )

    def reading(self) -> Session:
        return self._session("SET SESSION TRANSACTION READ ONLY")


_SPELLINGS: Mapping[str, _Postgres | _Mysql] = {"postgresql": _Postgres(), "mysql": _Mysql()}
