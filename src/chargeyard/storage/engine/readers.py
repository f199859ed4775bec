"""Reads that wait at the same moment share a transaction: a hop between threads or a round trip less for each."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection

from chargeyard.errors import Conflict, Poisoned, Unavailable
from chargeyard.storage.engine.faults import translated

T = TypeVar("T")

TOGETHER = 64
"""Reads of one transaction at most: the first of them waits for the last."""

Query = Callable[[Connection], Any]
Result = tuple[Any, Exception | None]
"""What a query returns, or what it raises."""


class Readers:
    """Up to `width` transactions at a time answer all who wait; `ask` runs the queries of one transaction."""

    def __init__(self, width: int, ask: Callable[[Sequence[Query]], Awaitable[Sequence[Result]]]) -> None:
        self._width = width
        self._ask = ask
        self._waiting: deque[tuple[Query, asyncio.Future[Any]]] = deque()
        self._serving: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def run(self, query: Callable[[Connection], T]) -> T:
        """What `query` returns or raises."""
        if self._is_closed:
            raise Unavailable("the database is closed")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        # Where somebody waits already, a server is about to start or all of them are busy.
        if not self._waiting and len(self._serving) < self._width:
            self._serving.add(loop.create_task(self._serve()))
        self._waiting.append((query, answer))
        return await answer

    async def _serve(self) -> None:
        try:
            await self._answer_waiting()
        finally:
            # At once, not in a callback: whoever asks before that would count on a server that has gone.
            self._serving -= {asyncio.current_task()}

    async def _answer_waiting(self) -> None:
        while batch := self._next_batch():
            results = await self._ask([query for query, _ in batch])
            for (_, answer), (result, error) in zip(batch, results, strict=True):
                if answer.done():  # the caller was cancelled meanwhile
                    continue
                if error is None:
                    answer.set_result(result)
                else:
                    answer.set_exception(error)

    def _next_batch(self) -> list[tuple[Query, asyncio.Future[Any]]]:
        batch: list[tuple[Query, asyncio.Future[Any]]] = []
        while self._waiting and len(batch) < TOGETHER:
            waiting = self._waiting.popleft()
            if not waiting[1].done():
                batch.append(waiting)
        return batch

    async def aclose(self) -> None:
        """Answer those who wait, and nobody afterwards."""
        self._is_closed = True
        while self._serving:
            await asyncio.wait(self._serving)


def answer_each(connection: Connection, queries: Sequence[Query], results: list[Result]) -> None:
    """Append to `results` those of the queries that have none yet.

    Raises `Unavailable` for the first one that is. Where an error of the database ends the transaction (not on
    SQLite) it returns after that one: the rest want a fresh transaction.
    """
    for query in queries[len(results) :]:
        try:
            with translated():
                results.append((query(connection), None))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised again where the query was asked
            results.append((None, error))
            if isinstance(error, Conflict | Poisoned) and connection.dialect.name != "sqlite":
                return
