"""Nothing is announced that is not durable."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chargeyard.bus.local import LocalBus
from chargeyard.domain.answers import Registration
from chargeyard.domain.events import ChargePointRegistered, Event
from chargeyard.errors import Conflict
from chargeyard.services.recording import Recorder
from chargeyard.storage import tables
from chargeyard.storage.engine import connect
from chargeyard.storage.journal import SqlJournal

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def registered(charge_point: str) -> ChargePointRegistered:
    """Two of these contradict each other: a token names one charge point."""
    return ChargePointRegistered(
        recorded_at=NOW, charge_point=charge_point, registration=Registration.ACCEPTED, token=b"the same"
    )


@pytest.fixture
async def recorder(tmp_path: Path) -> AsyncIterator[Recorder]:
    database = connect(str(tmp_path / "chargeyard.db"))
    await database.write(tables.metadata.create_all)
    journal = SqlJournal(database)
    yield Recorder(journal, LocalBus(), lambda: NOW)
    await journal.aclose()
    await database.aclose()


async def test_what_is_stored_is_announced_and_what_is_not_is_not(recorder: Recorder) -> None:
    heard: list[Event] = []
    recorder.bus.subscribe(heard.extend)
    first = registered("CP1")
    await recorder.record(first)
    with pytest.raises(Conflict):
        await recorder.record(registered("CP2"))
    assert heard == [first]
    assert recorder.now() == NOW
