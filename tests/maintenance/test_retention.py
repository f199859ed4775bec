"""Old rows go, in small steps; new ones stay."""

from datetime import UTC, datetime, timedelta

import pytest

from chargeyard.maintenance import retention
from chargeyard.maintenance.retention import Retention
from chargeyard.services.ports import Frame, Paging
from chargeyard.storage.memory import MemoryJournal, MemoryMessageSink, MemoryStore

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_messages_go_after_their_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when there are more of them than one step deletes."""
    monkeypatch.setattr(retention, "STEP", 2)
    sink = MemoryMessageSink()
    ages = [0, 13, 15, 16, 17, 18, 400]
    await sink.write([Frame("CP1", NOW - timedelta(days=age), "in", str(age)) for age in ages])
    await Retention(sink, lambda: NOW, days=14).once()
    left = await MemoryStore(MemoryJournal(), sink).list_messages("CP1", Paging())
    assert sorted(message.text for message in left.items) == ["0", "13"]
