"""A small central system on the PyPI `ocpp` package: it checks every message of ours against the schemas."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from ocpp.messages import Call, CallError, CallResult, unpack, validate_payload
from websockets.asyncio.server import Server, ServerConnection, serve

Answer = dict[str, Any]
Judge = Callable[[str, Answer], Answer | None]
"""From action and payload to the response; None leaves the call unanswered, Refuse refuses it."""


class Refuse(Exception):
    """Raised by a judge to answer with a CALLERROR."""


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class CentralSystem:
    """Keeps what it was told, in order; answers by `judge`, or else sensibly."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, Answer]] = []
        self.invalid: list[str] = []
        self.paths: list[str] = []
        self.subprotocols: set[tuple[str, str]] = set()
        self.authorizations: list[str | None] = []
        self.judge: Judge = self.sensible
        self.interval_s = 300
        self.sockets: dict[str, ServerConnection] = {}
        self.server: Server | None = None
        self._transactions = itertools.count(1000)
        self._ids = itertools.count(1)
        self._waiting: dict[str, tuple[str, asyncio.Future[Answer]]] = {}
        self._news = asyncio.Condition()

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"ws://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/ocpp"

    def sensible(self, action: str, payload: Answer) -> Answer:
        accepted = {"idTokenInfo" if "idToken" in payload else "idTagInfo": {"status": "Accepted"}}
        if action == "StartTransaction":
            return {**accepted, "transactionId": next(self._transactions)}
        if action == "TransactionEvent":
            return accepted if "idToken" in payload else {}
        answers: dict[str, Answer] = {
            "BootNotification": {"status": "Accepted", "currentTime": now(), "interval": self.interval_s},
            "Heartbeat": {"currentTime": now()},
            "Authorize": accepted,
            "StopTransaction": {},
            "SignCertificate": {"status": "Accepted"},
            "DataTransfer": {"status": "Accepted"},
        }
        return answers.get(action, {})

    def actions(self) -> list[str]:
        return [action for _, action, _ in self.heard]

    def payloads(self, action: str) -> list[Answer]:
        return [payload for _, said, payload in self.heard if said == action]

    def ended(self, subprotocol: str) -> int:
        """How many transactions of 2.x charge points with this subprotocol have ended."""
        names = {name for name, kind in self.subprotocols if kind == subprotocol}
        return sum(name in names and payload.get("eventType") == "Ended" for name, _, payload in self.heard)

    async def until(self, claim: Callable[[], bool]) -> None:
        """Wait until the claim is true; the test's time-out is the limit."""
        async with self._news:
            await self._news.wait_for(claim)

    async def call(self, name: str, action: str, payload: Answer) -> Answer:
        """Ask a charge point; a CALLERROR comes back as {"error": code}."""
        call_id = f"cs-{next(self._ids)}"
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[call_id] = (action, future)
        request = Call(unique_id=call_id, action=action, payload=payload)
        await validate_payload(request, _version(self.sockets[name]))
        await self.sockets[name].send(request.to_json())
        return await future

    async def hang_up(self) -> None:
        for socket in list(self.sockets.values()):
            await socket.close()

    async def serve_one(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.paths.append(socket.request.path)
        self.authorizations.append(socket.request.headers.get("Authorization"))
        name = socket.request.path.partition("?")[0].rpartition("/")[2]
        self.sockets[name] = socket
        self.subprotocols.add((name, str(socket.subprotocol)))
        await self._tell()
        async for text in socket:
            await self._take(name, socket, str(text))
            await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _take(self, name: str, socket: ServerConnection, text: str) -> None:
        message = unpack(text)
        if not isinstance(message, Call):
            await self._take_reply(message, _version(socket))
            return
        try:
            await validate_payload(message, _version(socket))
        except Exception as error:  # noqa: BLE001 - whatever the library has to say goes into the report
            self.invalid.append(f"{text}: {error!r}")
        self.heard.append((name, message.action, message.payload))
        try:
            answer = self.judge(message.action, message.payload)
        except Refuse:
            await socket.send(json.dumps([4, message.unique_id, "InternalError", "", {}]))
            return
        if answer is not None:
            await socket.send(json.dumps([3, message.unique_id, answer]))

    async def _take_reply(self, message: CallResult | CallError, version: str) -> None:
        action, future = self._waiting.pop(message.unique_id)
        if isinstance(message, CallError):
            future.set_result({"error": message.error_code})
            return
        message.action = action
        try:
            await validate_payload(message, version)
        except Exception as error:  # noqa: BLE001 - as above
            self.invalid.append(f"{action}: {message.payload}: {error!r}")
        future.set_result(message.payload)


def _version(socket: ServerConnection) -> str:
    """As the `ocpp` package spells it."""
    return str(socket.subprotocol).removeprefix("ocpp")


@contextlib.asynccontextmanager
async def central_system(
    process_request: Callable[..., Awaitable[Any] | Any] | None = None,
) -> AsyncIterator[CentralSystem]:
    """Serve on a free port; afterwards every message must have been valid."""
    system = CentralSystem()
    async with serve(
        system.serve_one,
        "127.0.0.1",
        0,
        subprotocols=["ocpp2.1", "ocpp2.0.1", "ocpp1.6"],  # type: ignore[list-item]
        compression=None,
        process_request=process_request,
    ) as server:
        system.server = server
        yield system
    assert system.invalid == []
