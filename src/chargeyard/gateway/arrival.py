"""A peer that wants a WebSocket: from the first byte of its HTTP request to the 101 or the refusal.

The decision is made before the 101, where OCPP-J wants the credentials checked: a charge point that is let in
gets a `Connection` in place of this protocol, everybody else an HTTP status and a closed door.
"""

import asyncio
import logging
from enum import Enum, auto
from typing import cast

from websockets.protocol import SERVER, State
from websockets.protocol import Protocol as WebSocket

from chargeyard.dialects import Dialect
from chargeyard.gateway import handshake
from chargeyard.gateway.connection import Connection
from chargeyard.gateway.gate import Gate
from chargeyard.gateway.handshake import Door, Opening, Rules
from chargeyard.services.admission import Admitted, Refusal, log_refusal

_log = logging.getLogger(__name__)

_RETRY = ("Retry-After", "30")
_LATE = Refusal(408, "The request did not come in time.", why="handshake not complete in time")
_SLOW = Refusal(503, "Not available at the moment, please try again.", (_RETRY,), "no decision in time")
_FULL = Refusal(503, "Busy, please try again.", (_RETRY,), "closing down, or too many handshakes")
_LARGE = Refusal(431, "The head of the request is too large.", why="request head too large")
_BROKEN = Refusal(500, "The request could not be handled.", why="internal error")


class Phase(Enum):
    """How far an arrival is."""

    READING = auto()  # the head of the request
    JUDGED = auto()  # admission decides
    REFUSED = auto()
    GONE = auto()  # the socket is closed, or a Connection has it


class Arrival(asyncio.Protocol):
    """One handshake."""

    __slots__ = ("_deadline", "_door", "_gate", "_phase", "_raw", "_remote", "_task", "_transport")

    def __init__(self, gate: Gate, door: Door) -> None:
        self._gate = gate
        self._door = door
        self._phase = Phase.READING
        self._transport: asyncio.Transport
        self._task: asyncio.Task[None] | None = None
        self._raw = bytearray()
        self._deadline = gate.loop.time() + gate.terms.handshake_timeout_s
        self._remote = ""

    # --- for the transport ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open, or handed over by the HTTP server, which then feeds the head of the request."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._remote = str(peer[0]) if isinstance(peer, tuple) else ""
        self._gate.enter(self)
        self._gate.wheel.add(self, self._deadline)

    def data_received(self, data: bytes) -> None:
        """Bytes have come; those after a refusal are of no interest."""
        if self._phase is Phase.READING:
            self._raw += data
            self._read_head()
        elif self._phase is Phase.JUDGED:
            self._keep_early(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The socket is closed."""
        self._finish(Phase.GONE)
        self._gate.leave(self)

    # --- for the gateway and its wheel ------------------------------------------------------------------------

    def visit(self, now: float) -> float | None:
        """Give up what takes too long."""
        if self._phase is Phase.GONE:
            return None
        if now < self._deadline:
            return self._deadline
        if self._phase is Phase.REFUSED:
            self._transport.abort()
        else:
            self._turn_away(_LATE if self._phase is Phase.READING else _SLOW)
        return None

    def pause(self) -> None:
        """Nothing to pause: no message is taken yet."""

    def close(self, code: int, reason: str) -> None:
        """The gateway closes."""
        if self._phase in {Phase.READING, Phase.JUDGED}:
            self._turn_away(_FULL)

    def abort(self) -> None:
        """Cut the connection now."""
        self._transport.abort()

    # --- the handshake ----------------------------------------------------------------------------------------

    def _read_head(self) -> None:
        most = self._gate.terms.max_head_bytes
        end = self._raw.find(b"\r\n\r\n") + 4
        if end > most or (end < 4 and len(self._raw) > most):
            self._turn_away(_LARGE)
        elif end >= 4:
            head = bytes(self._raw[:end])
            del self._raw[:end]
            self._knock(head)

    def _knock(self, head: bytes) -> None:
        gate = self._gate
        if gate.crowded:
            self._turn_away(_FULL)
            return
        rules = Rules(gate.choose, gate.extensions, gate.wire_log, gate.terms.tolerant)
        try:
            opening = handshake.read(head, self._door, self._remote, rules)
        except Exception:  # noqa: BLE001 - the outermost place of this request: nothing sent may break more than it
            _log.exception("the head of a request from %s cannot be read", self._remote)
            opening = _BROKEN
        if isinstance(opening, Refusal):
            self._turn_away(opening)
            return
        self._phase = Phase.JUDGED
        gate.handshakes += 1
        self._task = gate.loop.create_task(self._ask(opening))
        self._keep_early(b"")

    def _keep_early(self, data: bytes) -> None:
        """A peer that does not wait for our answer is not punished for it, but it cannot fill our memory."""
        self._raw += data
        if len(self._raw) > self._gate.terms.max_early_bytes:
            self._transport.pause_reading()

    async def _ask(self, opening: Opening) -> None:
        try:
            verdict = await self._gate.admit(opening.knock)
        except Exception:  # noqa: BLE001 - the outermost place of this request; whatever it was is logged
            _log.exception("a handshake from %s failed", self._remote)
            verdict = _BROKEN
        self._task = None
        if self._phase is not Phase.JUDGED:
            return
        if isinstance(verdict, Refusal):
            self._turn_away(verdict, logged=verdict is not _BROKEN)
        elif opening.dialect is None:
            self._turn_away(_BROKEN)
        else:
            self._let_in(opening, admitted=verdict, dialect=opening.dialect)

    def _let_in(self, opening: Opening, admitted: Admitted, dialect: Dialect) -> None:
        gate = self._gate
        # A fresh protocol: the one of the handshake would keep the request as long as the connection lives.
        websocket = WebSocket(
            SERVER, state=State.OPEN, max_size=gate.terms.max_message_bytes, logger=gate.wire_log
        )
        websocket.extensions = opening.extensions
        early, self._raw = self._raw, bytearray()
        self._finish(Phase.GONE)
        connection = Connection(gate, self._transport, websocket, self._remote)
        self._transport.set_protocol(connection)
        self._transport.write(opening.response)
        gate.leave(self)
        gate.tally["admitted"] += 1
        connection.begin(admitted, dialect, early)

    def _turn_away(self, refusal: Refusal, *, logged: bool = False) -> None:
        """Refuse by an HTTP response. `logged`: admission has written the line."""
        if not logged:
            log_refusal(refusal, self._remote)
        self._gate.tally[f"refused {refusal.status}"] += 1
        self._finish(Phase.REFUSED)
        self._transport.write(handshake.refusal_text(refusal))
        self._deadline = self._gate.loop.time() + self._gate.terms.linger_s
        self._gate.wheel.add(self, self._deadline)
        # Closing a socket with unread data in it would take our answer back, so the peer may close first.
        self._transport.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS: only closing tells the peer that this was all
            self._transport.close()

    def _finish(self, phase: Phase) -> None:
        if self._phase is Phase.JUDGED:
            self._gate.handshakes -= 1
        self._phase = phase
        self._raw = bytearray()
        if self._task:
            self._task.cancel()
            self._task = None
