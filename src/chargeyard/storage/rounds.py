"""Many askers, one question: what is asked while one round of queries runs is the next round.

Ten thousand charge points that reconnect at once are loaded by a few dozen statements, not by forty thousand.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Rounds(Generic[K, V]):
    """Finds the values of single keys by asking for up to `width` of them at a time.

    Nobody is answered from a round that began before they asked, and no two are given the same object.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], width: int = 500) -> None:
        self._ask = ask
        self._width = width
        self._queue: deque[tuple[K, asyncio.Future[V | None]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def find(self, key: K) -> V | None:
        """The value of `key`, or None. Raises what the question raises."""
        found: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._queue.append((key, found))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await found

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._round(self._next())
        finally:
            self._running = None

    def _next(self) -> dict[K, asyncio.Future[V | None]]:
        """The keys that have waited longest; one that is asked for twice waits for the round after."""
        batch: dict[K, asyncio.Future[V | None]] = {}
        while self._queue and len(batch) < self._width and self._queue[0][0] not in batch:
            key, found = self._queue.popleft()
            batch[key] = found
        return batch

    async def _round(self, batch: dict[K, asyncio.Future[V | None]]) -> None:
        try:
            values = await self._ask(list(batch))
        except Exception as error:  # noqa: BLE001 - told to everybody who asked
            for found in batch.values():
                if not found.done():
                    found.set_exception(error)
            return
        for key, found in batch.items():
            if not found.done():
                found.set_result(values.get(key))
