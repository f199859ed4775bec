"""What all sessions of a node have taken from their sockets and not yet stored and answered.

Beyond a limit nobody reads on: a session that takes one more message stops reading its socket, so that what
charge points have to say stays with them. When half of it is done, sockets are read again, some at a time.
"""

import asyncio
from typing import Protocol

AT_A_TIME = 100
"""So many sessions go on in one turn of the event loop: enough of them may fill the backlog again."""


class Held(Protocol):
    """A session whose socket is not read."""

    def go_on(self) -> None:
        """Read again, if nothing else speaks against it."""


class Backlog:
    """Bounded by `most` messages and by `most_bytes` of them as they came."""

    __slots__ = ("_held", "_most", "_most_bytes", "fillings", "is_full", "messages", "size")

    def __init__(self, most: int = 20_000, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._held: dict[Held, None] = {}
        self.messages = 0
        self.size = 0
        self.is_full = False
        self.fillings = 0
        """How often it has become full."""

    def add(self, size: int) -> None:
        """A message of so many bytes has been taken."""
        self.messages += 1
        self.size += size
        if not self.is_full and (self.messages >= self._most or self.size >= self._most_bytes):
            self.is_full = True
            self.fillings += 1

    def remove(self, size: int) -> None:
        """It is done with, one way or the other."""
        self.messages -= 1
        self.size -= size
        if self.is_full and self.messages * 2 <= self._most and self.size * 2 <= self._most_bytes:
            self.is_full = False
            self._let_on()

    def hold(self, session: Held) -> None:
        """Tell `session` to go on when there is room again."""
        self._held[session] = None

    def forget(self, session: Held) -> None:
        """Tell it nothing: it has gone."""
        self._held.pop(session, None)

    def _let_on(self) -> None:
        """Those first who have been held longest, as long as there is room."""
        for session in list(self._held)[:AT_A_TIME]:
            if self.is_full:
                return
            del self._held[session]
            session.go_on()
        if self._held:
            asyncio.get_running_loop().call_soon(self._let_on)
