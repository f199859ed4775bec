"""Everything that is done now and then, one after the other."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from chargeyard.errors import Unavailable

log = structlog.get_logger()

EVERY_S = 600.0


class Work(Protocol):
    """Something that is due now and then."""

    async def once(self) -> None:
        """Do all that is due."""


async def keep_up(works: Sequence[Work], every_s: float = EVERY_S) -> None:
    """Do all of `works` again and again, until cancelled. One that fails is put off and keeps no other from its turn."""
    while True:
        for work in works:
            try:
                await work.once()
            except Unavailable as error:
                log.warning("upkeep put off", work=type(work).__name__, why=str(error))
            except Exception:
                # The outermost place of this worker: what is wrong with one kind of rows must not let others pile up.
                log.exception("upkeep failed", work=type(work).__name__)
        await asyncio.sleep(every_s)
