"""From one database into another, of any kind: one state of the source, row by row the same.

The target's schema is made by the migrations. From before its first row until everything has been counted it says
that it is unfinished (`migrate.UNFINISHED`), so that no server starts on it, and the next copy begins anew.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from msgspec import Struct, field
from sqlalchemy import Connection, Table

from chargeyard.errors import Conflict, Poisoned, SettingsError, Unavailable
from chargeyard.storage import migrate
from chargeyard.storage.claim import claim_of
from chargeyard.storage.engine import Database, Snapshot
from chargeyard.storage.migrations import HEAD
from chargeyard.storage.moves import pages
from chargeyard.storage.partitions import SqlPartitions
from chargeyard.storage.tables import metadata, meter_value

AT_FIRST, AT_ONCE = 100, 2000
"""Rows of a first page, and of any page at most."""

BYTES_AT_ONCE = 8_000_000
"""About so much text of a page at most: messages may have half a megabyte each."""


class Progress(Protocol):
    """Who is told how far it is."""

    def begin(self, table: str, rows: int) -> None: ...
    def advance(self, rows: int) -> None: ...


class Report(Struct):
    """What has been copied: the rows of each table, and how many texts had the character NUL replaced."""

    rows: dict[str, int] = field(default_factory=dict)
    replaced: int = 0


async def copy(source: Database, target: Database, progress: Progress) -> Report:
    """Copy everything. Raises `SettingsError` where that cannot be begun, `Conflict` where the counts differ, and
    `Unavailable`, which says of which of the two."""
    with _naming(source):
        await migrate.require_current(source)
    if _are_the_same(source, target):
        raise SettingsError("the two are the same database")
    claim = claim_of(target)
    with _naming(target):
        await claim.take()
    try:
        with _naming(target):
            await _prepare(target)
        report = await _copy_tables(source, target, progress)
        with _naming(target):
            await _finish(target, report)
    finally:
        await claim.release()
    return report


def _are_the_same(source: Database, target: Database) -> bool:
    if source.file is not None and target.file is not None:
        return source.file.resolve() == target.file.resolve()
    return str(source) == str(target)


@contextmanager
def _naming(database: Database) -> Iterator[None]:
    """There are two that may be away, or full: what is raised says which."""
    try:
        yield
    except Unavailable as error:
        raise Unavailable(f"{database}: {error}") from None


async def _prepare(target: Database) -> None:
    """An empty database that says that it is unfinished; a file is made for its owner alone, it has hashes of secrets."""
    if target.file is not None:
        await asyncio.to_thread(target.file.touch, 0o600)
    known = await migrate.version(target)
    if known == migrate.UNFINISHED:
        await target.write(_for_all(pages.empty))
        return
    await migrate.upgrade(target)
    if known is None:
        # A migration may have left rows of its own; those of the source take their place.
        await target.write(_for_all(pages.empty))
    for table in metadata.sorted_tables:
        if await target.read(pages.count, table):
            raise SettingsError(
                f"{target}: its table {table.name} has rows, and a copy needs an empty database"
            )
    await target.write(migrate.mark, migrate.UNFINISHED)


def _for_all(work: Callable[[Connection, Table], Any]) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        for table in reversed(metadata.sorted_tables):
            work(connection, table)

    return run


async def _copy_tables(source: Database, target: Database, progress: Progress) -> Report:
    copying = _Copying(source, target, progress)
    async with AsyncExitStack() as held:
        with _naming(source):
            snapshot = await held.enter_async_context(source.snapshot())
        for table in metadata.sorted_tables:
            await copying.copy(snapshot, table)
    return copying.report


class _Copying:
    """Moves the rows of one table after the other."""

    def __init__(self, source: Database, target: Database, progress: Progress) -> None:
        self.report = Report()
        self._source = source
        self._target = target
        self._progress = progress
        self._is_postgresql = target.dialect_name == "postgresql"
        self._partitions = SqlPartitions(target)

    async def copy(self, snapshot: Snapshot, table: Table) -> None:
        with _naming(self._source):
            total = await snapshot.read(pages.count, table)
        self.report.rows[table.name] = total
        self._progress.begin(table.name, total)
        async for rows in self._pages(snapshot, table):
            with _naming(self._target):
                await self._write(table, rows)
            self._progress.advance(len(rows))

    async def _pages(self, snapshot: Snapshot, table: Table) -> AsyncIterator[list[pages.Row]]:
        after: pages.Key | None = None
        size = min(AT_FIRST, AT_ONCE)
        while True:
            with _naming(self._source):
                rows = await snapshot.read(pages.page, table, after, size)
            if not rows:
                return
            after = pages.key_of(table, rows[-1])
            size = max(1, min(AT_ONCE, BYTES_AT_ONCE * len(rows) // pages.characters(rows)))
            yield rows

    async def _write(self, table: Table, rows: list[pages.Row]) -> None:
        if self._is_postgresql:
            self.report.replaced += pages.without_nuls(table, rows)
            if table is meter_value:
                # So that old months can go at once there too.
                await self._partitions.make_for((row["at"] for row in rows), datetime.now(UTC))
        try:
            await self._target.write(pages.write, table, rows)
        except (Conflict, Poisoned) as error:
            message = f"the table {table.name} cannot be copied into {self._target}: {error}"
            raise type(error)(message) from None


async def _finish(target: Database, report: Report) -> None:
    """Count what has arrived, and let the target be a database like any other."""
    for table in metadata.sorted_tables:
        arrived = await target.read(pages.count, table)
        if arrived != report.rows[table.name]:
            raise Conflict(
                f"of the table {table.name} {arrived} rows have arrived, there were {report.rows[table.name]}"
            )
        await target.write(pages.count_on, table)
    await target.write(migrate.mark, HEAD)
