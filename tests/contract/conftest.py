"""Every implementation of the storage ports. A test that asks for `backend` runs once over each."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import Struct

from chargeyard.services.ports import Sequences, Store
from chargeyard.storage import migrate
from chargeyard.storage.engine import Database
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.memory import MemoryJournal, MemoryMessageSink, MemorySequences, MemoryStore
from chargeyard.storage.message_sink import SqlMessageSink
from chargeyard.storage.sequences import SqlSequences
from chargeyard.storage.store import SqlStore


class Backend(Struct):
    """One implementation of everything."""

    journal: SqlJournal | MemoryJournal
    store: Store
    sequences: Sequences
    sink: SqlMessageSink | MemoryMessageSink


@pytest.fixture
async def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy; made once for each run of the suite, since Alembic takes its time."""
    file = tmp_path_factory.getbasetemp() / "empty.sqlite"
    if not file.exists():
        database = Database(str(file))
        await migrate.upgrade(database)
        await database.aclose()
    return file


@pytest.fixture(params=["memory", "sqlite"])
async def backend(
    request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path
) -> AsyncIterator[Backend]:
    if request.param == "memory":
        journal, sink = MemoryJournal(), MemoryMessageSink()
        yield Backend(journal, MemoryStore(journal, sink), MemorySequences(), sink)
        return
    shutil.copy(empty_database, tmp_path / "chargeyard.sqlite")
    database = Database(f"sqlite:///{tmp_path}/chargeyard.sqlite")
    backend = Backend(
        SqlJournal(database), SqlStore(database), SqlSequences(database), SqlMessageSink(database)
    )
    yield backend
    await backend.journal.aclose()
    await database.aclose()
