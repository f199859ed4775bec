"""`chargeyard import`: what other systems and tables know, into the database of these settings."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from msgspec import Struct

from chargeyard.bootstrap.node import Announce, now, open_database
from chargeyard.bus.local import LocalBus
from chargeyard.errors import Conflict, SettingsError
from chargeyard.services.credentials import Keys, load_or_create_key
from chargeyard.services.imports.csv_rows import Bad, Good, read
from chargeyard.services.imports.intake import Fate, Intake
from chargeyard.services.imports.running import Rows, Tally, check, look_through, run
from chargeyard.services.imports.tables import TABLES
from chargeyard.services.numbers import Numbers
from chargeyard.services.recording import Recorder
from chargeyard.settings import Settings
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.migrate import upgrade
from chargeyard.storage.partitions import SqlPartitions
from chargeyard.storage.sequences import SqlSequences
from chargeyard.storage.store import SqlStore


@asynccontextmanager
async def intake_of(settings: Settings, is_dry: bool) -> AsyncIterator[Intake]:
    """The way into the database of these settings, whose schema is brought up to date."""
    database = open_database(settings)
    try:
        secret = load_or_create_key(Path(settings.data_dir), settings.secret_key)
        await upgrade(database)
        journal = SqlJournal(database)
        try:
            yield Intake(
                store=SqlStore(database),
                recorder=Recorder(journal, LocalBus(), now),
                keys=Keys(secret),
                numbers=Numbers(SqlSequences(database), secret),
                partitions=SqlPartitions(database) if database.dialect_name == "postgresql" else None,
                is_dry=is_dry,
            )
        finally:
            await journal.aclose()
    finally:
        await database.aclose()


class CsvOrder(Struct, frozen=True, kw_only=True):
    """Which table shall be taken, and how; `is_dry`: nothing is stored."""

    kind: str
    file: Path
    is_dry: bool = False
    skips_bad: bool = False


async def import_csv(settings: Settings, order: CsvOrder, announce: Announce) -> None:
    """Take the rows of a table. Raises `SettingsError` for a file that cannot be read, `Conflict` where rows are bad.

    Unless bad rows are skipped, nothing is stored before all rows have been found good.
    """

    rows = partial(_rows, order.file, order.kind)
    async with intake_of(settings, order.is_dry) as intake:
        is_stored = not order.is_dry and (order.skips_bad or not await _are_refused(rows, order.kind, intake))
        tally = await (run if is_stored else check)(rows, intake)
    _tell(tally, order.kind, announce, is_stored)
    if tally.refused and not order.skips_bad:
        raise Conflict("rows are refused: mend them, or leave them out with --skip-bad")


async def _are_refused(rows: Rows, kind: str, intake: Intake) -> bool:
    """Whether any row will be; only of a charge point the database decides too, whose token may be taken."""
    tally = await check(rows, intake) if kind == "charge-points" else look_through(rows)
    return bool(tally.refused)


def _rows(file: Path, kind: str) -> Iterator[Good | Bad]:
    """The rows of a UTF-8 file, with or without a mark at its beginning; what goes wrong is a `SettingsError`."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from read(lines, TABLES[kind])
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file}: is not in UTF-8") from None
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from None


def _tell(tally: Tally, kind: str, announce: Announce, is_stored: bool) -> None:
    for line in tally.lines():
        announce(line)
    announce(f"{kind}: {tally.summary(is_stored)}")
    if not is_stored:
        announce("Nothing has been stored.")
    elif not (tally.fates[Fate.TAKEN] or tally.fates[Fate.ENDED]):
        announce("Nothing has changed.")
