"""A charge point on the PyPI package `ocpp`, which checks all it says and hears against the published schemas."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ocpp.v16
import pytest
from ocpp.routing import on
from ocpp.v16 import call, call_result
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.e2e.server import Server
from tests.e2e.wire import AT, OFFER, Payload, basic, register

PASSWORD = "a password of 16+"


class Recorded:
    """A WebSocket that keeps what went over it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.heard: list[list[Any]] = []
        self.said: list[list[Any]] = []

    async def recv(self) -> str | bytes:
        text = await self._socket.recv()
        self.heard.append(json.loads(text))
        return text

    async def send(self, text: str) -> None:
        self.said.append(json.loads(text))
        await self._socket.send(text)


ANSWERS: dict[str, Any] = {
    "CancelReservation": call_result.CancelReservation("Accepted"),
    "CertificateSigned": call_result.CertificateSigned("Accepted"),
    "ChangeAvailability": call_result.ChangeAvailability("Accepted"),
    "ChangeConfiguration": call_result.ChangeConfiguration("Accepted"),
    "ClearCache": call_result.ClearCache("Accepted"),
    "ClearChargingProfile": call_result.ClearChargingProfile("Accepted"),
    "DataTransfer": call_result.DataTransfer("Accepted", "pong"),
    "DeleteCertificate": call_result.DeleteCertificate("Accepted"),
    "ExtendedTriggerMessage": call_result.ExtendedTriggerMessage("Accepted"),
    "GetCompositeSchedule": call_result.GetCompositeSchedule(
        "Accepted", 1, AT, {"charging_rate_unit": "A", "charging_schedule_period": [{"start_period": 0, "limit": 16}]}
    ),
    "GetConfiguration": call_result.GetConfiguration(
        [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}], ["Colour"]
    ),
    "GetDiagnostics": call_result.GetDiagnostics("diagnostics.zip"),
    "GetInstalledCertificateIds": call_result.GetInstalledCertificateIds("NotFound"),
    "GetLocalListVersion": call_result.GetLocalListVersion(7),
    "GetLog": call_result.GetLog("Accepted", "log.zip"),
    "InstallCertificate": call_result.InstallCertificate("Accepted"),
    "RemoteStartTransaction": call_result.RemoteStartTransaction("Accepted"),
    "RemoteStopTransaction": call_result.RemoteStopTransaction("Accepted"),
    "ReserveNow": call_result.ReserveNow("Accepted"),
    "Reset": call_result.Reset("Accepted"),
    "SendLocalList": call_result.SendLocalList("Accepted"),
    "SetChargingProfile": call_result.SetChargingProfile("Accepted"),
    "SignedUpdateFirmware": call_result.SignedUpdateFirmware("Accepted"),
    "TriggerMessage": call_result.TriggerMessage("Accepted"),
    "UnlockConnector": call_result.UnlockConnector("Unlocked"),
    "UpdateFirmware": call_result.UpdateFirmware(),
}  # fmt: skip


def _handler(action: str) -> Any:
    def answer(self: Any, **payload: Any) -> Any:
        return self.answer_to(action)

    answer.__name__ = f"on_{action}"  # by which the package finds it
    return on(action)(answer)


class Answering(ocpp.v16.ChargePoint):  # type: ignore[misc]
    """Answers as `ANSWERS` says, or as it was told otherwise; an exception refuses."""

    def __init__(self, identity: str, connection: Recorded) -> None:
        super().__init__(identity, connection)
        self.wire = connection
        self.otherwise: dict[str, Any] = {}

    def answer_to(self, action: str) -> Any:
        answer = self.otherwise.get(action, ANSWERS[action])
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def asked(self) -> list[Any]:
        """Action and payload of the last call it heard."""
        return next(frame for frame in reversed(self.wire.heard) if frame[0] == 2)[2:]

    @property
    def replied(self) -> Payload:
        """The payload of its last answer to a call."""
        return next(frame for frame in reversed(self.wire.said) if frame[0] == 3)[2]


Client: Any = type("Client", (Answering,), {f"on_{action}": _handler(action) for action in ANSWERS})


@asynccontextmanager
async def client(server: Server, identity: str) -> AsyncIterator[Any]:
    """A booted client that listens."""
    await register(server, identity, password=PASSWORD)
    login = basic(identity, PASSWORD)
    async with connect(
        f"{server.ws_url}/{identity}", subprotocols=OFFER, additional_headers=login, proxy=None
    ) as socket:
        charge_point = Client(identity, Recorded(socket))
        listening = asyncio.create_task(charge_point.start())
        booted = await charge_point.call(call.BootNotification("M", "V"), suppress=False)
        assert (booted.status, booted.interval) == ("Accepted", 300)
        yield charge_point
    with pytest.raises(ConnectionClosed):
        await listening
