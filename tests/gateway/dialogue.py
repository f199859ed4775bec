"""A charge point without a socket: it says frames to a session and reads what it is told."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from chargeyard.dialects.v16 import V16
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Policy
from chargeyard.gateway.backlog import Backlog
from chargeyard.gateway.registry import End, Opening, Registry
from chargeyard.gateway.session import Session
from chargeyard.gateway.yard import Yard
from tests.services.node import Node

STAMP = "2026-11-21T12:00:00Z"
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
AVAILABLE = {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": STAMP}
START = {"connectorId": 1, "idTag": "CARD1", "meterStart": 1000, "timestamp": STAMP}
STOP = {"meterStop": 8000, "timestamp": "2026-11-21T13:00:00Z"}
VALUES = {"connectorId": 1, "meterValue": [{"timestamp": STAMP, "sampledValue": [{"value": "1500"}]}]}


class Line:
    """The wire, and the charge point at its end."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.closed: tuple[int, str] | None = None
        self.pauses: list[str] = []
        self.end: End | None = None
        self.last_heard = 0.0
        self._count = 0

    # what the session calls

    def send(self, text: bytes) -> None:
        self.sent.append(json.loads(text))

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def pause(self) -> None:
        self.pauses.append("pause")

    def resume(self) -> None:
        self.pauses.append("resume")

    # what the charge point does

    def say(self, frame: Any) -> None:
        assert self.end is not None
        self.end.received(frame if isinstance(frame, bytes) else json.dumps(frame).encode())

    def call(self, action: str, payload: Any, message_id: str = "") -> str:
        self._count += 1
        message_id = message_id or f"c{self._count}"
        self.say([2, message_id, action, payload])
        return message_id

    def answers(self, message_id: str) -> list[Any]:
        return [frame for frame in self.sent if frame[0] in (3, 4) and frame[1] == message_id]

    async def ask(self, action: str, payload: Any, message_id: str = "") -> Any:
        """The answer to a call: the payload of a result, or the error code."""
        message_id = self.call(action, payload, message_id)
        await until(lambda: bool(self.answers(message_id)))
        kind, _, told, *_ = self.answers(message_id)[-1]
        assert kind in (3, 4)
        return told

    @property
    def asked(self) -> list[Any]:
        """The calls that have come from the other side."""
        return [frame for frame in self.sent if frame[0] == 2]

    async def asked_for(self, count: int = 1) -> Any:
        """The call number `count`, once it is there."""
        await until(lambda: len(self.asked) >= count)
        return self.asked[count - 1]

    def lose(self, reason: str = "gone") -> None:
        assert self.end is not None
        self.end.lost(reason)


async def until(condition: Callable[[], bool]) -> None:
    """Return when `condition` holds; a test that waits for ever is ended by its own timeout."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the condition is about state that nobody announces
            await asyncio.sleep(0.001)


class Stage:
    """A node with a registry, to which charge points connect."""

    def __init__(self, node: Node, *, policy: Policy | None = None, **yard: Any) -> None:
        self.node = node
        self.notes: list[tuple[str, bytes, bool]] = []
        given = {
            "inbound": node.inbound,
            "clock": node.clock,
            "backlog": Backlog(),
            "policy": policy or Policy(),
            "boot_grace_s": 60.0,
            **yard,
        }
        self.registry = Registry(Yard(note=self._note, **given), node.journal, node.bus)

    def _note(self, charge_point: str, direction: str, text: bytes, suspicious: bool) -> None:
        self.notes.append((direction, text, suspicious))

    async def connect(self, charge_point: str = "CP1", *, strict: bool = False) -> Line:
        """A session as the store knows the charge point."""
        loaded = await self.node.store.load(charge_point)
        state = loaded.state if loaded else ChargePoint(id=charge_point)
        line = Line()
        line.end = self.registry.open(self.opening(state, strict=strict), line)
        return line

    @staticmethod
    def opening(state: ChargePoint, *, strict: bool = False) -> Opening:
        return Opening(
            state=state,
            dialect=V16,
            subprotocol="ocpp1.6",
            remote="192.0.2.1",
            security_profile=0,
            strict=strict,
        )

    def session(self, charge_point: str = "CP1") -> Session:
        return self.registry._seats[charge_point].session
