"""A socket for a simulated charge point: `websockets`' Sans-I/O client in one asyncio protocol, and the way back.

One task for each charge point waits for its connection to end and makes the next; while it is up everything is
callbacks and one timer, so that ten thousand in one process are cheap.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.frames import CloseCode, Frame, Opcode
from websockets.headers import build_authorization_basic
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from chargeyard.simulator.charge_point import SimulatedChargePoint

OPEN_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 5.0
BACK_OFF_FIRST_S = 1.0
BACK_OFF_MOST_S = 60.0
_LONGEST_SLEEP_S = 3600.0


class Address(msgspec.Struct, frozen=True):
    """Where and how to connect; ``{id}`` in any field stands for the name of the charge point.

    Without ``{id}`` in it, ``url`` gets the name appended to its path. ``token`` is sent as ``?token=``, and
    ``password`` as HTTP Basic with the name as user.
    """

    url: str
    password: str = ""
    token: str = ""
    ssl_context: ssl.SSLContext | None = None

    def url_of(self, name: str) -> str:
        """The URL for one charge point."""
        quoted = quote(name, safe="")
        parts = urlsplit(self.url.replace("{id}", quoted))
        path = parts.path if "{id}" in self.url else f"{parts.path.rstrip('/')}/{quoted}"
        token = urlencode({"token": self.token.replace("{id}", name)}) if self.token else ""
        query = "&".join(filter(None, (parts.query, token)))
        return urlunsplit(parts._replace(path=path, query=query, fragment=""))

    def authorization_of(self, name: str, password: str | None = None) -> str | None:
        """The Authorization header for one charge point, if it has a password; its own goes first."""
        told = self.password.replace("{id}", name) if password is None else password
        return build_authorization_basic(name, told) if told else None


class ConnectionRefused(Exception):
    """The central system did not take the connection; the text says why."""


class Socket(asyncio.Protocol):
    """One WebSocket connection of one charge point, from the handshake to the end."""

    def __init__(
        self, charge_point: SimulatedChargePoint[Any], address: Address, clock: Callable[[], float]
    ) -> None:
        self._cp = charge_point
        self._clock = clock
        self._websocket = ClientProtocol(
            parse_uri(address.url_of(charge_point.name)),
            subprotocols=[Subprotocol(charge_point.wire.subprotocol)],
            max_size=2**20,
        )
        self._authorization = address.authorization_of(charge_point.name, charge_point.password)
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self._loop.create_future()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._parts: list[bytes] = []

    # -------------------------------------------------------------- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP (and TLS) is there: ask for the upgrade."""
        # No isinstance: the transport of uvloop is of another family.
        self._transport = cast("asyncio.Transport", transport)
        request = self._websocket.connect()
        if self._authorization is not None:
            request.headers["Authorization"] = self._authorization
        self._websocket.send_request(request)
        self._write()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._websocket.receive_data(data)
        self._take_events()
        self._flush()

    def eof_received(self) -> None:
        """The other end has finished writing."""
        self._websocket.receive_eof()
        self._take_events()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, however it came."""
        del exc
        if self._timer is not None:
            self._timer.cancel()
        if not self.opened.done():
            self.opened.set_exception(ConnectionRefused("closed during the handshake"))
        self._cp.disconnected(self._clock())
        if not self.closed.done():
            self.closed.set_result(None)

    # -------------------------------------------------------------- what the link calls

    def close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE) -> None:
        """Begin to close; the transport is cut off if the other end takes too long."""
        if self._websocket.state is State.OPEN:
            self._websocket.send_close(code)
            self._write()
        if self._transport is not None:
            self._loop.call_later(CLOSE_TIMEOUT_S, self._transport.abort)

    def abort(self) -> None:
        """End the connection without a closing handshake."""
        if self._transport is not None:
            self._transport.abort()

    def tick(self) -> None:
        """Let the charge point do what is due."""
        self._timer = None
        self._cp.tick(self._clock())
        self._flush()

    # -------------------------------------------------------------- inside

    def _take_events(self) -> None:
        for event in self._websocket.events_received():
            if isinstance(event, Response):
                self._take_response()
            elif isinstance(event, Frame):
                self._take_frame(event)
        error = self._websocket.handshake_exc
        if error is not None and not self.opened.done():
            self._refused(error)

    def _take_response(self) -> None:
        if self._websocket.handshake_exc is None and not self.opened.done():
            self.opened.set_result(None)
            self._cp.connected(self._clock())

    def _refused(self, error: Exception) -> None:
        said = f"HTTP {error.response.status_code}" if isinstance(error, InvalidStatus) else str(error)
        self.opened.set_exception(ConnectionRefused(said))
        if self._transport is not None:
            self._transport.abort()

    def _take_frame(self, frame: Frame) -> None:
        # Control frames are answered by the Sans-I/O layer; OCPP knows no binary messages.
        if frame.opcode is Opcode.TEXT or (frame.opcode is Opcode.CONT and self._parts):
            self._parts.append(bytes(frame.data))
        else:
            return
        if frame.fin:
            text, self._parts = b"".join(self._parts), []
            self._cp.receive(text, self._clock())

    def _flush(self) -> None:
        if self._websocket.state is State.OPEN:
            for text in self._cp.outgoing():
                self._websocket.send_text(text)
            if not self._cp.wants_link:
                self.close()
        self._write()
        self._set_timer()

    def _write(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        for data in self._websocket.data_to_send():
            if data:
                self._transport.write(data)
            else:
                # The Sans-I/O layer asks for the end of the stream.
                self._transport.close()

    def _set_timer(self) -> None:
        if self._websocket.state is not State.OPEN:
            return
        due = self._cp.next_deadline()
        if self._timer is not None:
            # A timer that goes off early only costs one look; resetting it for every frame would cost more.
            if due is None or self._timer_at <= due:
                return
            self._timer.cancel()
        if due is not None:
            self._timer_at = due
            self._timer = self._loop.call_later(max(0.0, due - self._clock()), self.tick)


class Link:
    """Keeps a charge point connected for as long as it wants to be, with exponential back-off and jitter."""

    def __init__(
        self,
        charge_point: SimulatedChargePoint[Any],
        address: Address,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cp = charge_point
        self._address = address
        self._clock = clock
        # Its own numbers: how often the network fails must not change what the charge point does.
        self._rng = random.Random(f"link/{charge_point.name}")
        self._failures = 0
        self._socket: Socket | None = None
        self.refusal = ""

    async def run(self) -> None:
        """Connect again and again, until cancelled."""
        try:
            while True:
                await self._until_wanted()
                await self._connect_once()
        finally:
            if self._socket is not None:
                self._socket.close(CloseCode.GOING_AWAY)
                await asyncio.wait([self._socket.closed], timeout=2 * CLOSE_TIMEOUT_S)

    def nudge(self) -> None:
        """Something was done to the charge point from outside of its life: let it speak of it now."""
        if self._socket is None or self._socket.closed.done():
            self._cp.tick(self._clock())
        else:
            self._socket.tick()

    def drop(self) -> None:
        """Cut the connection as a broken network does: without a word, and not by the charge point's wish."""
        if self._socket is not None:
            self._socket.abort()

    async def _connect_once(self) -> None:
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                self._socket = await self._open()
        except (OSError, TimeoutError, ConnectionRefused, InvalidHandshake) as error:
            self.refusal = str(error) or type(error).__name__
            self._cp.tally.failed_connects += 1
            await self._sleep(self._back_off())
            return
        self._failures = 0
        self.refusal = ""
        await asyncio.shield(self._socket.closed)
        self._socket = None
        if self._cp.wants_link:
            # Nobody wished for the end: all others may be coming back at this moment too.
            await self._sleep(self._back_off())

    async def _open(self) -> Socket:
        uri = parse_uri(self._address.url_of(self._cp.name))
        context = (self._address.ssl_context or ssl.create_default_context()) if uri.secure else None
        transport, socket = await asyncio.get_running_loop().create_connection(
            lambda: Socket(self._cp, self._address, self._clock), uri.host, uri.port, ssl=context
        )
        try:
            await socket.opened
        except BaseException:
            transport.abort()
            raise
        return socket

    def _back_off(self) -> float:
        longest_s = min(BACK_OFF_MOST_S, BACK_OFF_FIRST_S * 2.0**self._failures)
        self._failures = min(self._failures + 1, 10)
        return self._rng.uniform(longest_s / 2, longest_s)

    async def _until_wanted(self) -> None:
        while not self._cp.wants_link:
            due = self._cp.next_deadline()
            now = self._clock()
            await asyncio.sleep(
                _LONGEST_SLEEP_S if due is None else max(0.0, min(due - now, _LONGEST_SLEEP_S))
            )
            self._cp.tick(self._clock())

    async def _sleep(self, seconds: float) -> None:
        """Wait, and let life go on meanwhile: cars charge although nobody hears of it."""
        ends = self._clock() + seconds
        while (now := self._clock()) < ends:
            due = self._cp.next_deadline()
            await asyncio.sleep(max(0.0, (ends if due is None else min(due, ends)) - now))
            self._cp.tick(self._clock())
