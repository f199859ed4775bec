"""A gateway on a real port with sessions that echo, and a client that can misbehave byte by byte."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from chargeyard.dialects import SPOKEN, Dialect
from chargeyard.dialects.dialect import choose
from chargeyard.dialects.v16 import V16
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.gateway.connection import Connection
from chargeyard.gateway.gate import Gate, Terms
from chargeyard.gateway.listeners import Gateway, Listener
from chargeyard.services.admission import Admitted, Knock, Refusal
from chargeyard.services.ports import Loaded

WORD = V16.subprotocol
OFFER: Any = [WORD]
"""For clients of the `websockets` library, which has a type of its own for these words."""
QUICK = Terms(handshake_timeout_s=5.0, close_timeout_s=1.0, linger_s=1.0)

TEXT, BINARY, CONT, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


class Echo:
    """A session that says everything back. `received` and `ended` are what it was told."""

    def __init__(self, admitted: Admitted, dialect: Dialect, connection: Connection) -> None:
        self.identity = admitted.identity
        self.dialect = dialect
        self.connection = connection
        self.count = 0
        self.last = b""
        self.ended: list[str] = []
        self.over = asyncio.Event()

    def received(self, text: bytes) -> None:
        assert isinstance(text, bytes)
        self.count += 1
        self.last = text
        self.connection.send(text)

    def lost(self, reason: str) -> None:
        self.ended.append(reason)
        self.over.set()


Admit = Callable[[Knock], Awaitable[Admitted | Refusal]]


async def admit_all(knock: Knock) -> Admitted | Refusal:
    """Whoever names itself may come in."""
    if knock.objection:
        return knock.objection
    await asyncio.sleep(0)
    return Admitted(Loaded(ChargePoint(id=knock.claims[0].identity or ""), None, None, ""), 0, knock.remote)


class Yard:
    """A running gateway: its port, and every session it opened."""

    def __init__(self, terms: Terms, admit: Admit, session: type[Echo]) -> None:
        self.sessions: list[Echo] = []
        self._session = session
        self.gate = Gate(admit, partial(choose, spoken=SPOKEN), self._open, terms)
        self.gateway = Gateway(self.gate, "/ocpp")

    @property
    def port(self) -> int:
        return self.gateway.ports[0]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    def _open(self, admitted: Admitted, dialect: Dialect, connection: Connection) -> Echo:
        session = self._session(admitted, dialect, connection)
        self.sessions.append(session)
        return session


async def until(condition: Callable[[], object]) -> None:
    """Return once `condition` holds; the test's own time limit ends a wait in vain."""
    while not condition():  # noqa: ASYNC110 - there is no event for what tests look at
        await asyncio.sleep(0)


async def nothing_to_settle() -> None:
    """The echo has no work that outlives a message."""


@asynccontextmanager
async def running(
    terms: Terms = QUICK,
    admit: Admit = admit_all,
    session: type[Echo] = Echo,
    listener: Listener | None = None,
) -> AsyncIterator[Yard]:
    """A gateway for the length of the block; afterwards no socket of it is open."""
    yard = Yard(terms, admit, session)
    await yard.gateway.start([listener or Listener(host="127.0.0.1", port=0, path="/ocpp")])
    try:
        yield yard
    finally:
        await yard.gateway.drain(0.5, nothing_to_settle)
        assert not yard.gate.connections
        assert yard.gate.handshakes == 0
        assert all(len(session.ended) == 1 for session in yard.sessions)


def request(target: str = "/ocpp/CP1", *more: str, offer: str = WORD) -> bytes:
    """An upgrade request, with `more` header lines."""
    lines = [
        f"GET {target} HTTP/1.1",
        "Host: csms.example",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {offer}",
        *more,
    ]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def frame(
    payload: bytes, opcode: int = TEXT, *, fin: bool = True, rsv1: bool = False, mask: bool = True
) -> bytes:
    """A WebSocket frame, masked with zeros."""
    first = (0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode
    bit = 0x80 if mask else 0
    if len(payload) < 126:
        head = struct.pack("!BB", first, bit | len(payload))
    elif len(payload) < 65536:
        head = struct.pack("!BBH", first, bit | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, bit | 127, len(payload))
    return head + (b"\0\0\0\0" if mask else b"") + payload


class Socket:
    """A client that sends what it is told and reads frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read_head(self) -> tuple[int, dict[str, str]]:
        """The status and the headers (names in lower case) of an HTTP response."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        return int(status.split(" ")[1]), headers

    async def read_frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame."""
        first, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)

    async def read_close(self) -> int:
        """The code of the close frame that comes next, pings aside."""
        opcode, payload = await self.read_frame()
        while opcode == PING:
            opcode, payload = await self.read_frame()
        assert opcode == CLOSE, (opcode, payload)
        return int(struct.unpack("!H", payload[:2])[0])

    async def read_end(self) -> bytes:
        """Everything until the server hangs up."""
        return await self.reader.read()


@asynccontextmanager
async def dialled(port: int) -> AsyncIterator[Socket]:
    """A TCP connection to the gateway."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Socket(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def connected(yard: Yard, target: str = "/ocpp/CP1", *more: str) -> AsyncIterator[Socket]:
    """An open WebSocket."""
    async with dialled(yard.port) as socket:
        await socket.send(request(target, *more))
        status, _ = await socket.read_head()
        assert status == 101
        yield socket
