"""Every implementation of the storage ports. A test that asks for `backend` runs once over each."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from msgspec import Struct

from chargeyard.services.ports import Expiring, Partitions, RollUps, Sequences, Store
from chargeyard.storage import expiry, migrate
from chargeyard.storage.engine import connect
from chargeyard.storage.expiry import SqlExpiry
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.memory import MemoryJournal, MemoryMessageSink, MemorySequences, MemoryStore
from chargeyard.storage.memory import expiry as memory_expiry
from chargeyard.storage.memory.expiry import MemoryExpiry
from chargeyard.storage.memory.roll_ups import MemoryRollUps
from chargeyard.storage.message_sink import SqlMessageSink
from chargeyard.storage.partitions import SqlPartitions
from chargeyard.storage.roll_ups import SqlRollUps
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
    roll_ups: RollUps
    partitions: Partitions | None
    expiry: Callable[[str], Expiring]


def _memory_expiry(journal: MemoryJournal, sink: MemoryMessageSink, name: str) -> Expiring:
    return MemoryExpiry(journal, sink, memory_expiry.RULES[name])


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
        store, roll_ups = MemoryStore(journal, sink), MemoryRollUps(journal)
        yield Backend(
            journal, store, MemorySequences(), sink, roll_ups, None, partial(_memory_expiry, journal, sink)
        )
        return
    if kind in SERVERS:
        why = missing(kind)
        require_service(why is None, why or "")
    async with templates.copy(kind, migrated) as url:
        database = connect(url)
        backend = Backend(
            SqlJournal(database),
            SqlStore(database),
            SqlSequences(database),
            SqlMessageSink(database),
            SqlRollUps(database),
            SqlPartitions(database) if database.dialect_name == "postgresql" else None,
            lambda name: SqlExpiry(database, expiry.RULES[name]),
        )
        yield backend
        await backend.journal.aclose()
        await database.aclose()
