"""Deadlines on a wheel: never early, none forgotten, however they fall."""

from __future__ import annotations

import asyncio

from chargeyard.gateway.wheel import VISITS_AT_ONCE, Wheel
from tests.gateway.sockets import until


class Guest:
    """Notes when it is visited; comes again `times` times, `every` seconds apart."""

    def __init__(self, due: float, times: int = 1, every: float = 0.0) -> None:
        self.due = due
        self.times = times
        self.every = every
        self.visits: list[float] = []
        self.done = asyncio.Event()

    def visit(self, now: float) -> float | None:
        if now < self.due:
            return self.due
        self.visits.append(now)
        if len(self.visits) == self.times:
            self.done.set()
            return None
        self.due = now + self.every
        return self.due


async def test_everybody_is_visited_once_and_not_too_early() -> None:
    loop = asyncio.get_running_loop()
    wheel = Wheel(loop, 0.01, 0.2)
    wheel.start()
    start = loop.time()
    guests = [Guest(start + 0.001 * number) for number in range(300)]
    for guest in guests:
        wheel.add(guest, guest.due)
    await asyncio.wait_for(asyncio.gather(*(guest.done.wait() for guest in guests)), 10)
    wheel.stop()
    assert all(len(guest.visits) == 1 and guest.visits[0] >= guest.due for guest in guests)


async def test_a_guest_beyond_the_horizon_is_visited_in_time() -> None:
    loop = asyncio.get_running_loop()
    wheel = Wheel(loop, 0.01, 0.05)
    wheel.start()
    guest = Guest(loop.time() + 0.3)
    wheel.add(guest, guest.due)
    await asyncio.wait_for(guest.done.wait(), 10)
    wheel.stop()
    assert guest.visits[0] >= guest.due


async def test_a_guest_that_wants_to_be_visited_again_is() -> None:
    loop = asyncio.get_running_loop()
    wheel = Wheel(loop, 0.01, 0.1)
    wheel.start()
    guest = Guest(loop.time(), times=5, every=0.02)
    wheel.add(guest, guest.due)
    await asyncio.wait_for(guest.done.wait(), 10)
    wheel.stop()
    assert len(guest.visits) == 5


async def test_many_deadlines_at_one_moment_leave_room_for_others() -> None:
    loop = asyncio.get_running_loop()
    wheel = Wheel(loop, 0.01, 0.1)
    wheel.start()
    due = loop.time() + 0.02
    guests = [Guest(due) for _ in range(3 * VISITS_AT_ONCE)]
    for guest in guests:
        wheel.add(guest, due)
    await until(lambda: any(guest.visits for guest in guests))
    assert not all(guest.visits for guest in guests)
    await asyncio.wait_for(asyncio.gather(*(guest.done.wait() for guest in guests)), 10)
    wheel.stop()


async def test_after_a_long_hold_up_nobody_is_forgotten() -> None:
    loop = asyncio.get_running_loop()
    wheel = Wheel(loop, 0.01, 0.05)
    wheel.start()
    guests = [Guest(loop.time() + 0.01 * number) for number in range(5)]
    for guest in guests:
        wheel.add(guest, guest.due)
    wheel._turned -= 1.0  # as if the loop had been busy for a second
    await asyncio.wait_for(asyncio.gather(*(guest.done.wait() for guest in guests)), 10)
    wheel.stop()


async def test_a_wheel_that_stands_visits_nobody() -> None:
    loop = asyncio.get_running_loop()
    wheel = Wheel(loop, 0.01, 0.05)
    wheel.start()
    guest = Guest(loop.time())
    wheel.add(guest, guest.due)
    wheel.stop()
    await asyncio.sleep(0.05)
    assert guest.visits == []
