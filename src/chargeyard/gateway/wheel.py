"""One timer for all connections of a node.

Ten thousand connections need ten thousand deadlines (handshake, ping, close). A timer each would cost memory
and processor time; a wheel with one timer keeps a deadline for the price of a list entry. Deadlines are kept
to the tick, never early, and never cancelled: what is visited too soon or in vain says so.
"""

import asyncio
import math
from typing import Protocol

VISITS_AT_ONCE = 256
"""After so many visits others may run: after a reconnect storm all deadlines fall together."""


class Visited(Protocol):
    """Whoever has a deadline."""

    def visit(self, now: float) -> float | None:
        """Do what is due at `now` (loop time); when to come again, None for never."""


class Wheel:
    """A ring of slots, one for each tick; the hand moves on by one slot a tick and visits what lies there."""

    __slots__ = ("_hand", "_loop", "_slots", "_tick_s", "_timer", "_turned")

    def __init__(self, loop: asyncio.AbstractEventLoop, tick_s: float, horizon_s: float) -> None:
        """`horizon_s` is the farthest deadline that need not be visited in vain on the way."""
        self._loop = loop
        self._tick_s = tick_s
        self._slots: list[list[Visited]] = [[] for _ in range(math.ceil(horizon_s / tick_s) + 2)]
        self._hand = 0
        self._turned = loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to turn."""
        self._turned = self._loop.time()
        self._timer = self._loop.call_later(self._tick_s, self._turn)

    def stop(self) -> None:
        """Stand still; what is in the slots is forgotten."""
        if self._timer:
            self._timer.cancel()
        for slot in self._slots:
            slot.clear()

    def add(self, visited: Visited, due: float) -> None:
        """Visit at loop time `due`, or sooner if that is beyond the horizon."""
        ticks = math.ceil((due - self._turned) / self._tick_s)
        distance = min(max(ticks, 1), len(self._slots) - 1)
        self._slots[(self._hand + distance) % len(self._slots)].append(visited)

    def _turn(self) -> None:
        self._timer = self._loop.call_later(self._tick_s, self._turn)
        now = self._loop.time()
        while now - self._turned >= self._tick_s:
            self._turned += self._tick_s
            self._hand = (self._hand + 1) % len(self._slots)
            due, self._slots[self._hand] = self._slots[self._hand], []
            self._visit(due)

    def _visit(self, due: list[Visited]) -> None:
        now = self._loop.time()
        for _ in range(min(VISITS_AT_ONCE, len(due))):
            visited = due.pop()
            again = visited.visit(now)
            if again is not None:
                self.add(visited, again)
        if due:
            self._loop.call_soon(self._visit, due)
