"""`chargeyard db backup` and `chargeyard db copy`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chargeyard.bootstrap.node import Announce, open_database
from chargeyard.errors import SettingsError
from chargeyard.services.credentials import KEY_FILE
from chargeyard.settings import Settings
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.moves.backup import back_up
from chargeyard.storage.moves.copying import Progress, Report, copy

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


async def back_up_database(settings: Settings, file: Path, announce: Announce) -> None:
    """Make a backup of the database of these settings. Raises `SettingsError` where that cannot be, `Unavailable`."""
    database = open_database(settings, to_write=False)
    try:
        with _progress(announce) as progress:
            await back_up(database, file, progress)
    finally:
        await database.aclose()
    announce(f"{database} has been backed up to {file}")
    if not settings.secret_key:
        announce(
            f"Keep {Path(settings.data_dir) / KEY_FILE} with it: without it all secrets have to be given anew."
        )


async def copy_database(source_url: str, target_url: str, announce: Announce) -> None:
    """Copy a whole database. Raises `SettingsError` where that cannot be, `Unavailable`, `Conflict`, `Poisoned`."""
    source, target = named_database("FROM", source_url), named_database("TO", target_url)
    try:
        with _progress(announce) as progress:
            report = await copy(source, target, progress)
    finally:
        await source.aclose()
        await target.aclose()
    _tell(report, announce)
    announce(
        f"Everything of {source} is in {target}. The secret key stays the same: {KEY_FILE}, or secret_key."
    )


def named_database(word: str, url: str) -> Database:
    """The database at `url`, which is called `word` on the command line. Raises `SettingsError` if it is none."""
    try:
        return connect(url)
    except SettingsError as error:
        raise SettingsError(f"{word}: {str(error).removeprefix('database.url: ')}") from None


def _tell(report: Report, announce: Announce) -> None:
    rows = sum(report.rows.values())
    announce(f"{rows} rows of {len(report.rows)} tables copied, and counted again in each.")
    if report.replaced:
        announce(
            f"The character NUL, which PostgreSQL cannot hold, stood in {report.replaced} texts: U+FFFD stands for it."
        )


# --- how far it is --------------------------------------------------------------------------------------------


@contextmanager
def _progress(announce: Announce) -> Iterator[Progress]:
    """A bar for somebody at a terminal, else a line for each table."""
    if not sys.stderr.isatty():
        yield _Lines(announce)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield _Bar(bars)


class _Lines:
    """Tells each table that has rows when it begins."""

    def __init__(self, announce: Announce) -> None:
        self._announce = announce

    def begin(self, table: str, rows: int) -> None:
        if rows:
            self._announce(f"{table}: {rows} rows")

    def advance(self, rows: int) -> None:
        """Lines do not move."""


class _Bar:
    """One bar for each table that has rows."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, table: str, rows: int) -> None:
        self._task = self._bars.add_task(table, total=rows) if rows else None

    def advance(self, rows: int) -> None:
        if self._task is not None:
            self._bars.advance(self._task, rows)
