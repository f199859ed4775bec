"""Is this process alive, and can it serve?"""

import asyncio

from litestar import get
from msgspec import Struct

from chargeyard.api.access import OPEN
from chargeyard.api.problems import UNAVAILABLE, Problem
from chargeyard.api.services import Services
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


@get("/readyz", opt=OPEN, summary="Ready to serve", tags=_TAGS)
async def readyz(services: Services) -> Readiness:
    """Open, as those who probe want it: it tells what is wrong with the database in words that name no secret."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await services.store.ping()
    except (Unavailable, TimeoutError) as error:
        why = str(error) or "the database does not answer"
        raise Problem(UNAVAILABLE, why, headers={"Retry-After": "5"}) from None
    if services.is_away():  # a full disk gives out its lock all the same
        raise Problem(UNAVAILABLE, "the database does not take commits", headers={"Retry-After": "5"})
    return Readiness(journal_waiting=services.waiting())
