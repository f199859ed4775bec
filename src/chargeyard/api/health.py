"""Is this process alive, and can it serve?"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from litestar import get
from msgspec import Struct

from chargeyard.api.access import OPEN
from chargeyard.api.problems import UNAVAILABLE, Problem
from chargeyard.api.services import Given, Services
from chargeyard.errors import Unavailable

_TAGS = ["health"]


class Health(Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


class Readiness(Struct, frozen=True, kw_only=True, rename="camel"):
    """The database answers; `journalWaiting` is the number of events that wait for their commit."""

    status: str = "ok"
    database: str = "ok"
    journal_waiting: int


@get("/healthz", opt=OPEN, summary="Alive", tags=_TAGS)
async def healthz() -> Health:
    return Health()


ANSWERS_WITHIN_S = 4.0
"""A database that takes longer is not ready; whoever probes does not wait for ever."""

ASKED_EVERY_S = 0.5
"""So often at most: probing is open to everybody, and each look takes the database's write lock."""


class Probe:
    """Looks whether the database takes commits; those who ask at about the same time share a look."""

    def __init__(self, ping: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._ping = ping
        self._look: asyncio.Task[str] | None = None
        self._until = 0.0

    async def fault(self) -> str:
        """What is wrong with the database, in words that name no secret; empty if nothing is."""
        now = asyncio.get_running_loop().time()
        if self._look is None or (self._look.done() and now >= self._until):
            self._look = asyncio.create_task(self._looked())
            self._until = now + ASKED_EVERY_S
        return await asyncio.shield(self._look)

    async def _looked(self) -> str:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await self._ping()
        except (Unavailable, TimeoutError) as error:
            return str(error) or "the database does not answer"
        return ""


@get("/readyz", opt=OPEN, summary="Ready to serve", tags=_TAGS)
async def readyz(services: Services, probe: Given[Probe]) -> Readiness:
    """Open, as those who probe want it."""
    fault = await probe.fault()
    if not fault and services.is_away():  # a full disk gives out its lock all the same
        fault = "the database does not take commits"
    if fault:
        raise Problem(UNAVAILABLE, fault, headers={"Retry-After": "5"})
    return Readiness(journal_waiting=services.waiting())
