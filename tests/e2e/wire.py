"""A charge point that says word for word what it is told to, right or wrong, over a real WebSocket."""

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.server import Server

Payload = dict[str, Any]

ANSWERED_WITHIN_S = 30.0
"""No measure of speed: beyond this a test is stuck."""

OFFER: Any = ["ocpp1.6"]
"""The library has a type of its own for these words."""

BOOT: Payload = {"chargePointVendor": "Wire", "chargePointModel": "W1"}
AT = "2026-01-01T12:00:00Z"


class Wire:
    """One open WebSocket of a charge point of 1.6."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._numbers = itertools.count(1)

    async def say(self, text: str | bytes) -> None:
        """Send one text message, whatever it is."""
        await self.socket.send(text, text=True)

    async def hear(self) -> list[Any]:
        """The next frame."""
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            return json.loads(await self.socket.recv())

    async def call(self, action: str, payload: Payload, message_id: str = "") -> list[Any]:
        """Send a call; the frame that answers it."""
        message_id = message_id or f"wire-{next(self._numbers)}"
        await self.say(json.dumps([2, message_id, action, payload]))
        reply = await self.hear()
        assert reply[1] == message_id, f"{action} {message_id} was followed by {reply}"
        return reply

    async def ask(self, action: str, **payload: Any) -> Payload:
        """The answer to a call that must not be refused."""
        reply = await self.call(action, payload)
        assert reply[0] == 3, f"{action} {payload} was refused: {reply}"
        return reply[2]

    async def boot(self) -> Payload:
        """BootNotification."""
        return await self.ask("BootNotification", **BOOT)

    async def alive(self) -> None:
        """The connection is there and answers: the next thing heard is the answer to this heartbeat."""
        answer = await self.ask("Heartbeat")
        assert answer.keys() == {"currentTime"}

    async def answer(self, **payload: Any) -> list[Any]:
        """Wait for a call and accept it; the call."""
        call = await self.hear()
        assert call[0] == 2, f"a call was expected, not {call}"
        await self.say(json.dumps([3, call[1], payload]))
        return call


@asynccontextmanager
async def wire(server: Server, identity: str, **options: Any) -> AsyncIterator[Wire]:
    """A connection of `identity`; `options` are those of `websockets`."""
    settings = {"subprotocols": OFFER, "compression": None, "close_timeout": 2, "proxy": None} | options
    async with connect(f"{server.ws_url}/{identity}", **settings) as socket:
        yield Wire(socket)


@asynccontextmanager
async def booted(server: Server, identity: str, **settings: Any) -> AsyncIterator[Wire]:
    """A charge point that was registered with `settings`, has connected and is accepted."""
    await register(server, identity, **settings)
    async with wire(server, identity) as charge_point:
        assert (await charge_point.boot())["status"] == "Accepted"
        yield charge_point


async def register(server: Server, identity: str, **settings: Any) -> Payload:
    """Register a charge point; one without a credential unless `settings` name one."""
    wanted = {"cpId": identity, **settings}
    if not wanted.keys() & {"password", "token", "generate"}:
        wanted["generate"] = "none"
    return await told(server, "POST", "/charge-point", json=wanted)


async def told(server: Server, method: str, path: str, **request: Any) -> Payload:
    """What REST answers to a request that must succeed."""
    response = await server.http.request(method, path, timeout=ANSWERED_WITHIN_S, **request)
    assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
    return response.json() if response.content else {}


async def items(server: Server, path: str, **wanted: Any) -> list[Payload]:
    """The items of a list of fewer than 500; `wanted` are its filters."""
    return (await told(server, "GET", path, params={"limit": 500, **wanted}))["items"]


def basic(user: str, password: str | bytes) -> dict[str, str]:
    """The header of HTTP Basic."""
    secret = password.encode() if isinstance(password, str) else password
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()}
