"""A charge point of 2.0.1 or 2.1 on the PyPI package `ocpp`, which answers what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import ocpp.v21
import ocpp.v201
import pytest
from ocpp.routing import on
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.e2e.pypi import PASSWORD, Recorded
from tests.e2e.server import Server
from tests.e2e.wire import Payload, basic, register

VERSIONS: dict[str, ModuleType] = {"ocpp2.0.1": ocpp.v201, "ocpp2.1": ocpp.v21}

Answering = Callable[[Payload], Payload]
"""What a call of ours is answered with: fields in the package's spelling."""


class Client:
    """One connected client; `say` sends a call by its name and gives the answer."""

    def __init__(self, charge_point: Any, version: ModuleType, recorded: Recorded) -> None:
        self._charge_point = charge_point
        self._version = version
        self.wire = recorded

    async def say(self, action: str, /, **payload: Any) -> Any:
        message = getattr(self._version.call, action)(**payload)
        return await self._charge_point.call(message, suppress=False)

    @property
    def asked(self) -> list[Any]:
        """Action and payload of the calls it heard."""
        return [frame[2:] for frame in self.wire.heard if frame[0] == 2]

    async def until_asked(self, action: str, times: int) -> list[Payload]:
        """The payloads of the calls of that name, as soon as there are so many; TimeoutError if there never are."""
        async with asyncio.timeout(20.0):
            while len(self.payloads(action)) < times:  # noqa: ASYNC110 - the package has no news to wait for
                await asyncio.sleep(0.01)
        return self.payloads(action)

    def payloads(self, action: str) -> list[Payload]:
        """The payloads of the calls of that name, in order."""
        return [payload for name, payload in self.asked if name == action]

    def last(self, action: str) -> Payload:
        """The payload of the last call of that name."""
        return self.payloads(action)[-1]


def looked_up(answers: Mapping[str, Payload]) -> dict[str, Answering]:
    """Answers as they stand in `answers` when they are given: a test may change them."""

    def answering(action: str) -> Answering:
        return lambda payload: answers[action]

    return {action: answering(action) for action in answers}


def _handler(version: ModuleType, action: str, answering: Answering) -> Any:
    def answer(self: Any, **payload: Any) -> Any:
        return getattr(version.call_result, action)(**answering(payload))

    answer.__name__ = f"on_{action}"  # by which the package finds it
    return on(action)(answer)


@asynccontextmanager
async def client(
    server: Server, identity: str, word: str, answers: Mapping[str, Answering]
) -> AsyncIterator[Client]:
    """A new client of that version that listens and has booted."""
    await register(server, identity, password=PASSWORD)
    version = VERSIONS[word]
    handlers = {f"on_{action}": _handler(version, action, answer) for action, answer in answers.items()}
    kind: Any = type("Answering", (version.ChargePoint,), handlers)
    offer: Any = [word]
    async with connect(
        f"{server.ws_url}/{identity}",
        subprotocols=offer,
        additional_headers=basic(identity, PASSWORD),
        proxy=None,
    ) as socket:
        recorded = Recorded(socket)
        charge_point = kind(identity, recorded)
        listening = asyncio.create_task(charge_point.start())
        connected = Client(charge_point, version, recorded)
        station = {"model": "M", "vendor_name": "V"}
        await connected.say("BootNotification", charging_station=station, reason="PowerUp")
        yield connected
    with pytest.raises(ConnectionClosed):
        await listening
