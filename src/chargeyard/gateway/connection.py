"""One open WebSocket: from the 101 to the last byte of its close.

An `asyncio.Protocol` around the sans-I/O protocol of `websockets`: about 6 KB for an idle connection, and half
the processor time of the library's own asyncio server. It holds no task and no timer (`wheel.py`).

Pressure: reading stops while the session is busy (`pause`) or the peer does not read what we write; what has
been read but not taken by then is kept, and bounded by what one read brings.
"""

import asyncio
import logging
from collections.abc import Sequence
from enum import Enum, auto
from typing import cast

from websockets.frames import BINARY, CLOSE, CONT, TEXT, CloseCode, Frame
from websockets.protocol import Protocol as WebSocket
from websockets.protocol import State

from chargeyard.dialects import Dialect
from chargeyard.gateway.gate import Gate, SessionEnd
from chargeyard.services.admission import Admitted, clean

_log = logging.getLogger(__name__)

SLICE = 16384
"""Bytes parsed at a time: bounds the frames that lie parsed and not taken."""


class Phase(Enum):
    """Where in its life a connection is."""

    OPEN = auto()
    CLOSING = auto()  # we have sent a close frame
    LINGERING = auto()  # nothing is sent any more, the peer may still be sending
    GONE = auto()


class Connection(asyncio.Protocol):
    """What a session speaks through: `send`, `close`, `pause`, `resume`, `last_heard`, `remote`."""

    __slots__ = (
        "_binary_seen",
        "_choked",
        "_deadline",
        "_frames",
        "_gate",
        "_partial",
        "_paused",
        "_phase",
        "_pinged",
        "_raw",
        "_reason",
        "_session",
        "_transport",
        "_websocket",
        "last_heard",
        "remote",
    )

    def __init__(self, gate: Gate, transport: asyncio.Transport, websocket: WebSocket, remote: str) -> None:
        """`websocket` is open; `begin` follows."""
        self._gate = gate
        self._transport = transport
        self._websocket = websocket
        self._session: SessionEnd | None = None
        self._phase = Phase.OPEN
        self._raw = bytearray()
        self._frames: Sequence[Frame] = ()
        self._partial: bytearray | None = None
        self._paused = False
        self._choked = False
        self._binary_seen = False
        self._deadline = 0.0
        self._pinged = 0.0
        self._reason = "the connection broke"
        self.last_heard = gate.loop.time()
        self.remote = remote

    def begin(self, admitted: Admitted, dialect: Dialect, early: bytes | bytearray) -> None:
        """Open the session and read; `early` is what the peer sent before it was let in."""
        gate = self._gate
        gate.enter(self)
        gate.wheel.add(self, self.last_heard + gate.terms.ping_interval_s)
        self._transport.set_write_buffer_limits(high=gate.terms.write_limit_bytes)
        self._raw += early
        try:
            self._session = gate.open_session(admitted, dialect, self)
        except Exception:  # noqa: BLE001 - the outermost place of this request; others must not suffer from it
            _log.exception("no session for %s", clean(admitted.identity))
            self._break(CloseCode.INTERNAL_ERROR, "internal error")
            return
        self._go_on()

    # --- for the session --------------------------------------------------------------------------------------

    def send(self, text: bytes) -> None:
        """Send one text message of valid UTF-8; dropped if the connection is not open any more."""
        if not self._can_send:
            return
        self._websocket.send_text(text)
        self._flush()
        if self._transport.get_write_buffer_size() > self._gate.terms.hopeless_bytes:
            self._gate.tally["hopeless"] += 1
            self._reason = "the peer does not read"
            self._transport.abort()

    def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Begin to close; nothing more is received. `lost` follows when the peer has agreed or takes too long."""
        if self._can_send:
            self._reason = f"closed by us: {code} {reason}".rstrip()
            self._websocket.send_close(code, reason.encode()[:123].decode(errors="ignore"))
            self._flush()
            self._enter(Phase.CLOSING, self._gate.terms.close_timeout_s)
            self._stop_holding()

    def abort(self) -> None:
        """Cut the connection now."""
        if self._phase is not Phase.GONE:
            self._transport.abort()

    def pause(self) -> None:
        """Take no more messages: nothing is read, not even pings, until `resume`."""
        if self._phase is Phase.OPEN and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Take messages again; those kept back come first, and not before this returns."""
        if self._paused:
            self._paused = False
            self._pinged = 0.0  # an unanswered ping is our own doing: we did not read
            self._gate.loop.call_soon(self._go_on)

    # --- for the transport ------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._phase is Phase.OPEN:
            self.last_heard = self._gate.loop.time()
            if not self._takes or self._raw or self._frames or len(data) > SLICE:
                self._raw += data
                self._read()
            else:
                self._feed(data)
        elif self._phase is Phase.CLOSING:
            self._feed(data)

    def eof_received(self) -> None:
        """The peer sends no more; the transport closes itself, since a half-open WebSocket is of no use."""
        if self._phase is Phase.OPEN:
            self._reason = "the peer hung up without a close frame"

    def connection_lost(self, error: Exception | None) -> None:
        """The socket is closed."""
        self._phase = Phase.GONE
        self._raw, self._frames, self._partial = bytearray(), (), None
        self._leave(self._reason)
        self._gate.leave(self)

    def pause_writing(self) -> None:
        """The peer reads too slowly: stop to listen to it, so that it cannot make us write more."""
        self._choked = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer has read: that is a sign of life, too."""
        self._choked = False
        self.last_heard = self._gate.loop.time()
        self._gate.loop.call_soon(self._go_on)

    # --- for the wheel ----------------------------------------------------------------------------------------

    def visit(self, now: float) -> float | None:
        """Do what is due: send a ping, drop who is silent, end a close that takes too long."""
        if self._phase is Phase.OPEN:
            return self._check_life(now)
        if self._phase is Phase.GONE:
            return None
        if now < self._deadline:
            return self._deadline
        self._transport.abort()
        return None

    def _check_life(self, now: float) -> float | None:
        terms = self._gate.terms
        if self._paused:
            return now + terms.ping_interval_s
        if self._pinged > self.last_heard:
            if now - self._pinged >= terms.ping_timeout_s:
                self._gate.tally["silent"] += 1
                self._break(CloseCode.INTERNAL_ERROR, "ping timeout")
                return None
        elif now - self.last_heard < terms.ping_interval_s:
            return self.last_heard + terms.ping_interval_s
        else:
            self._ping(now)
        return min(now + terms.ping_interval_s, self._pinged + terms.ping_timeout_s)

    def _ping(self, now: float) -> None:
        if self._can_send:
            self._websocket.send_ping(b"")
            self._flush()
        self._pinged = now

    # --- messages ---------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Take up what was kept back, then read again."""
        if not self._takes:
            return
        frames, self._frames = self._frames, ()
        self._take(frames)
        self._read()
        if self._takes:
            self._transport.resume_reading()

    @property
    def _takes(self) -> bool:
        held = self._paused or self._choked or self._gate.closed
        return self._phase is Phase.OPEN and not held

    def _read(self) -> None:
        """Parse what has come, slice by slice, as long as somebody takes it."""
        while self._raw and self._takes and not self._frames:
            piece = bytes(self._raw[:SLICE])
            del self._raw[:SLICE]
            self._feed(piece)

    def _feed(self, data: bytes) -> None:
        websocket = self._websocket
        websocket.receive_data(data)
        self._take(cast("list[Frame]", websocket.events_received()))
        if self._phase is Phase.OPEN or self._phase is Phase.CLOSING:
            self._flush()
            if websocket.parser_exc is not None:
                self._give_up(f"protocol error: {clean(str(websocket.parser_exc))}")

    def _take(self, frames: Sequence[Frame]) -> None:
        for index, frame in enumerate(frames):
            if self._phase is Phase.OPEN and not self._takes:
                self._frames = frames[index:]
                return
            if frame.opcode is TEXT and frame.fin:
                self._deliver(bytes(frame.data))
            elif frame.opcode is CLOSE:
                self._agree_to_close()
            elif frame.opcode in {TEXT, BINARY, CONT}:
                self._assemble(frame)

    def _assemble(self, frame: Frame) -> None:
        """Fragments of a text are joined, those of a binary message dropped. The library bounds the size."""
        if frame.opcode is not CONT:
            self._partial = bytearray() if frame.opcode is TEXT else None
        if self._partial is not None:
            self._partial += frame.data
        if frame.fin:
            partial, self._partial = self._partial, None
            if partial is None:
                self._ignore_binary()
            else:
                self._deliver(bytes(partial))

    def _deliver(self, text: bytes) -> None:
        if self._phase is not Phase.OPEN or self._session is None:
            return
        if not text.isascii():
            try:
                text.decode()
            except UnicodeDecodeError:
                self._break(CloseCode.INVALID_DATA, "text is not UTF-8")
                return
        self._session.received(text)

    def _ignore_binary(self) -> None:
        """OCPP-J knows text only, and a binary message has no id to answer to. RFC 6455 lets us live on."""
        self._gate.tally["binary"] += 1
        if not self._binary_seen:
            self._binary_seen = True
            _log.info("binary messages from %s are ignored: OCPP-J is text", self.remote)

    @property
    def _can_send(self) -> bool:
        # The second is false while a close frame of the peer is parsed but lies behind messages not taken yet.
        return self._phase is Phase.OPEN and self._websocket.state is State.OPEN

    # --- the end ----------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            if data:  # an empty one asks for the end of the stream; when that comes is decided below
                self._transport.write(data)

    def _agree_to_close(self) -> None:
        """The peer's close frame has come; the library has answered it, or it is the answer to ours."""
        if self._phase is Phase.OPEN and self._websocket.close_rcvd:
            self._reason = f"closed by the charge point: {clean(str(self._websocket.close_rcvd))}"
        self._flush()
        self._enter(Phase.LINGERING, self._gate.terms.close_timeout_s)
        self._leave(self._reason)
        self._transport.close()

    def _break(self, code: int, reason: str) -> None:
        """Fail the WebSocket (RFC 6455 §7.1.7)."""
        self._websocket.fail(code, reason)
        self._flush()
        self._give_up(reason)

    def _give_up(self, reason: str) -> None:
        if self._phase is not Phase.CLOSING:
            self._reason = reason
        self._linger()
        self._leave(self._reason)

    def _linger(self) -> None:
        """Let the peer read our last words: closing a socket with unread data in it would take them back."""
        self._enter(Phase.LINGERING, self._gate.terms.linger_s)
        self._stop_holding()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _enter(self, phase: Phase, timeout_s: float) -> None:
        self._phase = phase
        self._deadline = self._gate.loop.time() + timeout_s
        self._gate.wheel.add(self, self._deadline)

    def _stop_holding(self) -> None:
        self._raw, self._frames, self._partial = bytearray(), (), None
        self._transport.resume_reading()

    def _leave(self, reason: str) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.lost(reason)
