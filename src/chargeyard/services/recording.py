"""Commit, then announce: how the use cases of operators write."""

from datetime import datetime

from msgspec import Struct

from chargeyard.domain.events import Event
from chargeyard.services.ports import Bus, Clock, Journal


class Recorder(Struct, frozen=True):
    """The journal and the bus behind one word, so that nobody announces what is not durable."""

    journal: Journal
    bus: Bus
    clock: Clock

    def now(self) -> datetime:
        """The instant to put into an event."""
        return self.clock()

    async def record(self, *events: Event) -> None:
        """Return when `events` are durable and announced; raises as `Journal.commit` does."""
        await self.journal.commit(events)
        self.bus.publish(events)
