"""How much upkeep may do at a time, so that no charge point notices."""

import asyncio
from collections.abc import Awaitable, Callable

from chargeyard.services.ports import Step

MOST_HELD_S = 0.005
"""How long one step may hold whoever writes; a step that took longer is followed by smaller ones."""

LEAST, MOST = 20, 5000
"""Rows of one step."""

FIRST = 200
SHARE = 10
"""Upkeep takes at most one part in so many of the time."""

PAUSE_S = 0.02
"""At least so long nothing is done between two steps."""

Rest = Callable[[float], Awaitable[None]]


class Pace:
    """The size of the next step, from how long the last ones took. `rest` waits; tests need not."""

    def __init__(self, rest: Rest = asyncio.sleep) -> None:
        self.limit = FIRST
        self._rest = rest

    async def walk(self, step: Callable[[int, int | None], Awaitable[Step]]) -> int:
        """Call `step(limit, place)` until it says that it was the last; how many rows it has touched altogether."""
        rows, place = 0, None
        while True:
            done = await step(self.limit, place)
            rows, place = rows + done.rows, done.place
            self._heed(done)
            if done.is_last:
                return rows
            await self._rest(max(PAUSE_S, done.held_s * (SHARE - 1)))

    def _heed(self, done: Step) -> None:
        if done.held_s > MOST_HELD_S:
            self.limit = max(LEAST, self.limit // 2)
        elif done.held_s < MOST_HELD_S / 2 and done.rows >= self.limit / 2:
            self.limit = min(MOST, self.limit * 3 // 2)
