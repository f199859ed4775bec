"""What is due is done again and again, whatever goes wrong with a part of it."""

import asyncio
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from chargeyard.errors import Unavailable
from chargeyard.maintenance.upkeep import keep_up


class Failing:
    def __init__(self, error: Exception) -> None:
        self._error = error

    async def once(self) -> None:
        raise self._error


class Counting:
    def __init__(self, until: int) -> None:
        self.turns = 0
        self.done = asyncio.Event()
        self._until = until

    async def once(self) -> None:
        self.turns += 1
        if self.turns == self._until:
            self.done.set()


@pytest.mark.parametrize(
    ("error", "told"), [(Unavailable("away"), "upkeep put off"), (KeyError("ours"), "upkeep failed")]
)
async def test_what_fails_keeps_nothing_else_from_its_turn(error: Exception, told: str) -> None:
    counting = Counting(until=3)
    with capture_logs() as logs:
        task = asyncio.create_task(keep_up([Failing(error), counting], every_s=0))
        await counting.done.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [line["event"] for line in logs[:3]] == [told] * 3
