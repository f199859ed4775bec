"""Meter values: rolled up when they get old, gone when they are too old, and always a partition to write to."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from chargeyard.maintenance.pace import Pace
from chargeyard.services.ports import Clock, Partitions, RollUps, Step

log = structlog.get_logger()

LEAST_KEPT_DAYS = 3
"""Whole days and their neighbours are rolled up before anything of them goes."""


class Ages(Struct, frozen=True):
    """Days after which readings are rolled up, and after which they go (0: never)."""

    roll_up: int = 1
    keep: int = 0


class Growth:
    """See the module. `partitions` is None where the database has none."""

    def __init__(
        self,
        roll_ups: RollUps,
        partitions: Partitions | None,
        ages: Ages,
        clock: Clock,
        pace: Callable[[], Pace] = Pace,
    ) -> None:
        self._roll_ups = roll_ups
        self._partitions = partitions
        self._ages = ages
        self._clock = clock
        self._pace = pace

    async def once(self) -> None:
        """Do all that is due."""
        now = self._clock()
        if self._partitions is not None:
            await self._partitions.make_ahead(now)
        aged = now - timedelta(days=self._ages.roll_up)
        await self._walk("rolled up", self._roll_ups.make, aged)
        await self._walk("rolled up outside of transactions", self._roll_ups.make_idle, aged)
        if self._ages.keep:
            await self._reduce(min(aged, now - timedelta(days=max(self._ages.keep, LEAST_KEPT_DAYS))))

    async def _reduce(self, before: datetime) -> None:
        await self._walk("reduced", self._roll_ups.reduce, before)
        await self._walk("reduced outside of transactions", self._roll_ups.reduce_idle, before)
        if self._partitions is not None:
            dropped = await self._partitions.drop(before)
            if dropped:
                log.info("months of meter values dropped", months=dropped)

    async def _walk(
        self, what: str, step: Callable[[datetime, int], Awaitable[Step]], before: datetime
    ) -> None:
        rows = await self._pace().walk(lambda limit, _place: step(before, limit))
        if rows:
            log.info("meter values worked on", what=what, rows=rows)
