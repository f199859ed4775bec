"""The schema: made and brought up to date by the program itself, under a lock, and compared with the tables.

On SQLite and PostgreSQL the whole of an upgrade is one transaction: one that is cut short has not happened. On
MariaDB and MySQL every step is its own, and one that is cut short is made again from where it stood
(`migrations/steps.py`). Of several programs that start at once one upgrades; the others wait for it and then
find nothing to do.
"""

import asyncio
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, String, func, inspect, select, update
from sqlalchemy.sql import column, table

from chargeyard.errors import Contended, SettingsError, Unavailable
from chargeyard.storage import migrations
from chargeyard.storage.engine import Database
from chargeyard.storage.partitions import is_partition
from chargeyard.storage.tables import metadata

log = structlog.get_logger()

_FOLDER = Path(migrations.__file__).parent
_VERSIONS = table("alembic_version", column("version_num", String))
_VERSION = select(_VERSIONS.c.version_num)

PATIENCE = 60
"""How many attempts at the lock before giving up; each waits for the database's busy timeout."""

UNFINISHED = "unfinished copy"
"""Stands for the version while a copy goes on (`moves/copying.py`): nothing else shall use the database."""

_POSTGRES_LOCK = 0x63687964_6D696772
"""Of PostgreSQL's advisory locks, the one of upgrades (`chyd`, `migr`)."""


async def upgrade(database: Database) -> bool:
    """Bring the schema to that of this program; whether there was anything to do.

    Raises `SettingsError` if the database was made by a newer program, `Unavailable` if it cannot be opened or
    stays locked.
    """
    if await _version_if_any(database) == migrations.HEAD:
        return False
    for attempt in range(1, PATIENCE + 1):
        try:
            return await database.alone(_upgrade)
        except Unavailable as error:
            is_locked = isinstance(error, Contended) or "SQLITE_BUSY" in str(error)
            if attempt == PATIENCE or not is_locked:
                raise
            await asyncio.sleep(0.05)
    raise AssertionError("the last attempt returns or raises")


async def require_current(database: Database) -> None:
    """Raises `SettingsError` unless the database is there and has the schema of this program."""
    version = await _version_if_any(database)
    if version is None:
        raise SettingsError(f"{database}: there is no Chargeyard database")
    refuse_foreign(version)
    if version != migrations.HEAD:
        raise SettingsError(
            f"{database} has schema {version}, this program wants {migrations.HEAD}: run `chargeyard db upgrade` first"
        )


def mark(connection: Connection, as_version: str) -> None:
    """Let the database say that it has that version."""
    connection.execute(update(_VERSIONS).values(version_num=as_version))


def refuse_foreign(known: str | None) -> None:
    """Raises `SettingsError` for a version that no upgrade of this program can change."""
    if known == UNFINISHED:
        raise SettingsError(
            "a copy into this database has not been finished: run `chargeyard db copy` again, which begins it anew"
        )
    if known is not None and known not in _known():
        raise SettingsError(
            f"the database has schema {known}, this program knows only up to {migrations.HEAD}:"
            " it was made by a newer Chargeyard; install that version, or name another database"
        )


async def drift(database: Database) -> list[str]:
    """How the database differs from the tables of this program, one line each; empty if not at all."""
    return await database.read(_drift)


async def version(database: Database) -> str | None:
    """The schema's version, None where there is no schema of ours."""
    return await _version_if_any(database)


async def _version_if_any(database: Database) -> str | None:
    """A reading connection would make an empty file where there is none."""
    if database.file is not None and not await asyncio.to_thread(database.file.exists):
        return None
    return await database.read(_version)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_VERSION).scalar()


def _upgrade(connection: Connection) -> bool:
    _lock(connection)
    known = _version(connection)
    if known == migrations.HEAD:
        return False
    refuse_foreign(known)
    if known is not None:
        # It may take minutes, in which nothing else is heard of a server that starts.
        log.info("schema brought up to date", before=known, after=migrations.HEAD)
    _run_alembic(connection)
    return True


def _lock(connection: Connection) -> None:
    """Wait for the other upgrades; until the transaction ends, or on MariaDB and MySQL the connection.

    SQLite's transaction is its own lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
    elif connection.dialect.name == "mysql":
        name = func.concat("chargeyard.upgrade.", func.md5(func.database()))
        if not connection.execute(select(func.get_lock(name, PATIENCE))).scalar():
            raise Contended("somebody else is upgrading the database")


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

    options = {"compare_type": True, "include_name": _is_declared}
    context = MigrationContext.configure(connection, opts=options)
    return [_in_words(difference) for difference in compare_metadata(context, metadata)]


def _is_declared(name: str | None, kind: str, _parents: object) -> bool:
    """Partitions are no tables of their own."""
    return kind != "table" or not is_partition(name)


def _in_words(difference: Any) -> str:
    return repr(difference)
