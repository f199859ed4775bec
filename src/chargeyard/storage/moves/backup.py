"""A backup: one SQLite file with one state of the database, whatever kind that is; the server may be running."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from chargeyard.errors import Conflict, Poisoned, SettingsError, Unavailable
from chargeyard.storage import migrate
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.exports.files import draft_of, place
from chargeyard.storage.moves.copying import Progress, Report, copy


async def back_up(database: Database, file: Path, progress: Progress) -> Report | None:
    """Make `file`, readable by its owner alone, and complete or not at all; what was copied, from a server.

    A SQLite database may have any schema: before an upgrade is when a backup is wanted most. Raises `SettingsError`
    if `file` is there already or cannot be written, and as `copy` does: what cannot be had is named.
    """
    if await migrate.version(database) is None:
        raise SettingsError(f"{database}: there is no Chargeyard database")
    with draft_of(file) as draft:
        try:
            return await _drafted(database, draft, file, progress)
        except (Unavailable, Conflict, Poisoned) as error:
            # What is said of the draft holds for the file, and nobody has asked for a draft.
            raise type(error)(str(error).replace(str(draft), str(file))) from None


async def _drafted(database: Database, draft: Path, file: Path, progress: Progress) -> Report | None:
    report = None
    await asyncio.to_thread(_make, draft)
    if database.file is not None:
        await asyncio.to_thread(_copy_pages, database.file, draft)
    else:
        report = await _copy_rows(database, draft, progress)
    await asyncio.to_thread(_finish, draft, file)
    return report


def _make(draft: Path) -> None:
    """Hashes of secrets are nobody else's business."""
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _copy_pages(source: Path, draft: Path) -> None:
    """All pages in one step: it reads one state, while others may write, and is never begun anew because of them."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(draft)) as writing,
        ):
            reading.execute("PRAGMA busy_timeout = 10000")
            reading.backup(writing, pages=-1)
    except sqlite3.Error as error:
        raise Unavailable(f"{draft}: the backup could not be written: {error}") from None


async def _copy_rows(database: Database, draft: Path, progress: Progress) -> Report:
    target = connect(str(draft))
    try:
        return await copy(database, target, progress)
    finally:
        await target.aclose()


def _finish(draft: Path, file: Path) -> None:
    """One file alone, found to be whole, and on the disk."""
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise Unavailable(f"{draft}: the backup cannot be read again: {error}") from None
    if verdict != "ok":
        raise Unavailable(f"{draft}: the backup is damaged, and so may be the database: {verdict}")
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    place(draft, file)
