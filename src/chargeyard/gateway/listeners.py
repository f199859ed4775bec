"""Which ports charge points connect to, and how a node stops listening without breaking a promise.

A charge point comes through a port of its own (plain or TLS) or through the HTTP server's port, which hands
WebSocket upgrades over (`Gateway.upgrade`). Either way it is the same `Arrival` and `Connection`.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from msgspec import Struct

from chargeyard.errors import SettingsError
from chargeyard.gateway.arrival import Arrival
from chargeyard.gateway.gate import Gate
from chargeyard.gateway.handshake import Door

_log = logging.getLogger(__name__)

GOING_AWAY = 1001


class Listener(Struct, frozen=True, kw_only=True):
    """A port for charge points alone. With certificate and key (PEM files) it speaks TLS.

    `backlog` is how many connections may wait to be accepted; it decides how long a reconnect storm lasts,
    and the kernel caps it (`net.core.somaxconn`).
    """

    host: str
    port: int
    path: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    backlog: int = 4096


class Gateway:
    """All ports of a node."""

    def __init__(self, gate: Gate, path: str) -> None:
        """`path` is where charge points connect on the HTTP server's port."""
        self._gate = gate
        self._door = Door.under(path)
        self._servers: list[asyncio.Server] = []
        self._contexts: list[tuple[ssl.SSLContext, Listener]] = []

    async def start(self, listeners: Sequence[Listener]) -> None:
        """Listen. Raises `SettingsError` if a certificate cannot be used or a port cannot be had."""
        self._gate.wheel.start()
        for listener in listeners:
            self._servers.append(await self._listen(listener))
            scheme = "wss" if listener.tls_certificate else "ws"
            _log.info("charge points connect to %s://%s:%d", scheme, listener.host, self.ports[-1])

    async def _listen(self, listener: Listener) -> asyncio.Server:
        context = tls_context(listener) if listener.tls_certificate else None
        if context:
            self._contexts.append((context, listener))
        door = Door.under(listener.path, secure=context is not None)
        try:
            return await self._gate.loop.create_server(
                partial(Arrival, self._gate, door),
                listener.host,
                listener.port,
                ssl=context,
                backlog=listener.backlog,
                ssl_handshake_timeout=self._gate.terms.handshake_timeout_s if context else None,
            )
        except OSError as error:
            raise SettingsError(f"cannot listen on {listener.host}:{listener.port}: {error}") from None

    @property
    def ports(self) -> list[int]:
        """The ports listened on, in the order of the listeners; of use where one was asked for as 0."""
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    def upgrade(self, config: object, server_state: object, app_state: object) -> Arrival:
        """A connection for the HTTP server to hand a WebSocket upgrade to: `uvicorn.Config(ws=gateway.upgrade)`.

        The server makes the call, then `connection_made`, `data_received` with the head of the request, and
        `set_protocol`; the arguments are its own affairs. Upgrades outside the OCPP path get a 404.
        """
        return Arrival(self._gate, self._door)

    def reload_certificates(self) -> None:
        """Read all certificates and keys again: new connections get the new ones. Raises `SettingsError`."""
        for context, listener in self._contexts:
            _load_chain(context, listener)

    async def drain(self, timeout_s: float, settled: Callable[[], Awaitable[None]]) -> None:
        """Stop: take nothing new, let `settled` finish what has been taken, close everything with 1001.

        `settled` returns when every message taken from a charge point is committed and answered. What does not
        finish in time is cut off: it was not acknowledged, so the charge points will send it again.
        """
        loop = self._gate.loop
        deadline = loop.time() + timeout_s
        self._stop_taking()
        await _within(timeout_s / 2, settled)
        for connection in tuple(self._gate.connections):
            connection.close(GOING_AWAY, "the server is going away")
        await _within(deadline - loop.time(), self._gate.empty.wait)
        for connection in tuple(self._gate.connections):
            connection.abort()
        await _within(1.0, self._gate.empty.wait)
        await _within(max(deadline - loop.time(), 1.0), settled)
        self._gate.wheel.stop()

    def _stop_taking(self) -> None:
        self._gate.closed = True
        for server in self._servers:
            server.close()
        for connection in tuple(self._gate.connections):
            connection.pause()


async def _within(timeout_s: float, what: Callable[[], Awaitable[object]]) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await what()
    except TimeoutError:
        _log.warning("not finished within %.1f s while closing", timeout_s)


def tls_context(listener: Listener) -> ssl.SSLContext:
    """TLS 1.2 or newer (OCPP 2.0.1 A00.FR.313), without compression. Raises `SettingsError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    _load_chain(context, listener)
    return context


def _load_chain(context: ssl.SSLContext, listener: Listener) -> None:
    try:
        context.load_cert_chain(listener.tls_certificate, listener.tls_key or None)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise SettingsError(f"certificate {listener.tls_certificate} not usable: {error}") from None
