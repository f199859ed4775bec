"""What stands behind the application in its tests: a clock, a menu, charge points that answer from a table."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from chargeyard.api.app import ApiServices
from chargeyard.domain.answers import Registration
from chargeyard.domain.commands import AnyCommand
from chargeyard.domain.events import ChargePointConnected, ChargePointRegistered, Event
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.services.outbound import pack, subject_of, unpack
from chargeyard.services.ports import MenuItem
from chargeyard.storage.engine import Database

PASSWORD = "correct horse battery"
START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

Answering = Callable[[AnyCommand], AnyOutcome]


class TickingClock:
    """Goes a second further whenever it is read; `jump` moves it on."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def jump(self, **distance: float) -> None:
        self.now += timedelta(**distance)


class Menu:
    """Two messages, one of them in two forms."""

    def actions(self) -> list[MenuItem]:
        reset = {"$ref": "#/components/schemas/one.ResetRequest"}
        return [
            MenuItem("Reset", reset, {"type": "object"}, ("one",)),
            MenuItem("Reset", {"type": "object"}, {"type": "object"}, ("two",)),
            MenuItem("NotifyPeriodicEventStream", {"type": "object"}, None, ("two",)),
        ]

    def components(self) -> Mapping[str, dict[str, Any]]:
        return {"one.ResetRequest": {"type": "object", "properties": {"type": {"type": "string"}}}}


class Yard:
    """Everything behind the application, and a way to put charge points into it."""

    def __init__(self, services: ApiServices, clock: TickingClock, database: Database) -> None:
        self.services = services
        self.clock = clock
        self.database = database
        self.asked: list[AnyCommand] = []
        self.published: list[Event] = []
        services.bus.subscribe(self.published.extend)

    async def record(self, *events: Event) -> None:
        await self.services.recorder.journal.commit(events)

    async def register(self, charge_point: str, **fields: Any) -> None:
        await self.record(
            ChargePointRegistered(
                recorded_at=self.clock(),
                charge_point=charge_point,
                registration=Registration.ACCEPTED,
                **fields,
            )
        )

    async def connect(self, charge_point: str, answer: Answering) -> None:
        """Register a charge point whose session answers every command with `answer(command)`."""
        await self.register(charge_point)
        await self.record(
            ChargePointConnected(
                recorded_at=self.clock(),
                charge_point=charge_point,
                epoch=1,
                subprotocol="test",
                remote="192.0.2.1",
                security_profile=1,
            )
        )

        async def execute(body: bytes) -> bytes:
            command = unpack(body).command
            self.asked.append(command)
            return pack(answer(command))

        self.services.bus.serve(subject_of(charge_point), execute)


Open = Callable[..., httpx2.AsyncClient]
