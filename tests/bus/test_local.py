"""Requests and events within one process."""

import asyncio
from datetime import UTC, datetime

import pytest

from chargeyard.bus.local import LocalBus
from chargeyard.domain import events
from chargeyard.services.ports import NoResponders

HAPPENED = (events.NodeStarted(recorded_at=datetime(2026, 11, 21, tzinfo=UTC), node="n"),)


async def _echo(body: bytes) -> bytes:
    return b"echo " + body


async def _other(body: bytes) -> bytes:
    return b"other " + body


async def test_the_owner_answers() -> None:
    bus = LocalBus()
    bus.serve("a", _echo)
    assert await bus.request("a", b"x", 1.0) == b"echo x"


async def test_nobody_there_is_said_at_once() -> None:
    bus = LocalBus()
    bus.serve("a", _echo)
    with pytest.raises(NoResponders):
        await bus.request("b", b"x", 1.0)


async def test_the_later_owner_takes_over_and_the_earlier_one_leaves_without_harm() -> None:
    bus = LocalBus()
    leave_first = bus.serve("a", _echo)
    leave_second = bus.serve("a", _other)
    leave_first()
    assert await bus.request("a", b"x", 1.0) == b"other x"
    leave_second()
    leave_second()
    with pytest.raises(NoResponders):
        await bus.request("a", b"x", 1.0)


async def test_an_answer_that_does_not_come_is_a_timeout() -> None:
    bus = LocalBus()

    async def silent(body: bytes) -> bytes:
        await asyncio.Event().wait()
        return body

    bus.serve("a", silent)
    with pytest.raises(TimeoutError):
        await bus.request("a", b"x", 0.01)


def test_every_listener_hears_even_if_one_fails() -> None:
    bus = LocalBus()
    heard: list[object] = []

    def failing(happened: object) -> None:
        raise RuntimeError

    bus.subscribe(failing)
    leave = bus.subscribe(heard.append)
    bus.publish(HAPPENED)
    leave()
    leave()
    bus.publish(HAPPENED)
    assert heard == [HAPPENED]


def test_a_listener_may_leave_while_it_is_told() -> None:
    bus = LocalBus()
    heard: list[str] = []

    def once(happened: object) -> None:
        heard.append("once")
        leave()

    leave = bus.subscribe(once)
    bus.subscribe(lambda happened: heard.append("always"))
    bus.publish(HAPPENED)
    bus.publish(HAPPENED)
    assert heard == ["once", "always", "always"]
