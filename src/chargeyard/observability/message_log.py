"""The message log: every frame, secrets masked, in batches, never in the way.

Frames wait in memory for the next flush. When more of them wait than `max_waiting`, new ones are dropped and
counted: the log is for looking things up, and no charge point waits for it.

A few are written at the next look. Many are gathered for longer and written charge point by charge point: the index
by which they are found has a page for each charge point, and to write that page anew for every frame was half of the
log's price (1 000 charge points on SQLite: 40 µs for a call and its answer, 25 if each has some frames in a flush).
"""

import asyncio
import contextlib
from datetime import datetime
from operator import attrgetter

import structlog
from msgspec import Struct

from chargeyard.domain.secrets import masked
from chargeyard.errors import Poisoned, Unavailable
from chargeyard.services.ports import Clock, Frame, MessageSink

log = structlog.get_logger()

LOOK_EVERY_S = 0.5
FEW = 2000
"""So many or less are not kept waiting for more."""
BATCH = 512
"""Frames of one transaction: reports wait no longer than for so many (p99 at half load on MariaDB, in turn: of 2 000
102 and 139 ms, of 512 47 and 88; on SQLite and PostgreSQL no difference was seen)."""
MOST_LOOKS = 10
"""After so many looks all that waits is written, however few they still are."""
LONGEST_TEXT = 16384
"""Longer frames are cut: an inventory of a megabyte is not read in a log."""


class _Waiting(Struct, frozen=True, gc=False):
    charge_point: str
    at: datetime
    direction: str
    text: bytes
    may_hold_secrets: bool


class MessageLog:
    """Takes frames at once, writes them a little later."""

    def __init__(self, sink: MessageSink, clock: Clock, max_waiting: int) -> None:
        self._sink = sink
        self._clock = clock
        self._max_waiting = max_waiting
        self._waiting: list[_Waiting] = []
        self.dropped = 0

    def note(self, charge_point: str, direction: str, text: bytes, may_hold_secrets: bool) -> None:
        """Remember one frame; `direction` is `in` or `out`."""
        if len(self._waiting) >= self._max_waiting:
            self.dropped += 1
            return
        self._waiting.append(_Waiting(charge_point, self._clock(), direction, text, may_hold_secrets))

    async def run(self) -> None:
        """Write what waits, again and again, until cancelled; then once more."""
        looks = 0
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                looks += 1
                if self._is_few_or_full() or looks == MOST_LOOKS:
                    looks = 0
                    await self.flush()
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await self.flush()

    def _is_few_or_full(self) -> bool:
        waiting = len(self._waiting)
        return waiting <= FEW or waiting * 2 >= self._max_waiting

    async def flush(self) -> None:
        """Write all that waits, each charge point's in their order. What the database does not take is dropped."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            waiting.sort(key=attrgetter("charge_point"))
            for start in range(0, len(waiting), BATCH):
                await self._write(waiting[start : start + BATCH])

    async def _write(self, batch: list[_Waiting]) -> None:
        try:
            await self._sink.write([_frame(waiting) for waiting in batch])
        except (Unavailable, Poisoned) as error:
            self.dropped += len(batch)
            log.debug("message log not written", dropped=self.dropped, why=str(error))


def _frame(waiting: _Waiting) -> Frame:
    text = masked(waiting.text) if waiting.may_hold_secrets else waiting.text
    shown = text[:LONGEST_TEXT].decode("utf-8", "replace").replace("\x00", "�")
    if len(text) > LONGEST_TEXT:
        shown += f"… ({len(text)} bytes)"
    return Frame(waiting.charge_point, waiting.at, waiting.direction, shown)
