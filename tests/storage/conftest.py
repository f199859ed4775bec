"""A migrated SQLite file, and everything that is made on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chargeyard.storage import migrate
from chargeyard.storage.engine.sqlite import SqliteDatabase
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.store import SqlStore


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """It gives up quickly on somebody else's lock, so that the tests need not wait."""
    database = SqliteDatabase(tmp_path / "chargeyard.sqlite", busy_timeout_s=0.02)
    await migrate.upgrade(database)
    yield database
    await database.aclose()


@pytest.fixture
async def journal(database: SqliteDatabase) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(database)
    yield journal
    await journal.aclose()


@pytest.fixture
def store(database: SqliteDatabase) -> SqlStore:
    return SqlStore(database)
