"""Every implementation of the storage ports. A test that asks for `backend` runs once over each."""

from collections.abc import AsyncIterator

import pytest
from msgspec import Struct

from chargeyard.services.ports import Sequences, Store
from chargeyard.storage import migrate
from chargeyard.storage.engine import connect
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.memory import MemoryJournal, MemoryMessageSink, MemorySequences, MemoryStore
from chargeyard.storage.message_sink import SqlMessageSink
from chargeyard.storage.sequences import SqlSequences
from chargeyard.storage.store import SqlStore
from tests.conftest import RequireService
from tests.databases import KINDS, SERVERS, Templates, missing


class Backend(Struct):
    """One implementation of everything."""

    journal: SqlJournal | MemoryJournal
    store: Store
    sequences: Sequences
    sink: SqlMessageSink | MemoryMessageSink


async def migrated(url: str) -> None:
    """Bring the database at `url` to the schema of this program."""
    database = connect(url)
    await migrate.upgrade(database)
    await database.aclose()


@pytest.fixture(params=["memory", *KINDS])
async def backend(
    request: pytest.FixtureRequest, templates: Templates, require_service: RequireService
) -> AsyncIterator[Backend]:
    kind = request.param
    if kind == "memory":
        journal, sink = MemoryJournal(), MemoryMessageSink()
        yield Backend(journal, MemoryStore(journal, sink), MemorySequences(), sink)
        return
    if kind in SERVERS:
        why = missing(kind)
        require_service(why is None, why or "")
    async with templates.copy(kind, migrated) as url:
        database = connect(url)
        backend = Backend(
            SqlJournal(database), SqlStore(database), SqlSequences(database), SqlMessageSink(database)
        )
        yield backend
        await backend.journal.aclose()
        await database.aclose()
