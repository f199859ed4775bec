"""A node without sockets: the real services over the memory back end, whose database can be taken away."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from chargeyard.bus.local import LocalBus
from chargeyard.domain import events
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken
from chargeyard.errors import Conflict, Poisoned, Unavailable
from chargeyard.services.inbound import Inbound
from chargeyard.services.numbers import Numbers
from chargeyard.services.ports import Fence
from chargeyard.services.recording import Recorder
from chargeyard.storage.memory import MemoryJournal, MemoryMessageSink, MemorySequences, MemoryStore

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def digest_of_code(code: bytes) -> bytes:
    """A digest that no test need guess."""
    return blake2b(code, digest_size=32).digest()


class Faltering(MemoryJournal):
    """A journal whose database goes away, is slow, or refuses some kinds of events for good."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.poison: type[events.Event] | None = None
        self.conflicts = 0
        self.defect: type[events.Event] | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()

    async def commit(self, happened: Sequence[events.Event], fence: Fence | None = None) -> None:
        self.entered.set()
        await self.gate.wait()
        if self.is_away:
            raise Unavailable("the database is away")
        if self.poison is not None and any(isinstance(event, self.poison) for event in happened):
            raise Poisoned("a value has no place in the database")
        if self.defect is not None and any(isinstance(event, self.defect) for event in happened):
            raise ZeroDivisionError
        if self.conflicts:
            self.conflicts -= 1
            raise Conflict("already taken")
        await super().commit(happened, fence)

    def of(self, kind: type[events.Event]) -> list[events.Event]:
        """The committed events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


class Node:
    """Everything that takes reports. The clock stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW
        self.journal = Faltering()
        self.store = MemoryStore(self.journal, MemoryMessageSink())
        self.sequences = MemorySequences()
        self.bus = LocalBus()
        self.heard: list[events.Event] = []
        self.bus.subscribe(self.heard.extend)
        self.numbers = Numbers(self.sequences, b"key")
        self.recorder = Recorder(self.journal, self.bus, self.clock)
        self.inbound = Inbound(self.recorder, self.store, self.numbers, digest_of_code)

    def clock(self) -> datetime:
        return self.now

    def later(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    async def register(self, charge_point: str, registration: Registration = Registration.ACCEPTED) -> None:
        await self.journal.commit(
            [
                events.ChargePointRegistered(
                    recorded_at=self.now, charge_point=charge_point, registration=registration
                )
            ]
        )

    async def admit(self, *tokens: IdToken) -> None:
        await self.journal.commit(
            [events.IdTokenSaved(recorded_at=self.now, token=token) for token in tokens]
        )
