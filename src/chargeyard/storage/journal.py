"""Group commit: what arrives while one batch is being made durable is the next batch.

Batches have no timer and no fixed size: a lone commit goes at once, a thousand that wait share one fsync. Nothing
is acknowledged before it is durable. While the database is away, everybody waits; when it is back, everything
that waited is written.

Where the database lets several transactions write at a time there are as many lanes, each with one batch under
way. A charge point has one lane, so that its events keep their order. What concerns more than one charge point
waits until all lanes are empty and is written alone, and what comes after it waits with it.

A batch is tried until it is stored, and stored once: where the answer to a COMMIT can be lost, it carries a mark.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from secrets import token_hex
from typing import Any

import structlog

from chargeyard.domain.events import Event
from chargeyard.errors import ChargeyardError, Conflict, Contended, Poisoned, Unavailable
from chargeyard.services.ports import Fence
from chargeyard.storage.batches import Batch, Commit, Results, charge_point_of, write_each, write_together
from chargeyard.storage.engine import Database
from chargeyard.storage.marks import Mark, remove

log = structlog.get_logger(__name__)

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 2.0

AT_ONCE = 10
"""How often a batch that meets somebody else's lock is tried again without a pause; then the database is away."""

Observe = Callable[[int, float], Any]
"""Told of each batch: how many commits it had, and how many seconds it took from its start until it was durable."""


class _Lane:
    """Commits in the order of their arrival, and the task that writes them while there are any."""

    __slots__ = ("batches", "number", "queue", "writer", "writing_since")

    def __init__(self, number: int) -> None:
        self.number = number
        self.batches = 0
        self.queue: deque[Commit] = deque()
        self.writer: asyncio.Task[None] | None = None
        self.writing_since: float | None = None


class SqlJournal:
    """The journal of one node. `max_batch` bounds the events of one database transaction.

    Must be made inside a running event loop, and closed with `aclose`. `tally` counts what was `retried`, and
    the commits that were `fenced` off, in `conflict` or `poisoned`.
    """

    def __init__(self, database: Database, max_batch: int = 1000, observe: Observe | None = None) -> None:
        self._database = database
        self._max_batch = max_batch
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._lanes = [_Lane(number) for number in range(database.writers)]
        self._only = self._lanes[0] if database.writers == 1 else None
        self._alone = _Lane(database.writers)
        # A COMMIT of SQLite is a call of a function, and always answered.
        self._key = "" if database.dialect_name == "sqlite" else token_hex(16)
        self._waiting = 0
        self._away: set[_Lane] = set()
        self._closing = asyncio.Event()
        self.tally: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many commits are under way: queued or being written."""
        return self._waiting

    @property
    def is_away(self) -> bool:
        """Whether the last attempt to write failed for the database's sake: it is locked, full, not there."""
        return bool(self._away)

    @property
    def oldest_s(self) -> float:
        """How long the commit that waits longest has been waiting, in seconds; 0 if none is."""
        every = (*self._lanes, self._alone)
        since = [lane.writing_since for lane in every if lane.writing_since is not None]
        since += [lane.queue[0].since for lane in every if lane.queue]
        return self._loop.time() - min(since) if since else 0.0

    async def commit(self, events: Sequence[Event], fence: Fence | None = None) -> None:
        """See `services.ports.Journal`."""
        await self.begin(events, fence)

    def begin(self, events: Sequence[Event], fence: Fence | None = None) -> asyncio.Future[None]:
        """See `services.ports.Journal`."""
        done: asyncio.Future[None] = self._loop.create_future()
        if self._closing.is_set():
            done.set_exception(Unavailable("the journal is closed"))
        elif not events:
            done.set_result(None)
        else:
            self._queue(Commit(tuple(events), fence, done, self._loop.time()))
        return done

    def _queue(self, commit: Commit) -> None:
        self._waiting += 1
        lane = self._only or self._lane_of(commit)
        lane.queue.append(commit)
        if lane.writer is None and (lane is not self._alone or self._is_quiet):
            self._start(lane)

    async def aclose(self) -> None:
        """Finish what is queued, then refuse. What a database that is away cannot take now is refused too."""
        self._closing.set()
        while writers := [lane.writer for lane in (*self._lanes, self._alone) if lane.writer is not None]:
            await asyncio.wait(writers)
        if self._key and any(lane.batches for lane in (*self._lanes, self._alone)):
            with suppress(ChargeyardError):  # then the next journal removes them, in some weeks
                await self._database.write(remove, self._key)

    # -------------------------------------------------------------- which lane, and when

    def _lane_of(self, commit: Commit) -> _Lane:
        alone = self._alone
        if alone.queue or alone.writer is not None:
            return alone
        charge_point = charge_point_of(commit.events)
        return alone if charge_point is None else self._lanes[hash(charge_point) % len(self._lanes)]

    @property
    def _is_quiet(self) -> bool:
        """Whether no lane has anything under way."""
        return all(lane.writer is None for lane in self._lanes)

    def _start(self, lane: _Lane) -> None:
        lane.writer = self._loop.create_task(self._write(lane), name="journal")

    async def _write(self, lane: _Lane) -> None:
        """Write batch after batch until nothing waits in `lane`."""
        while batch := self._next_batch(lane):
            started = self._loop.time()
            lane.writing_since = batch[0].since
            results = await self._durable(batch, lane)
            lane.writing_since = None
            self._tell(batch, results)
            if self._observe is not None:
                self._observe(len(batch), self._loop.time() - started)
            if lane is self._alone:
                self._spread()
        lane.writer = None
        if self._alone.queue and self._alone.writer is None and self._is_quiet:
            self._start(self._alone)

    def _next_batch(self, lane: _Lane) -> list[Commit]:
        batch: list[Commit] = []
        if lane is self._alone and not self._is_quiet:
            return batch
        queue, size = lane.queue, 0
        while queue and (not batch or size + len(queue[0].events) <= self._max_batch):
            batch.append(queue.popleft())
            size += len(batch[-1].events)
        return batch

    def _spread(self) -> None:
        """Give back to their lanes what waited only for that which has been written alone now."""
        queue = self._alone.queue
        while queue and (charge_point := charge_point_of(queue[0].events)) is not None:
            self._lanes[hash(charge_point) % len(self._lanes)].queue.append(queue.popleft())
        for lane in self._lanes:
            if lane.queue:
                self._start(lane)

    # -------------------------------------------------------------- until it is durable

    async def _durable(self, commits: list[Commit], lane: _Lane) -> Results:
        """What became of each commit. Tries until the database takes the batch, or the journal is closed."""
        lane.batches += 1
        batch = Batch(commits, Mark(self._key, lane.number, lane.batches) if self._key else None)
        pause_s = 0.0
        contended = 0
        while True:
            try:
                results = await self._attempt(batch)
            except Unavailable as error:
                self.tally["retried"] += 1
                if isinstance(error, Contended) and contended < AT_ONCE:
                    contended += 1
                    continue
                self._goes_away(lane, error)
                if self._closing.is_set():
                    return [Unavailable(str(error)) for _ in commits]
                pause_s = min(max(pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
                await self._pause(pause_s)
            else:
                if self._away:
                    self._comes_back(lane)
                return results

    def _goes_away(self, lane: _Lane, error: Unavailable) -> None:
        if not self._away:
            log.warning("database away: charge points wait", reason=str(error))
        self._away.add(lane)

    def _comes_back(self, lane: _Lane) -> None:
        self._away.discard(lane)
        if not self._away:
            log.warning("database back: waiting commits are written", commits=self._waiting)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def _attempt(self, batch: Batch) -> Results:
        try:
            return await self._database.write(write_together, batch)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - whose fault it is shows below, and only they are told
            return await self._attempt_each(batch)

    async def _attempt_each(self, batch: Batch) -> Results:
        try:
            return await self._database.write(write_each, batch)
        except Unavailable:
            raise
        except (Conflict, Poisoned) as error:  # outside of every savepoint: nobody's event is to blame
            raise Unavailable(str(error)) from None
        except Exception as error:
            # Nothing of this batch is known to be stored, and everything behind it waits: it must be tried again.
            log.exception("batch not written", commits=len(batch.commits))
            raise Unavailable(type(error).__name__) from None

    def _tell(self, batch: list[Commit], results: Results) -> None:
        self._waiting -= len(batch)
        for commit, error in zip(batch, results, strict=True):
            if error is not None:
                self.tally[type(error).__name__.lower()] += 1
            if commit.done.done():  # the caller was cancelled; its events are stored all the same
                continue
            if error is None:
                commit.done.set_result(None)
            else:
                commit.done.set_exception(error)
