"""How much upkeep may do at a time, so that no charge point notices."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter, process_time

from msgspec import Struct

from chargeyard.services.ports import Step

MOST_HELD_S = 0.005
"""How long one step may hold whoever writes, where only one can; a longer one is followed by smaller ones."""

MOST_HELD_BESIDE_S = 0.05
"""The same where others write meanwhile: a step then only keeps a connection."""

READS = 2
"""A step may read, and reckon, so many times as long as it may hold whoever writes: others read too."""

LEAST, MOST = 50, 5000
"""Rows of one step."""

FIRST = 200
LEAST_SHARE, MOST_SHARE = 0.1, 0.5
"""Upkeep takes half of what this process leaves of the time: a tenth where it is busy, half where it has nothing to do."""

PAUSE_S = 0.02
"""At least so long nothing is done between two steps."""

Rest = Callable[[float], Awaitable[None]]


class Clocks(Struct, frozen=True):
    """Seconds that have passed, and seconds in which this process has worked."""

    passed_s: Callable[[], float] = perf_counter
    worked_s: Callable[[], float] = process_time


class Pace:
    """The size of the next step, from how long the last ones took, and the pause before it, from what else went on in
    the last one. `rest` waits; tests need not."""

    def __init__(
        self, rest: Rest = asyncio.sleep, most_held_s: float = MOST_HELD_S, clocks: Clocks | None = None
    ) -> None:
        self.limit = FIRST
        self._rest = rest
        self._most_held_s = most_held_s
        self._clocks = clocks or Clocks()
        self._idle = 0.0

    async def walk(self, step: Callable[[int, int | None], Awaitable[Step]]) -> int:
        """Call `step(limit, place)` until it says that it was the last; how many rows it has touched altogether."""
        rows, place = 0, None
        while True:
            done = await step(self.limit, place)
            rows, place = rows + done.rows, done.place
            self._heed(done)
            if done.is_last:
                return rows
            await self._pause(done.held_s + done.read_s)

    def _heed(self, done: Step) -> None:
        longest_s = max(done.held_s, done.read_s / READS)
        if longest_s > self._most_held_s:
            self.limit = max(LEAST, self.limit // 2)
        elif longest_s < self._most_held_s / 2 and done.rows >= self.limit / 2:
            self.limit = min(MOST, self.limit * 3 // 2)

    async def _pause(self, taken_s: float) -> None:
        """Others go first; and in what they do meanwhile it shows how much they leave."""
        share = max(LEAST_SHARE, self._idle * MOST_SHARE)
        passed_s, worked_s = self._clocks.passed_s(), self._clocks.worked_s()
        await self._rest(max(PAUSE_S, taken_s * (1 / share - 1)))
        passed_s, worked_s = self._clocks.passed_s() - passed_s, self._clocks.worked_s() - worked_s
        idle = max(0.0, 1 - worked_s / passed_s) if passed_s > 0 else 0.0
        # Believed at once when it gets less, by and by when it gets more.
        self._idle = min(idle, (self._idle + idle) / 2)
