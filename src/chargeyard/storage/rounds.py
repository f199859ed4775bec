"""Many askers, one question: what is asked while one round of queries runs is the next round.

Ten thousand charge points that reconnect at once are loaded by a few dozen statements, not by forty thousand.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Rounds(Generic[K, V]):
    """Finds the values of single keys by asking for up to `width` of them at a time.

    Nobody is answered from a round that began before they asked. No two are given the same object, unless `shared`:
    then it must be one that nobody changes.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        width: int = 500,
        *,
        shared: bool = False,
    ) -> None:
        self._ask = ask
        self._width = width
        self._shared = shared
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

    def _next(self) -> dict[K, list[asyncio.Future[V | None]]]:
        """The keys that have waited longest, and who asks for each; what is not shared is given to one in a round."""
        batch: dict[K, list[asyncio.Future[V | None]]] = {}
        while self._queue and len(batch) < self._width:
            key, found = self._queue[0]
            if key in batch and not self._shared:
                break
            self._queue.popleft()
            batch.setdefault(key, []).append(found)
        return batch

    async def _round(self, batch: dict[K, list[asyncio.Future[V | None]]]) -> None:
        try:
            values = await self._ask(list(batch))
        except Exception as error:  # noqa: BLE001 - told to everybody who asked
            for found in chain.from_iterable(batch.values()):
                if not found.done():
                    found.set_exception(error)
            return
        for key, askers in batch.items():
            for found in askers:
                if not found.done():
                    found.set_result(values.get(key))
