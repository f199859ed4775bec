"""How much upkeep may do at a time, so that no charge point notices."""

import asyncio
from collections.abc import Awaitable, Callable

from chargeyard.services.ports import Step

MOST_HELD_S = 0.005
"""How long one step may hold whoever writes, where only one can; a longer one is followed by smaller ones."""

MOST_HELD_BESIDE_S = 0.05
"""The same where others write meanwhile: a step then only keeps a connection."""

LEAST, MOST = 50, 5000
"""Rows of one step."""

FIRST = 200
SHARE = 10
"""Upkeep takes at most one part in so many of the time."""

PAUSE_S = 0.02
"""At least so long nothing is done between two steps."""

Rest = Callable[[float], Awaitable[None]]


class Pace:
    """The size of the next step, from how long the last ones took. `rest` waits; tests need not."""

    def __init__(self, rest: Rest = asyncio.sleep, most_held_s: float = MOST_HELD_S) -> None:
        self.limit = FIRST
        self._rest = rest
        self._most_held_s = most_held_s

    async def walk(self, step: Callable[[int, int | None], Awaitable[Step]]) -> int:
        """Call `step(limit, place)` until it says that it was the last; how many rows it has touched altogether."""
        rows, place = 0, None
        while True:
            done = await step(self.limit, place)
            rows, place = rows + done.rows, done.place
            self._heed(done)
            if done.is_last:
                return rows
            await self._rest(max(PAUSE_S, (done.held_s + done.read_s) * (SHARE - 1)))

    def _heed(self, done: Step) -> None:
        if done.held_s > self._most_held_s:
            self.limit = max(LEAST, self.limit // 2)
        elif done.held_s < self._most_held_s / 2 and done.rows >= self.limit / 2:
            self.limit = min(MOST, self.limit * 3 // 2)
