"""A charge point on a bench: a central system and a clock that are lists and numbers, so that hours are nothing.

Every message of the charge point is checked against the schemas that the PyPI `ocpp` package carries.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, TypeVar

from ocpp.messages import MessageType, get_validator

from chargeyard.simulator import instants, v2x, v16
from chargeyard.simulator.charge_point import SimulatedChargePoint
from chargeyard.simulator.connectors import AC_22_KW, Plug
from chargeyard.simulator.design import Design, Fate

SEND = 6
START = 1_800_000_000.0
Payload = dict[str, Any]


class Refuse(Exception):
    """Raised by an answer to refuse the call."""


def check(kind: int, action: str, payload: Any, version: str = "1.6") -> None:
    """Validate with the schemas of the `ocpp` package, in decimals: its validators are shared by all tests of a
    process, and whoever asks first decides whether 0.1 is a float in them."""
    exact = json.loads(json.dumps(payload), parse_float=Decimal)
    get_validator(kind, action, version, parse_float=Decimal).validate(exact)


ChargePointT = TypeVar("ChargePointT", bound=SimulatedChargePoint[Any])


class Workbench(Generic[ChargePointT]):
    """Runs a charge point against answers; `heard` is what it said, as (action, payload).

    ``version`` is as the `ocpp` package spells it.
    """

    version = ""

    def __init__(self, charge_point: ChargePointT) -> None:
        self.cp = charge_point
        self.now = START
        self.heard: list[tuple[str, Payload]] = []
        self.answers: dict[str, Callable[[Payload], Payload | None]] = {}
        self.reachable = True
        self.connects = 0
        self._ids = itertools.count(1)
        self._replies: dict[str, Any] = {}

    # ---------------------------------------------------------------- time

    def run(self, seconds: float) -> None:
        """Let time pass, deadline by deadline."""
        ends = self.now + seconds
        self._exchange()
        while (due := self.cp.next_deadline()) is not None and due <= ends:
            self.now = max(self.now, due)
            self.cp.tick(self.now)
            self._exchange()
        self.now = ends
        self.cp.tick(ends)
        self._exchange()

    def lose_connection(self) -> None:
        self.reachable = False
        self._exchange()

    def restore_connection(self) -> None:
        self.reachable = True
        self._exchange()

    def _exchange(self) -> None:
        while True:
            connected, wanted = self.cp.conversation.is_connected, self.cp.wants_link and self.reachable
            if wanted and not connected:
                self.connects += 1
                self.cp.connected(self.now)
            texts = self.cp.outgoing()
            for text in texts:
                self._take(json.loads(text))
            if not wanted and connected:
                self.cp.disconnected(self.now)
            if not texts and wanted == connected:
                return

    # ---------------------------------------------------------------- talk

    def call(self, action: str, payload: Payload | None = None) -> Any:
        """Ask the charge point; its response, or ["error code", ...] of its refusal. Consequences follow."""
        response = self.ask(action, payload or {})
        self.run(0.0)
        return response

    def ask(self, action: str, payload: Payload) -> Any:
        call_id = f"cs-{next(self._ids)}"
        check(MessageType.Call, action, payload, self.version)
        self.cp.receive(json.dumps([2, call_id, action, payload]), self.now)
        self._exchange()
        response = self._replies.pop(call_id)
        if isinstance(response, dict):
            check(MessageType.CallResult, action, response, self.version)
        return response

    def _take(self, frame: list[Any]) -> None:
        if frame[0] == SEND:
            check(SEND, frame[2], frame[3], self.version)
            self.heard.append((frame[2], frame[3]))
            return
        if frame[0] != MessageType.Call:
            self._replies[frame[1]] = frame[2] if frame[0] == MessageType.CallResult else frame[2:]
            return
        _, call_id, action, payload = frame
        check(MessageType.Call, action, payload, self.version)
        self.heard.append((action, payload))
        try:
            answer = self.answers.get(action, lambda _: self.sensible(action))(payload)
        except Refuse:
            self.cp.receive(json.dumps([4, call_id, "InternalError", "", {}]), self.now)
            return
        if answer is not None:
            self.cp.receive(json.dumps([3, call_id, answer]), self.now)

    def sensible(self, action: str) -> Payload:
        raise NotImplementedError

    # ---------------------------------------------------------------- what was said

    def forget(self) -> None:
        self.heard.clear()

    def actions(self, *without: str) -> list[str]:
        return [action for action, _ in self.heard if action not in without]

    def payloads(self, action: str) -> list[Payload]:
        return [payload for said, payload in self.heard if said == action]


class Bench(Workbench[v16.ChargePoint]):
    """With a charge point of 1.6."""

    version = "1.6"

    def __init__(
        self, *, seed: int = 1, configuration: dict[str, str] | None = None, speed: float = 1.0
    ) -> None:
        design = Design(plugs=(AC_22_KW, AC_22_KW), configuration=configuration or {})
        super().__init__(v16.ChargePoint("SIM-1", design, Fate(seed, speed)))
        self._transactions = itertools.count(501)

    def sensible(self, action: str) -> Payload:
        now, accepted = instants.written(self.now), {"idTagInfo": {"status": "Accepted"}}
        if action == "StartTransaction":
            return {**accepted, "transactionId": next(self._transactions)}
        answers: dict[str, Payload] = {
            "BootNotification": {"status": "Accepted", "currentTime": now, "interval": 300},
            "Heartbeat": {"currentTime": now},
            "Authorize": accepted,
            "SignCertificate": {"status": "Accepted"},
        }
        return answers.get(action, {})

    def statuses(self, connector_id: int) -> list[str]:
        told = self.payloads("StatusNotification")
        return [payload["status"] for payload in told if payload["connectorId"] == connector_id]


EDITIONS = {"2.0.1": v2x.V201, "2.1": v2x.V21}


class LaterBench(Workbench[v2x.ChargePoint]):
    """With a charge point of 2.0.1 or 2.1."""

    def __init__(
        self,
        version: str = "2.0.1",
        *,
        plugs: tuple[Plug, ...] = (AC_22_KW, AC_22_KW),
        configuration: dict[str, str] | None = None,
        speed: float = 1.0,
        by_event: bool = False,
    ) -> None:
        self.version = version
        design = Design(plugs=plugs, configuration=configuration or {}, tells_availability_by_event=by_event)
        super().__init__(v2x.ChargePoint(EDITIONS[version], "SIM-1", design, Fate(1, speed)))

    def sensible(self, action: str) -> Payload:
        now, accepted = instants.written(self.now), {"idTokenInfo": {"status": "Accepted"}}
        answers: dict[str, Payload] = {
            "BootNotification": {"status": "Accepted", "currentTime": now, "interval": 300},
            "Heartbeat": {"currentTime": now},
            "Authorize": accepted,
            "SignCertificate": {"status": "Accepted"},
            "OpenPeriodicEventStream": {"status": "Accepted"},
        }
        return answers.get(action, {})

    def statuses(self, evse_id: int, connector_id: int = 1) -> list[str]:
        told = self.payloads("StatusNotification")
        place = (evse_id, connector_id)
        return [p["connectorStatus"] for p in told if (p["evseId"], p["connectorId"]) == place]

    def events(self) -> list[Payload]:
        """All TransactionEvents."""
        return self.payloads("TransactionEvent")

    def triggers(self) -> list[tuple[str, str]]:
        """(event type, trigger reason) of all TransactionEvents but samples."""
        return [
            (event["eventType"], event["triggerReason"])
            for event in self.events()
            if event["triggerReason"] != "MeterValuePeriodic"
        ]
