"""One server for one database.

A second one would book the charge points of the first as offline, and both would write the state of one.
"""

import asyncio
import os
import sys
from abc import ABC, abstractmethod
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection, Select, func, literal, select, text

from chargeyard.errors import SettingsError, Unavailable
from chargeyard.storage.engine import Database, translated

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection  # drivers of servers, and greenlet, are extras

log = structlog.get_logger(__name__)

CHECKED_EVERY_S = 5.0
LAPSES_AFTER_S = 20
"""Of silence: a server whose machine has died does not end its connection, and must not keep others out for hours."""
_POSTGRES_LOCK = 0x63687964_73657276
"""Of PostgreSQL's advisory locks, the one of servers (`chyd`, `serv`)."""


class Claim(ABC):
    """Held from `take` to `release`, or to the end of the process, however it ends."""

    @abstractmethod
    async def take(self) -> None:
        """Raises `SettingsError` if another server holds it or it cannot be written, `Unavailable` without a database."""

    @abstractmethod
    async def keep(self) -> None:
        """Watch over it until cancelled. Raises `SettingsError` if another server has taken it."""

    @abstractmethod
    async def release(self) -> None:
        """Another server may take it."""


def claim_of(database: Database) -> Claim:
    """The claim to `database`, not taken yet."""
    return FileClaim(database.file) if database.file is not None else ServerClaim(database)


class FileClaim(Claim):
    """A locked file beside the database, there as long as somebody holds it; by whatever links the database is named."""

    def __init__(self, file: Path) -> None:
        file = file.resolve()
        self._file = file.with_name(f"{file.name}.lock")
        self._descriptor: int | None = None

    async def take(self) -> None:
        try:
            while self._descriptor is None:
                self._descriptor = self._locked()
        except BlockingIOError:
            raise SettingsError(f"another server is running on this database ({self._file})") from None
        except OSError as error:
            raise SettingsError(f"{self._file}: {error.strerror}") from None

    async def keep(self) -> None:
        """The system keeps it as long as this process lives."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        if self._descriptor is None:
            return
        # While it is locked: whoever has opened this file meanwhile will see that its name is gone.
        with suppress(OSError):  # a folder that may be read only by now; the file does no harm
            if self._is_still(self._descriptor):
                self._file.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def _locked(self) -> int | None:
        """A descriptor that holds the lock; None if what it locks was removed by its holder before that. Raises
        `BlockingIOError` if somebody else holds it."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
            is_held = self._is_still(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        if is_held:
            return descriptor
        os.close(descriptor)
        return None

    def _is_still(self, descriptor: int) -> bool:
        """Whether the name is that of the open file: a lock on another one keeps nobody out."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._file.stat())
        except FileNotFoundError:
            return False


def _lock(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class ServerClaim(Claim):
    """A lock of the database server, which holds it as long as one connection of ours lives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held = AsyncExitStack()
        self._connection: AsyncConnection | None = None

    async def take(self) -> None:
        await self.release()
        with translated():
            engine = await self._held.enter_async_context(self._database.lonely())
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
            connection = await self._held.enter_async_context(engine.connect())
            await connection.execute(text(_LAPSE[self._database.dialect_name]))
            is_ours = await connection.run_sync(_try_lock)
        if not is_ours:
            await self.release()
            raise SettingsError(f"another server is running on this database ({self._database})")
        self._connection = connection

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(CHECKED_EVERY_S)
            try:
                await (self._check() if self._connection is not None else self.take())
            except Unavailable as error:
                # The lock has gone with the connection; whoever is first takes it.
                log.warning("claim to the database to be taken again", reason=str(error))
                await self.release()
            except SettingsError:
                raise
            except Exception:
                # Nothing unforeseen in here may end a server that works.
                log.exception("claim to the database not checked")
                await self.release()

    async def _check(self) -> None:
        assert self._connection is not None
        with translated():
            async with asyncio.timeout(CHECKED_EVERY_S):
                await self._connection.execute(select(literal(1)))

    async def release(self) -> None:
        self._connection = None
        held, self._held = self._held, AsyncExitStack()
        try:
            with translated():
                await held.aclose()
        except Unavailable as error:
            log.debug("the connection of the claim was gone", reason=str(error))


_LAPSE = {
    # PostgreSQL knows this since version 14; before, only its TCP keepalive ends the connection.
    "postgresql": f"SELECT set_config('idle_session_timeout', '{LAPSES_AFTER_S}s', false)"
    " WHERE current_setting('server_version_num')::int >= 140000",
    "mysql": f"SET SESSION wait_timeout = {LAPSES_AFTER_S}",
}


def _try_lock(connection: Connection) -> bool:
    wanted: Select[tuple[int]] = select(func.pg_try_advisory_lock(_POSTGRES_LOCK))
    if connection.dialect.name == "mysql":
        wanted = select(func.get_lock(func.concat("chargeyard.serve.", func.md5(func.database())), 0))
    return bool(connection.execute(wanted).scalar())
