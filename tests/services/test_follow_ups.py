"""What we ask on our own: rules hear of events after their commit, one at a time for the many."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chargeyard.domain import events, outcomes
from chargeyard.domain.commands import Trigger
from chargeyard.errors import Unavailable
from chargeyard.services.follow_ups import AT_ONCE, PRINCIPAL, FollowUps, Hands, Rule
from chargeyard.services.numbers import REQUESTS, Numbers
from chargeyard.services.outbound import Outbound, pack, subject_of, unpack
from chargeyard.services.recording import Recorder
from tests.contract import happenings as h
from tests.services.node import Node


def hands_of(node: Node, rest: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Hands:
    """Hands that ask the charge points of `node`."""
    recorder = Recorder(node.journal, node.bus, node.clock)
    ids = iter(range(1000))
    outbound = Outbound(recorder, node.store, lambda: f"c{next(ids)}", 5.0)
    numbers = Numbers(node.sequences, b"key", REQUESTS)
    return Hands(outbound=outbound, store=node.store, numbers=numbers, clock=node.clock, rest=rest)


async def _ask_for_life(event: events.ChargePointBooted, hands: Hands) -> None:
    await hands.ask(event.charge_point, Trigger(topic="Heartbeat"))


def _is_new(event: events.ChargePointBooted) -> bool:
    return event.model == "One"


async def test_an_event_has_a_command_follow_in_the_name_of_the_system() -> None:
    node = Node()
    asked: list[Any] = []

    async def answer(body: bytes) -> bytes:
        asked.append(unpack(body).command)
        return pack(outcomes.Accepted())

    node.bus.serve(subject_of("CP1"), answer)
    rules = FollowUps(hands_of(node), node.bus, {events.ChargePointBooted: [Rule(_is_new, _ask_for_life)]})
    rules.begin()
    node.bus.publish([h.booted(), h.booted(model="Two"), h.status("Available")])
    await rules.settled()
    assert asked == [Trigger(topic="Heartbeat")]
    (submitted,) = node.journal.of(events.CommandSubmitted)
    assert isinstance(submitted, events.CommandSubmitted)
    assert submitted.principal == PRINCIPAL
    await rules.aclose()
    node.bus.publish([h.booted()])
    await rules.settled()
    assert len(asked) == 1


@pytest.mark.parametrize("error", [Unavailable("away"), ZeroDivisionError()])
async def test_a_rule_that_fails_harms_nobody(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    node = Node()
    followed = asyncio.Event()

    async def fail(event: events.Event, hands: Hands) -> None:
        raise error

    async def note(event: events.Event, hands: Hands) -> None:
        followed.set()

    every = [Rule(lambda event: True, fail), Rule(lambda event: True, note)]
    rules = FollowUps(hands_of(node), node.bus, {events.ChargePointBooted: every})
    rules.begin()
    node.bus.publish([h.booted()])
    await rules.settled()
    assert followed.is_set()
    assert "not followed up: ChargePointBooted of 'CP1'" in caplog.text


async def test_a_rule_that_rests_keeps_no_other_from_its_turn() -> None:
    node, awake, rested = Node(), asyncio.Event(), []

    async def rest(seconds: float) -> None:
        rested.append(seconds)
        if len(rested) > AT_ONCE:
            awake.set()
        await awake.wait()

    async def wait(event: events.Event, hands: Hands) -> None:
        await hands.rest(5.0)

    rules = FollowUps(
        hands_of(node, rest), node.bus, {events.ChargePointBooted: [Rule(lambda event: True, wait)]}
    )
    rules.begin()
    node.bus.publish([h.booted(f"CP{n}") for n in range(AT_ONCE + 1)])
    await rules.settled()
    assert rested == [5.0] * (AT_ONCE + 1)
