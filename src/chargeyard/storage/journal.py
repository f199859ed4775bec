"""Group commit: what arrives while one batch is being made durable is the next batch.

One task writes. Batches have no timer and no fixed size: a lone commit goes at once, a thousand that wait share
one fsync. Nothing is acknowledged before it is durable. While the database is away, everybody waits; when
it is back, everything that waited is written.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from chargeyard.domain.events import Event
from chargeyard.errors import ChargeyardError, Conflict, Poisoned, Unavailable
from chargeyard.storage.engine import Database, translated
from chargeyard.storage.projections import project

log = structlog.get_logger(__name__)

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 2.0


class _Waiting(NamedTuple):
    """The events of one commit, and whoever waits for it."""

    events: tuple[Event, ...]
    done: asyncio.Future[None]


class SqlJournal:
    """The journal of one node. `max_batch` bounds the events of one database transaction.

    Must be made inside a running event loop, and closed with `aclose`.
    """

    def __init__(self, database: Database, max_batch: int = 1000) -> None:
        self._database = database
        self._max_batch = max_batch
        self._queue: deque[_Waiting] = deque()
        self._waiting = 0
        self._is_away = False
        self._arrived = asyncio.Event()
        self._closing = asyncio.Event()
        self._writer = asyncio.create_task(self._write(), name="journal")

    @property
    def waiting(self) -> int:
        """How many commits are under way: queued or being written."""
        return self._waiting

    @property
    def is_away(self) -> bool:
        """Whether the last attempt to write failed for the database's sake: it is locked, full, not there."""
        return self._is_away

    async def commit(self, events: Sequence[Event]) -> None:
        """See `services.ports.Journal`."""
        if self._closing.is_set():
            raise Unavailable("the journal is closed")
        if not events:
            return
        done = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(tuple(events), done))
        self._waiting += 1
        self._arrived.set()
        await done

    async def aclose(self) -> None:
        """Finish what is queued, then refuse. What a database that is away cannot take now is refused too."""
        self._closing.set()
        self._arrived.set()
        await self._writer

    async def _write(self) -> None:
        while self._queue or not self._closing.is_set():
            await self._arrived.wait()
            batch = self._next_batch()
            if batch:
                self._tell(batch, await self._durable(batch))
            if not self._queue and not self._closing.is_set():
                self._arrived.clear()

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._queue and (not batch or size + len(self._queue[0].events) <= self._max_batch):
            batch.append(self._queue.popleft())
            size += len(batch[-1].events)
        return batch

    async def _durable(self, batch: list[_Waiting]) -> list[ChargeyardError | None]:
        """What became of each commit. Tries until the database takes the batch, or the journal is closed."""
        pause_s = 0.0
        while True:
            try:
                results = await self._attempt([waiting.events for waiting in batch])
            except Unavailable as error:
                self._is_away = True
                if not pause_s:
                    log.warning("database away: charge points wait", reason=str(error))
                if self._closing.is_set():
                    return [Unavailable(str(error)) for _ in batch]
                pause_s = min(max(pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
                await self._pause(pause_s)
            else:
                self._is_away = False
                if pause_s:
                    log.warning("database back: waiting commits are written", commits=self._waiting)
                return results

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def _attempt(self, commits: list[tuple[Event, ...]]) -> list[ChargeyardError | None]:
        try:
            await self._database.write(_together, commits)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - whose fault it is shows below, and only they are told
            return await self._attempt_each(commits)
        return [None] * len(commits)

    async def _attempt_each(self, commits: list[tuple[Event, ...]]) -> list[ChargeyardError | None]:
        try:
            return await self._database.write(_one_by_one, commits)
        except (Conflict, Poisoned) as error:  # outside of every savepoint: nobody's event is to blame
            raise Unavailable(str(error)) from None

    def _tell(self, batch: list[_Waiting], results: list[ChargeyardError | None]) -> None:
        self._waiting -= len(batch)
        for waiting, error in zip(batch, results, strict=True):
            if waiting.done.done():  # the caller was cancelled; its events are stored all the same
                continue
            if error is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(error)


def _together(connection: Connection, commits: list[tuple[Event, ...]]) -> None:
    project(connection, chain.from_iterable(commits))


def _one_by_one(connection: Connection, commits: list[tuple[Event, ...]]) -> list[ChargeyardError | None]:
    """Each commit in a savepoint of its own, so that only the culprit of a failed batch is left out."""
    return [_alone(connection, events) for events in commits]


def _alone(connection: Connection, events: tuple[Event, ...]) -> ChargeyardError | None:
    kinds = ", ".join(sorted({type(event).__name__ for event in events}))
    try:
        with translated(), connection.begin_nested():
            project(connection, events)
    except Unavailable:
        raise
    except (Conflict, Poisoned) as error:
        return type(error)(f"{kinds}: {error}")
    except Exception as error:
        # A defect of ours in one projection must not keep every other charge point waiting.
        log.exception("events could not be stored", kinds=kinds)
        return Poisoned(f"{kinds}: {type(error).__name__}")
    return None
