"""The backlog of a node: full at its limit, open again at half of it, and nobody forgotten."""

import asyncio
from collections.abc import Callable

import pytest

from chargeyard.gateway.backlog import AT_A_TIME, Backlog


class Waiter:
    """A session that notes that it was let on."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.times = 0
        self._then = then

    def go_on(self) -> None:
        self.times += 1
        self._then()


@pytest.mark.parametrize(
    ("most", "most_bytes", "size"), [(10, 10**9, 1), (10**9, 1000, 100)], ids=["messages", "bytes"]
)
def test_full_at_the_limit_and_open_at_half_of_it(most: int, most_bytes: int, size: int) -> None:
    backlog, waiter = Backlog(most, most_bytes), Waiter()
    for _ in range(9):
        backlog.add(size)
    assert not backlog.is_full
    backlog.add(size)
    backlog.hold(waiter)
    for _ in range(4):
        backlog.remove(size)
        assert backlog.is_full
    assert waiter.times == 0
    backlog.remove(size)
    assert not backlog.is_full
    assert (waiter.times, backlog.fillings) == (1, 1)


def test_a_message_larger_than_the_whole_limit_goes_through() -> None:
    backlog = Backlog(10, 1000)
    backlog.add(5000)
    assert backlog.is_full
    backlog.remove(5000)
    assert (backlog.is_full, backlog.messages, backlog.size) == (False, 0, 0)


async def test_who_was_held_first_goes_on_first_until_it_is_full_again() -> None:
    backlog = Backlog(4)
    waiters = [Waiter(lambda: backlog.add(1)) for _ in range(6)]
    for _ in range(4):
        backlog.add(1)
    for waiter in waiters:
        backlog.hold(waiter)
    backlog.remove(1)
    backlog.remove(1)
    assert [waiter.times for waiter in waiters] == [1, 1, 0, 0, 0, 0]
    assert backlog.is_full
    backlog.remove(1)
    backlog.remove(1)
    assert [waiter.times for waiter in waiters] == [1, 1, 1, 1, 0, 0]


async def test_a_crowd_goes_on_in_steps_and_who_has_left_does_not() -> None:
    backlog = Backlog(10)
    waiters = [Waiter() for _ in range(3 * AT_A_TIME)]
    for _ in range(10):
        backlog.add(1)
    for waiter in waiters:
        backlog.hold(waiter)
    backlog.forget(waiters[1])
    for _ in range(5):
        backlog.remove(1)
    assert sum(waiter.times for waiter in waiters) == AT_A_TIME
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sum(waiter.times for waiter in waiters) == len(waiters) - 1
    assert waiters[1].times == 0
