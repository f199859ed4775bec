"""What is written: the journal, the sequences and the message log."""

import asyncio
from collections.abc import Sequence

from chargeyard.domain.events import Event
from chargeyard.domain.records import MessageRecord
from chargeyard.errors import Conflict, Fenced, Unavailable
from chargeyard.services.ports import Fence, Frame
from chargeyard.storage.memory.evolutions import evolve
from chargeyard.storage.memory.tables import Tables


class MemoryJournal:
    """`services.ports.Journal`, and the tables that the store reads. `events` is all that was ever committed."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.tables = Tables()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Commits under way: none ever is."""
        return 0

    async def commit(self, events: Sequence[Event], fence: Fence | None = None) -> None:
        if self._closed:
            raise Unavailable("the journal is closed")
        if fence is not None and self._epoch(fence.charge_point) > fence.epoch:
            raise Fenced("a newer session has taken over")
        try:
            self._evolve(events)
        except Conflict:
            # Some of them may have happened already: begin again from those that were committed.
            self.tables = Tables()
            self._evolve(self.events)
            raise
        self.events.extend(events)

    def begin(self, events: Sequence[Event], fence: Fence | None = None) -> asyncio.Future[None]:
        return asyncio.ensure_future(self.commit(events, fence))

    async def aclose(self) -> None:
        self._closed = True

    def _epoch(self, charge_point: str) -> int:
        known = self.tables.charge_points.get(charge_point)
        return known.epoch if known is not None else 0

    def _evolve(self, events: Sequence[Event]) -> None:
        for event in events:
            evolve(self.tables, event)


class MemorySequences:
    """`services.ports.Sequences`."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    async def reserve(self, name: str, count: int) -> int:
        first = self._next.get(name, 1)
        self._next[name] = first + count
        return first


class MemoryMessageSink:
    """`services.ports.MessageSink`."""

    def __init__(self) -> None:
        self.messages: list[MessageRecord] = []
        self._count = 0

    async def write(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            self._count += 1
            self.messages.append(
                MessageRecord(
                    id=self._count,
                    charge_point=frame.charge_point,
                    at=frame.at,
                    direction=frame.direction,
                    text=frame.text,
                )
            )
