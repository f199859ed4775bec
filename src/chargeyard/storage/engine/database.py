"""What every kind of database offers."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from chargeyard.errors import SettingsError
from chargeyard.storage.engine.readers import Readers

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")
P = ParamSpec("P")


class Snapshot(Protocol):
    """One state of a database, whatever is written meanwhile."""

    async def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `query(connection, …)` returns. One at a time."""


class Database(ABC):
    """Reads and writes in transactions; opened at the first of them.

    `dialect_name` is `sqlite`, `postgresql` or `mysql` (MariaDB too). `writers` is how many transactions can write
    at a time. `file` is where a SQLite database lies. `str()` names it for people, without a secret.
    """

    dialect_name: str
    writers: int
    file: Path | None

    _readers: Readers

    async def read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `query(connection, …)` returns, all of it read from one state of the database."""
        return await self._readers.run(lambda connection: query(connection, *args, **kwargs))

    async def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `work(connection, …)` returns, once everything it did is durable.

        `work` may be called more than once, each time in a fresh transaction: where somebody else held a lock, or
        the connection was lost before the commit.
        """
        return await self._transact(lambda connection: work(connection, *args, **kwargs))

    async def alone(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, once, on a connection that ends with it, and however long it takes: for migrations."""
        return await self._transact_alone(lambda connection: work(connection, *args, **kwargs))

    @abstractmethod
    def _transact(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """As `write` promises."""

    @abstractmethod
    def _transact_alone(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """As `alone` promises."""

    @abstractmethod
    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """The state of the database now, to be read for as long as it takes."""

    def lonely(self) -> "AbstractAsyncContextManager[AsyncEngine]":
        """An engine whose connections end when they are given back, and whose statements may take any time.

        Only servers have one; raises `SettingsError` where the database is a file.
        """
        raise SettingsError(f"{self}: a file has no connections to hold")

    @abstractmethod
    async def aclose(self) -> None:
        """Finish what runs and close all connections; afterwards everything is `Unavailable`."""
