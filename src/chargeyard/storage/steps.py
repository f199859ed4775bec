"""Upkeep in short transactions, which say how long they held whoever writes."""

from collections.abc import Callable
from time import perf_counter
from typing import Concatenate, ParamSpec

from msgspec.structs import replace
from sqlalchemy import Connection

from chargeyard.services.ports import Step
from chargeyard.storage.engine import Database

P = ParamSpec("P")


async def stepped(
    database: Database, work: Callable[Concatenate[Connection, P], Step], *args: P.args, **kwargs: P.kwargs
) -> Step:
    """What `work` has done in a transaction of its own, and how long that took without the commit."""

    def timed(connection: Connection) -> Step:
        begun = perf_counter()
        step = work(connection, *args, **kwargs)
        return replace(step, held_s=perf_counter() - begun)

    return await database.write(timed)
