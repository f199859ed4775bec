"""The schema: made and brought up to date by the program itself, under a lock, and compared with the tables.

On SQLite the whole of an upgrade is one write transaction. It is its own lock: a second process waits in
BEGIN IMMEDIATE and then finds nothing to do; and an upgrade that is cut short has not happened.
"""

import asyncio
from pathlib import Path

from sqlalchemy import Connection, String, inspect, select
from sqlalchemy.sql import column, table

from chargeyard.errors import SettingsError, Unavailable
from chargeyard.storage import migrations
from chargeyard.storage.engine import Database
from chargeyard.storage.tables import metadata

_FOLDER = Path(migrations.__file__).parent
_VERSION = select(column("version_num", String)).select_from(table("alembic_version"))

PATIENCE = 60
"""How many attempts at the lock before giving up; each waits for the database's busy timeout."""


async def upgrade(database: Database) -> bool:
    """Bring the schema to that of this program; whether there was anything to do.

    Raises `SettingsError` if the database was made by a newer program, `Unavailable` if it cannot be opened or
    stays locked.
    """
    if await _version_if_any(database) == migrations.HEAD:
        return False
    for attempt in range(1, PATIENCE + 1):
        try:
            return await database.write(_upgrade)
        except Unavailable as error:
            if attempt == PATIENCE or "SQLITE_BUSY" not in str(error):
                raise
            await asyncio.sleep(0.05)
    raise AssertionError("the last attempt returns or raises")


async def require_current(database: Database) -> None:
    """Raises `SettingsError` unless the database is there and has the schema of this program."""
    version = await _version_if_any(database)
    if version is None:
        raise SettingsError(f"{database}: there is no Chargeyard database")
    if version != migrations.HEAD:
        raise SettingsError(
            f"{database} has schema {version}, this program wants {migrations.HEAD}: run `chargeyard db upgrade` first"
        )


async def drift(database: Database) -> list[str]:
    """How the database differs from the tables of this program, one line each; empty if not at all."""
    return await database.read(_drift)


async def _version_if_any(database: Database) -> str | None:
    """A reading connection would make an empty file where there is none."""
    return await database.read(_version) if await asyncio.to_thread(database.file.exists) else None


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_VERSION).scalar()


def _upgrade(connection: Connection) -> bool:
    version = _version(connection)
    if version == migrations.HEAD:
        return False
    if version is not None and version not in _known():
        raise SettingsError(
            f"the database has schema {version}, this program knows only up to {migrations.HEAD}:"
            " it was made by a newer Chargeyard; install that version, or name another database"
        )
    _run_alembic(connection)
    return True


def _known() -> set[str]:
    return {file.name.partition("_")[0] for file in (_FOLDER / "versions").glob("[0-9]*.py")}


def _run_alembic(connection: Connection, to: str = "head") -> None:
    from alembic import command  # slow to import, and rarely needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _drift(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [repr(difference) for difference in compare_metadata(context, metadata)]
