"""Old rows go away, in small steps that no charge point notices."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from chargeyard.errors import Poisoned, Unavailable
from chargeyard.services.ports import Clock

log = structlog.get_logger()

EVERY_S = 600.0
STEP = 2000
"""Rows deleted in one transaction."""

PAUSE_S = 0.05
"""Between two steps, so that charge points come first."""


class Expiring(Protocol):
    """Something whose rows get old."""

    def delete_before(self, at: datetime, limit: int) -> Awaitable[int]:
        """Delete at most `limit` rows from before `at`; how many there were."""


class Retention:
    """Keeps the message log to its days."""

    def __init__(self, messages: Expiring, clock: Clock, days: int) -> None:
        self._messages = messages
        self._clock = clock
        self._keep = timedelta(days=days)

    async def run(self) -> None:
        """Delete now and then; runs until it is cancelled."""
        while True:
            try:
                await self.once()
            except (Unavailable, Poisoned) as error:
                log.warning("retention put off", why=str(error))
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Delete all that is too old, step by step."""
        before = self._clock() - self._keep
        while True:
            if await self._messages.delete_before(before, STEP) < STEP:
                return
            await asyncio.sleep(PAUSE_S)
