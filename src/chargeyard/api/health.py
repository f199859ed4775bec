"""Is this process alive, and can it serve?"""

from litestar import get
from msgspec import Struct

from chargeyard.api.access import OPEN
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


@get("/readyz", summary="Ready to serve", tags=_TAGS)
async def readyz(services: Services) -> Readiness:
    await services.store.ping()
    if services.is_away():  # a full disk gives out its lock all the same
        raise Unavailable("the journal cannot write")
    return Readiness(journal_waiting=services.waiting())
