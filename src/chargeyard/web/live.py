"""The live view: one per process, filled when the first page opens and given up when the last has been closed.

The road of a change: bus → `hear` (notes it and returns) → once a second `changes.apply` for all that was noted →
each channel renders what of its window changed, once, however many pages show it → the same bytes to every
page. Between two loads the database is not asked at all. Pages with the same query share a channel.

Events may be lost between nodes and a load may miss nothing: we listen first and load afterwards, apply what was
heard meanwhile to what was loaded (see `changes`), and load anew every few minutes.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import TypeVar

from msgspec import Struct

from chargeyard.domain.events import Event
from chargeyard.domain.records import Page
from chargeyard.errors import Unavailable
from chargeyard.services.ports import Bus, ChargePointFilter, Clock, Paging, Store, TransactionFilter
from chargeyard.web.changes import apply
from chargeyard.web.channel import Channel, Viewer
from chargeyard.web.rendering import Renderer
from chargeyard.web.yard import Query, Yard

T = TypeVar("T")
_log = logging.getLogger(__name__)

_LOAD_AT_ONCE = 500
_MOST_WAITING = 200_000
"""Events noted but not applied; beyond that the yard is loaded anew instead."""


class Pace(Struct, frozen=True):
    """How often things happen, in seconds."""

    change_s: float = 1.0
    """Changes are gathered this long before they are shown."""
    beat_s: float = 15.0
    """A stream with nothing to say sends a sign of life this often."""
    reload_s: float = 300.0
    retry_s: float = 5.0
    linger_s: float = 60.0
    """So long the view is kept without a page, so that a reload of the page finds it."""
    stream_s: float = 900.0
    """A stream ends after this; the page comes back at once and shows its session cookie again."""


class LiveView:
    """What all open pages of this process look at. `close` ends their streams and must precede server shutdown."""

    def __init__(self, store: Store, bus: Bus, clock: Clock, renderer: Renderer, pace: Pace) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._renderer = renderer
        self._pace = pace
        self._heard: list[Event] = []
        self._news = asyncio.Event()
        self._channels: dict[Query, Channel] = {}
        self._yard: Yard | None = None
        self._loaded_at = clock()
        self._loading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._asked_at = monotonic()
        self._is_loading = False
        self._closed = False

    async def yard(self) -> Yard:
        """The yard as it is now. Raises `Unavailable` if it cannot be loaded, or the server is stopping."""
        if self._closed:
            raise Unavailable("the server is stopping")
        self._asked_at = monotonic()
        async with self._loading:
            if self._yard is None:
                self._yard = await self._open()
        return self._yard

    async def channel(self, query: Query) -> Channel:
        """What pages with this query show. Raises `Unavailable` like `yard`."""
        yard = await self.yard()
        self._catch_up()
        channel = self._channels.get(query)
        return channel or Channel(query, self._yard or yard, self._renderer)

    async def stream(self, query: Query) -> AsyncGenerator[bytes, None]:
        """Server-sent events for one page: everything first, then what changes, and signs of life."""
        viewer = await self._admit(query)
        ends_at = monotonic() + self._pace.stream_s
        try:
            while not viewer.ended and monotonic() < ends_at:
                yield await viewer.next(self._pace.beat_s)
        finally:
            self._dismiss(query, viewer)

    def close(self) -> None:
        """End all streams now. Pages that come later are told to try again."""
        self._closed = True
        for channel in self._channels.values():
            channel.end()
        if self._task:
            self._task.cancel()

    async def aclose(self) -> None:
        """`close`, and wait until nothing runs any more."""
        self.close()
        if self._task:
            await asyncio.wait([self._task])

    # --- pages come and go -----------------------------------------------------------------------------------

    async def _admit(self, query: Query) -> Viewer:
        channel = await self.channel(query)
        return self._channels.setdefault(query, channel).join()

    def _dismiss(self, query: Query, viewer: Viewer) -> None:
        channel = self._channels.get(query)
        if channel and channel.leave(viewer) == 0:
            del self._channels[query]
        self._asked_at = monotonic()
        self._news.set()

    # --- loading ---------------------------------------------------------------------------------------------

    async def _open(self) -> Yard:
        forget = self._bus.subscribe(self.hear)
        try:
            yard = await self._load()
        except BaseException:
            forget()
            raise
        if self._closed:
            forget()
            raise Unavailable("the server is stopping")
        self._task = asyncio.create_task(self._run(forget), name="live view")
        self._task.add_done_callback(_report)
        return yard

    async def _load(self) -> Yard:
        self._is_loading = True
        try:
            return await self._read()
        finally:
            self._is_loading = False

    async def _read(self) -> Yard:
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        list_transactions = self._store.list_transactions
        points = await _all(lambda part: self._store.list_charge_points(ChargePointFilter(), part))
        running = await _all(lambda part: list_transactions(TransactionFilter(running=True), part))
        today = await _all(lambda part: list_transactions(TransactionFilter(since=midnight), part))
        self._loaded_at = self._clock()
        return Yard(points, running, today, midnight)

    async def _reload(self) -> None:
        """Look at the store again; while it is away the pages keep what they have."""
        try:
            self._yard = await self._load()
        except Unavailable:
            _log.warning("live view not loaded anew: the database is away")
            await asyncio.sleep(self._pace.retry_s)
            self._news.set()
            return
        self._apply(self._yard)
        self._yard.forget_changes()
        for channel in self._channels.values():
            channel.look_at(self._yard)

    # --- following -------------------------------------------------------------------------------------------

    def hear(self, events: Sequence[Event]) -> None:
        """What the bus calls: note and return."""
        if len(self._heard) < _MOST_WAITING:
            self._heard.extend(events)
        elif self._yard:
            self._yard.stale = True
        self._news.set()

    async def _run(self, forget: Callable[[], None]) -> None:
        try:
            while self._is_wanted():
                await self._wait()
                self._catch_up()
                if self._yard and self._must_reload(self._yard, self._clock()):
                    await self._reload()
                await asyncio.sleep(self._pace.change_s)
        finally:
            forget()
            self._yard = None
            self._heard.clear()
            for channel in self._channels.values():
                channel.end()  # their pages connect again, and so open a new view

    def _is_wanted(self) -> bool:
        return bool(self._channels) or monotonic() - self._asked_at < self._pace.linger_s

    async def _wait(self) -> None:
        """Until there are news, or something is due."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), min(self._pace.linger_s, self._pace.reload_s))
        self._news.clear()

    def _catch_up(self) -> None:
        """Apply what was heard and tell the pages, without a pause in between: all see the same state.

        Not while loading: what is heard meanwhile belongs to what is being loaded.
        """
        if self._yard is None or not self._heard or self._is_loading:
            return
        self._apply(self._yard)
        for channel in self._channels.values():
            channel.tell(self._yard.changed, self._yard.touched)
        self._yard.forget_changes()

    def _apply(self, yard: Yard) -> None:
        heard, self._heard = self._heard, []
        for event in heard:
            apply(yard, event)

    def _must_reload(self, yard: Yard, now: datetime) -> bool:
        age_s = (now - self._loaded_at).total_seconds()
        return yard.stale or age_s > self._pace.reload_s or now.date() != yard.midnight.date()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        _log.error("the live view has failed; pages open a new one", exc_info=task.exception())


async def _all(read: Callable[[Paging], Awaitable[Page[T]]]) -> list[T]:
    """A whole list, part by part."""
    items: list[T] = []
    cursor: str | None = None
    while True:
        page = await read(Paging(_LOAD_AT_ONCE, cursor))
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            return items
