"""What all connections of a node share: the limits, who judges and who speaks, who is here."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from websockets.extensions import ServerExtensionFactory
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from chargeyard.dialects import Dialect
from chargeyard.gateway.wheel import Visited, Wheel
from chargeyard.services.admission import Admitted, Knock, Refusal

if TYPE_CHECKING:
    from chargeyard.gateway.connection import Connection

WINDOW_BITS = 11
"""Of compression in either direction: 2 KB of history, enough for messages that are mostly shorter."""


class SessionEnd(Protocol):
    """The session's end of a connection. Neither method may raise or block."""

    def received(self, text: bytes) -> None:
        """A text message has come: valid UTF-8, within the size limit."""

    def lost(self, reason: str) -> None:
        """Nothing can be sent or will be received any more. Called once."""


class Guest(Visited, Protocol):
    """Whoever holds a socket: an arrival or a connection."""

    def pause(self) -> None:
        """Take no more messages."""

    def close(self, code: int, reason: str) -> None:
        """Begin to close, in whatever way the peer understands."""

    def abort(self) -> None:
        """Cut the connection now."""


class Terms(Struct, frozen=True, kw_only=True):
    """The limits of a connection; defaults are those of the settings."""

    handshake_timeout_s: float = 10.0
    ping_interval_s: float = 60.0
    ping_timeout_s: float = 60.0
    close_timeout_s: float = 5.0
    linger_s: float = 2.0
    """How long a peer that was refused or broke the protocol may go on sending before it is cut off."""
    max_message_bytes: int = 524288
    max_head_bytes: int = 16384
    max_early_bytes: int = 65536
    write_limit_bytes: int = 32768
    """Unsent bytes at which reading stops until the peer reads again."""
    hopeless_bytes: int = 4 * 1024 * 1024
    """Unsent bytes at which the connection is given up."""
    max_handshakes: int = 20000
    compression: bool = True
    tolerant: bool = True
    """Whether an upgrade request without `Connection: Upgrade` is understood (lbbrhzn/ocpp#1984)."""


Admit = Callable[[Knock], Awaitable[Admitted | Refusal]]
Choose = Callable[[Sequence[str]], tuple[Dialect, str] | None]
"""From the offered subprotocols to a dialect and the exact word it was offered as."""
OpenSession = Callable[[Admitted, Dialect, "Connection"], SessionEnd]


class Gate:
    """One for each node; every connection holds a reference and nothing else of its surroundings."""

    def __init__(self, admit: Admit, choose: Choose, open_session: OpenSession, terms: Terms) -> None:
        self.admit = admit
        self.choose = choose
        self.open_session = open_session
        self.terms = terms
        self.loop = asyncio.get_running_loop()
        longest = max(
            terms.handshake_timeout_s, terms.ping_interval_s, terms.ping_timeout_s, terms.close_timeout_s
        )
        soonest = min(terms.handshake_timeout_s, terms.ping_interval_s, terms.ping_timeout_s, terms.linger_s)
        self.wheel = Wheel(self.loop, min(max(soonest / 8, 0.01), 1.0), longest)
        self.extensions = _extensions(terms)
        self.wire_log = _wire_log()
        self.connections: set[Guest] = set()
        self.handshakes = 0
        self.tally: Counter[str] = Counter()
        self.closed = False
        self.empty = asyncio.Event()
        self.empty.set()

    def enter(self, guest: Guest) -> None:
        """A socket is open."""
        self.connections.add(guest)
        self.empty.clear()

    def leave(self, guest: Guest) -> None:
        """It is closed, or somebody else's."""
        self.connections.discard(guest)
        if not self.connections:
            self.empty.set()

    @property
    def crowded(self) -> bool:
        """Whether another handshake has to be put off."""
        return self.closed or self.handshakes >= self.terms.max_handshakes


def _extensions(terms: Terms) -> Sequence[ServerExtensionFactory] | None:
    """Compression without memory between messages: 10 000 idle connections must not hold 10 000 windows."""
    if not terms.compression:
        return None
    return [
        ServerPerMessageDeflateFactory(
            server_no_context_takeover=True,
            client_no_context_takeover=True,
            server_max_window_bits=WINDOW_BITS,
            client_max_window_bits=WINDOW_BITS,
            compress_settings={"memLevel": 5},
        )
    ]


def _wire_log() -> logging.Logger:
    """The WebSocket library's log, never below WARNING: at DEBUG it would write Authorization headers down."""
    log = logging.getLogger("chargeyard.gateway.wire")
    log.setLevel(logging.WARNING)
    return log
